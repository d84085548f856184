/**
 * Unpaced 1 MiB blocks, both ends in processes of their own: scaletool at both ends, and Go's net/http
 * at both ends as the yardstick, in turn in one run, because only their ratio survives a noisy machine.
 * @module
 */

import { BlockServerProcess } from "../tests/support/block_server.ts";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createServerIdentity, defaultHosts } from "../core/net/mini_ca.ts";
import { TempDir } from "../tests/support/scaletool.ts";
import { note } from "./note.ts";
import { gaugeMean, ratePerSec, runClient } from "./processes.ts";

const DURATION_SEC = 5;
const ROUNDS = 3;
/** The original go_httperf reads bodies in pieces of 1 KiB; larger ones show what Go can do. */
const ORIGINAL_READ_BYTES = 1_024;
const LARGE_READ_BYTES = 65_536;

interface Shape {
  readonly connections: number;
  readonly threads: number;
  readonly workers: number;
}

const SHAPES: readonly Shape[] = [
  { connections: 1, threads: 1, workers: 1 },
  { connections: 2, threads: 4, workers: 1 },
  { connections: 2, threads: 4, workers: 2 },
  { connections: 4, threads: 8, workers: 2 },
];

export async function throughput(): Promise<Record<string, unknown>> {
  await using go = await GoPeer.build();
  const shapes = [];
  for (const shape of SHAPES) {
    const own: number[] = [];
    const original: number[] = [];
    const best: number[] = [];
    let limits: Record<string, unknown> = {};
    for (let round = 0; round < ROUNDS; round++) {
      const measured = await ownThroughput(shape);
      own.push(measured.megabytesPerSec);
      limits = measured.limits;
      if (go === undefined) continue;
      original.push(await go.megabytesPerSec(shape, ORIGINAL_READ_BYTES));
      best.push(await go.megabytesPerSec(shape, LARGE_READ_BYTES));
    }
    shapes.push({
      ...shape,
      scaletoolMBPerSec: own,
      goOriginalReadsMBPerSec: original,
      goLargeReadsMBPerSec: best,
      ratioToOriginalReads: median(own) / median(original),
      ratioToLargeReads: median(own) / median(best),
      ...limits,
    });
    note(
      `${JSON.stringify(shape)}: scaletool ${format(own)} MB/s, ` +
        `Go ${format(original)} (reads of 1 KiB), ${format(best)} (64 KiB)`,
    );
  }
  return {
    blockBytes: 1_048_576,
    durationSec: DURATION_SEC,
    rounds: ROUNDS,
    goPeer: go === undefined ? "no go" : "net/http",
    shapes,
  };
}

async function ownThroughput({ connections, threads, workers }: Shape) {
  await using server = await BlockServerProcess.start(["--workers", String(workers)]);
  const client = await runClient(server, [
    ...[
      "--connections",
      String(connections),
      "--threads",
      String(threads),
      "--workers",
      String(workers),
    ],
    ...[
      "--block-size",
      "1MiB",
      "--period",
      "0",
      "--blocks-per-request",
      "300",
      "--duration",
      `${DURATION_SEC}s`,
    ],
  ]);
  const { report: served } = await server.stop();
  const clientCpu = gaugeMean(client, "cpuRatio") ?? 0;
  const serverCpu = gaugeMean(served, "cpuRatio") ?? 0;
  return {
    megabytesPerSec: ratePerSec(client, "receivedBytes") / 1e6,
    limits: {
      clientCpuCores: clientCpu,
      serverCpuCores: serverCpu,
      limitedBy: limitOf(clientCpu, serverCpu, workers),
    },
  };
}

/** What kept it from going faster, from both ends' CPU use. */
function limitOf(clientCpu: number, serverCpu: number, workers: number): string {
  const cores = navigator.hardwareConcurrency;
  if (clientCpu + serverCpu > 0.9 * cores) {
    return `the machine: both ends use ${(clientCpu + serverCpu).toFixed(2)} of ${cores} cores`;
  }
  const [end, cpu] = clientCpu > serverCpu ? ["client", clientCpu] : ["server", serverCpu];
  if (cpu > 0.85 * workers) return `the ${end}'s ${workers} thread(s): ${cpu.toFixed(2)} cores`;
  return `neither end's CPU (client ${clientCpu.toFixed(2)}, server ${
    serverCpu.toFixed(2)
  } cores): waiting for each other`;
}

/** Go's net/http at both ends, built from bench/go_peer. */
class GoPeer implements AsyncDisposable {
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

  async megabytesPerSec({ connections, threads }: Shape, readBytes: number): Promise<number> {
    const { caPem, certPem, keyPem } = await createServerIdentity({
      hosts: defaultHosts(),
      now: new Date(),
    });
    for (const [name, pem] of [["ca", caPem], ["cert", certPem], ["key", keyPem]] as const) {
      Deno.writeTextFileSync(this.dir.file(`${name}.pem`), pem);
    }
    const server = new Deno.Command(this.dir.file("peer"), {
      args: ["-serve", "-cert", this.dir.file("cert.pem"), "-key", this.dir.file("key.pem")],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = server.stdout.getReader();
    const port = Number(new TextDecoder().decode((await reader.read()).value));
    const client = await new Deno.Command(this.dir.file("peer"), {
      args: [
        ...[
          "-base-url",
          `https://localhost:${port}`,
          "-ca",
          this.dir.file("ca.pem"),
          "-duration",
          `${DURATION_SEC}s`,
        ],
        ...["-connections", String(connections), "-threads", String(threads)],
        ...["-read-bytes", String(readBytes)],
      ],
    }).output();
    await server.stdin.close();
    await reader.cancel();
    await server.status;
    return JSON.parse(new TextDecoder().decode(client.stdout)).bytesPerSec / 1e6;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dir[Symbol.asyncDispose]();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

function format(values: readonly number[]): string {
  return values.length === 0 ? "-" : values.map((value) => value.toFixed(0)).join("/");
}
