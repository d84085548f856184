/** Runs the programs of a benchmark, and reads figures out of reports. @module */

import { SystemClock } from "../core/load/clock.ts";
import { Ticker } from "../core/load/ticker.ts";
import type { Report } from "../core/report/report.ts";
import type { BlockServerProcess } from "../tests/support/block_server.ts";
import { commandLine, scaletool, TempDir } from "../tests/support/scaletool.ts";

const POLL_MS = 10;
/** Linux counts CPU time in hundredths of a second for every program to see. */
const MS_PER_TICK = 10;

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

/** Runs a command line of scaletool and looks at the process until it is gone; what it used since the last look is not seen. */
export async function costOf(
  argv: readonly string[],
): Promise<{ cpuMs: number; peakRssBytes: number }> {
  const { command, args } = commandLine(argv);
  const child = new Deno.Command(command, { args, stdout: "null" }).spawn();
  let cost = { cpuMs: 0, peakRssBytes: 0 };
  await using _looking = new Ticker(() => cost = usageOf(child.pid) ?? cost, {
    clock: new SystemClock(),
    periodMs: POLL_MS,
    atEnd: false,
  });
  await child.status;
  return cost;
}

/** User and system time of a process so far, and its most memory; undefined once it is gone. */
export function usageOf(pid: number): { cpuMs: number; peakRssBytes: number } | undefined {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    if (peak === null) return undefined;
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    return { cpuMs, peakRssBytes: Number(peak[1]) * 1_024 };
  } catch {
    return undefined;
  }
}

/** The memory that a process has now. */
export function rssBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
  return Number(kibibytes) * 1_024;
}
