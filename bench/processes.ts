/** Runs the client of a benchmark and reads figures out of reports. @module */

import type { Report } from "../core/report/report.ts";
import type { BlockServerProcess } from "../tests/support/block_server.ts";
import { scaletool, TempDir } from "../tests/support/scaletool.ts";

/** Runs a client against a server to its end. */
export async function runClient(
  server: BlockServerProcess,
  flags: readonly string[],
): Promise<Report> {
  await using dir = new TempDir();
  const base = ["httperf", ...server.clientFlags, "--out", dir.file("client")];
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
