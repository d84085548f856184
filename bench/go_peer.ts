/** Go's net/http at either end, built from bench/go_peer: what ours is measured against. @module */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createServerIdentity, defaultHosts } from "../core/net/mini_ca.ts";
import { TempDir } from "../tests/support/scaletool.ts";
import { note } from "./note.ts";
import { usageOf } from "./processes.ts";

export interface GoFetch {
  readonly connections: number;
  readonly threads: number;
  readonly readBytes: number;
  readonly durationSec: number;
}

export interface GoFigures {
  readonly megabytesPerSec: number;
  /** Of both ends. */
  readonly cpuMsPerMegabyte: number;
}

export class GoPeer implements AsyncDisposable {
  private constructor(readonly dir: TempDir) {}

  /** Undefined, with a word about it, where there is no go. */
  static async build(): Promise<GoPeer | undefined> {
    const dir = new TempDir();
    const cwd = `${dirname(fileURLToPath(import.meta.url))}/go_peer`;
    try {
      const { success } = await new Deno.Command("go", {
        args: ["build", "-o", dir.file("peer"), "."],
        cwd,
      }).output();
      if (success) return new GoPeer(dir);
    } catch {
      // no go
    }
    note("no go toolchain: without the yardstick");
    await dir[Symbol.asyncDispose]();
    return undefined;
  }

  async serve(): Promise<GoServer> {
    const { caPem, certPem, keyPem } = await createServerIdentity({
      hosts: defaultHosts(),
      now: new Date(),
    });
    for (const [name, pem] of [["ca", caPem], ["cert", certPem], ["key", keyPem]] as const) {
      Deno.writeTextFileSync(this.dir.file(`${name}.pem`), pem);
    }
    const child = new Deno.Command(this.dir.file("peer"), {
      args: ["-serve", "-cert", this.dir.file("cert.pem"), "-key", this.dir.file("key.pem")],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    const port = Number(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    return new GoServer(child, `https://localhost:${port}`);
  }

  /** Unpaced blocks of 1 MiB from a server of its own. */
  async fetch({ connections, threads, readBytes, durationSec }: GoFetch): Promise<GoFigures> {
    await using server = await this.serve();
    const { stdout } = await new Deno.Command(this.dir.file("peer"), {
      args: [
        ...["-base-url", server.url, "-ca", this.dir.file("ca.pem")],
        ...["-connections", String(connections), "-threads", String(threads)],
        ...["-read-bytes", String(readBytes), "-duration", `${durationSec}s`],
      ],
    }).output();
    const serverCpuMs = usageOf(server.pid)?.cpuMs ?? NaN;
    const { bytes, bytesPerSec, cpuMs } = JSON.parse(new TextDecoder().decode(stdout));
    return {
      megabytesPerSec: bytesPerSec / 1e6,
      cpuMsPerMegabyte: (serverCpuMs + cpuMs) / (bytes / 1e6),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dir[Symbol.asyncDispose]();
  }
}

/** Dispose it to end it. */
export class GoServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  constructor(child: Deno.ChildProcess, readonly url: string) {
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}
