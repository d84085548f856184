/** Starts the two ends of a benchmark as processes and reads what they left. @module */

import type { Report } from "../core/report/report.ts";
import { Scaletool, scaletool, TempDir } from "../tests/support/scaletool.ts";

/** A scaletool block server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly dir = new TempDir();
  #program: Scaletool | undefined;
  #url = "";

  static async start(flags: readonly string[] = []): Promise<ServerProcess> {
    const server = new ServerProcess();
    const { dir } = server;
    const listen = [
      "--listen",
      "127.0.0.1:0",
      "--write-ca",
      dir.file("ca.pem"),
      "--out",
      dir.file("server"),
    ];
    server.#program = new Scaletool(["httperf", ...listen, ...flags]);
    [, server.#url = ""] = await server.#program.line(/serving on (\S+)/);
    await server.#program.line(/clients trust/);
    return server;
  }

  get url(): string {
    return this.#url;
  }

  get caFile(): string {
    return this.dir.file("ca.pem");
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  /** Ends it and returns its own report. */
  async stop(): Promise<Report> {
    this.#program?.kill("SIGTERM");
    await this.#program?.finished();
    return JSON.parse(Deno.readTextFileSync(this.dir.file("server/result.json")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

/** Runs a client against a server to its end. */
export async function runClient(
  target: { url: string; caFile: string },
  flags: readonly string[],
): Promise<Report> {
  await using dir = new TempDir();
  const base = [
    "httperf",
    "--base-url",
    target.url,
    "--ca",
    target.caFile,
    "--out",
    dir.file("client"),
  ];
  const done = await scaletool([...base, ...flags]);
  const path = dir.file("client/result.json");
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    throw new Error(`the client left no result: ${done.stderr}`);
  }
}

/** Mean of a gauge over the measured time. */
export function gaugeMean(report: Report, name: string): number | null {
  return report.summary.gauges.find((gauge) => gauge.name === name)?.mean ?? null;
}

/** Growth per second of a counter over all its series. */
export function ratePerSec(report: Report, name: string): number {
  return report.summary.counters.filter((counter) => counter.name === name)
    .reduce((sum, counter) => sum + counter.ratePerSec, 0);
}
