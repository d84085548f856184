/** How a run ended, for people. @module */

import { formatDuration } from "../units.ts";
import type { Report } from "./report.ts";

type Ended = NonNullable<Report["end"]>;

/** What ended it: `duration`, `interrupted`; of a run that was stopped, who asked for that: `ctl`. */
export function endedBy({ reason }: Ended, { changes }: Pick<Report, "changes">): string {
  const stop = changes.findLast(({ change }) => change.kind === "stop");
  return reason === "stopped" ? stop?.by ?? "request" : reason;
}

/** `ended by duration at 10s`, `ended by ctl after 12s of 1m0s`. */
export function endedText(end: Ended, report: Pick<Report, "changes" | "manifest">): string {
  const by = `ended by ${endedBy(end, report)}`;
  if (end.reason !== "stopped") return `${by} at ${formatDuration(end.atMs)}`;
  const { durationMs, warmUpMs } = report.manifest;
  // As the live line has it: what was paused comes later.
  const wholeMs = (durationMs ?? Infinity) + warmUpMs + pausedMs(report.changes);
  const asked = wholeMs === Infinity ? "" : ` of ${formatDuration(wholeMs)}`;
  return `${by} after ${formatDuration(end.atMs)}${asked}`;
}

function pausedMs(changes: Report["changes"]): number {
  return changes.reduce((sum, { atMs, untilMs }) => sum + (untilMs ?? atMs) - atMs, 0);
}
