/**
 * A server of other people's software in a process of its own, which is ended with it, and the
 * certificate that it shows.
 * @module
 */

import assert from "node:assert/strict";
import { createServerIdentity, type ServerIdentity } from "../../core/net/mini_ca.ts";
import { TempDir } from "./scaletool.ts";

/** Files (PEM) that it is to be started with. */
export interface PeerFiles {
  /** A folder of its own. */
  readonly dir: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export class PeerServer implements AsyncDisposable {
  readonly #dir: TempDir;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #printed = "";
  #onText: () => void = () => {};
  #isOver = false;

  private constructor(dir: TempDir, { command, args }: { command: string; args: string[] }) {
    this.#dir = dir;
    this.#child = new Deno.Command(command, {
      args,
      cwd: dir.path,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  static async start(
    command: string,
    argsOf: (files: PeerFiles) => readonly string[],
  ): Promise<PeerServer> {
    const dir = new TempDir();
    const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
    return new PeerServer(dir, { command, args: [...argsOf(filesOf(dir, identity))] });
  }

  /** What its clients have to trust. */
  get caFile(): string {
    return this.#dir.file("ca.pem");
  }

  /** The first match in what it has printed, as soon as it is there. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#printed);
      if (match !== null) return match;
      assert.ok(!this.#isOver, `${pattern} never came:\n${this.#printed}`);
      await new Promise<void>((resolve) => this.#onText = resolve);
    }
  }

  /** A line for its standard input. */
  async tell(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** The end of its standard input, which ends those that heed it. */
  async endInput(): Promise<void> {
    await this.#input.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#input.abort().catch(() => {}); // or nobody reads it any more
    await this.#reading;
    await this.#child.status;
    await this.#dir[Symbol.asyncDispose]();
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#printed += text;
      this.#onText();
    }
    this.#isOver = true;
    this.#onText();
  }
}

function filesOf(dir: TempDir, { caPem, certPem, keyPem }: ServerIdentity): PeerFiles {
  const [certFile, keyFile] = [dir.file("cert.pem"), dir.file("key.pem")];
  Deno.writeTextFileSync(dir.file("ca.pem"), caPem);
  Deno.writeTextFileSync(certFile, certPem);
  Deno.writeTextFileSync(keyFile, keyPem);
  return { dir: dir.path, certFile, keyFile };
}
