/**
 * Joined files for a spreadsheet or data frame: one row per kind of write, with its counts and all
 * figures of all times. A figure that does not exist is an empty field.
 * Source of the line ends: RFC 4180.
 * @module
 */

import type { JoinedOperation, JoinReport } from "./report.ts";
import { JOIN_TIME_NAMES } from "./times.ts";

const COUNTS = {
  ok: "ok",
  failed: "failed",
  notified: "notified",
  missing: "missing",
  unexpected: "unexpected",
  failed_but_seen: "failedButSeen",
  unpaired: "unpaired",
  collapsed_rows: "collapsedRows",
} as const;
const STATS = {
  count: "count",
  negative: "negative",
  min_ms: "min",
  mean_ms: "mean",
  p50_ms: "p50",
  p90_ms: "p90",
  p99_ms: "p99",
  max_ms: "max",
} as const;

/** CSV with a header; lines end with CR LF. */
export function joinCsv({ operations }: JoinReport): string {
  const header = [
    "op",
    ...Object.keys(COUNTS),
    ...JOIN_TIME_NAMES.flatMap((time) =>
      Object.keys(STATS).map((stat) => `${time.replaceAll("-", "_")}_${stat}`)
    ),
  ];
  return [header, ...operations.map(fieldsOf)].map((fields) => fields.join(",") + "\r\n").join("");
}

/** Six decimals are a nanosecond of a millisecond figure: what is beyond them is rounding noise. */
function fieldsOf(operation: JoinedOperation): string[] {
  const figures = [
    ...Object.values(COUNTS).map((count) => operation[count]),
    ...JOIN_TIME_NAMES.flatMap((time) =>
      Object.values(STATS).map((stat) => operation.timesMs[time]?.[stat] ?? null)
    ),
  ];
  return [
    operation.op,
    ...figures.map((figure) => figure === null ? "" : String(Number(figure.toFixed(6)))),
  ];
}
