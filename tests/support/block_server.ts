/** A block server of ours in a process of its own, for tests and benchmarks. @module */

import type { Report } from "../../core/report/report.ts";
import { type Finished, Scaletool, TempDir } from "./scaletool.ts";

/** Listens on a free loopback port. Dispose it to end it and to remove its folder. */
export class BlockServerProcess implements AsyncDisposable {
  readonly dir = new TempDir();
  readonly program: Scaletool;
  #url = "";

  private constructor(flags: readonly string[]) {
    this.program = new Scaletool([
      ...["httperf", "--listen", "127.0.0.1:0", "--write-ca", this.caFile],
      ...["--out", this.dir.file("server"), ...flags],
    ]);
  }

  static async start(flags: readonly string[] = []): Promise<BlockServerProcess> {
    const server = new BlockServerProcess(flags);
    const [, url = ""] = await server.program.line(/serving on (\S+)/);
    await server.program.line(/clients trust/);
    server.#url = url;
    return server;
  }

  get url(): string {
    return this.#url;
  }

  get caFile(): string {
    return this.dir.file("ca.pem");
  }

  /** What makes a client of it. */
  get clientFlags(): string[] {
    return ["--base-url", this.url, "--ca", this.caFile];
  }

  /** Ends it politely. */
  async stop(): Promise<{ finished: Finished; report: Report }> {
    this.program.kill("SIGTERM");
    const finished = await this.program.finished();
    const report = JSON.parse(Deno.readTextFileSync(this.dir.file("server/result.json")));
    return { finished, report };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}
