/**
 * Joined files in each format. For people: how many writes were noticed, how soon, what to mind, the
 * verdict in the last line. For a spreadsheet or data frame: one row per kind of write, with its counts
 * and all figures of all times. Never computes a figure.
 * @module
 */

import { printable } from "../../../core/say.ts";
import { formatDuration } from "../../../core/units.ts";
import type { JoinedFile, JoinedOperation, JoinReport } from "./report.ts";
import { JOIN_TIME_NAMES, JOIN_TIMES, type JoinTime } from "./times.ts";
import { columns, formatTable } from "../../../core/report/table.ts";

/** Of `--output`. */
export const JOIN_FORMATS = ["text", "json", "csv"] as const;
type JoinFormat = typeof JOIN_FORMATS[number];

/** The report as text of the format, ending with a line end. */
export function renderJoin(report: JoinReport, format: JoinFormat): string {
  switch (format) {
    case "text":
      return joinText(report);
    case "json":
      return JSON.stringify(report, null, 2) + "\n";
    case "csv":
      return joinCsv(report);
  }
}

/** More rows of missing writes do not help to see what they have in common. */
const MOST_SHOWN_MISSING = 10;

function joinText(report: JoinReport): string {
  const sections = [
    report.warnings.map(({ code, message }) => `WARNING ${code}: ${printable(message)}`),
    countLines(report.operations),
    timeLines(report.operations),
    missingLines(report),
    fileLines(report),
    [`${report.verdict.toUpperCase()} (exit code ${report.exitCode}): ${report.reason}`],
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"))
    .join("\n\n") + "\n";
}

function countLines(operations: readonly JoinedOperation[]): string[] {
  if (operations.length === 0) return ["No write is in the driver's file."];
  return [
    ...formatTable(
      columns(
        ...["OP", ">OK", ">FAILED", ">NOTIFIED", ">MISSING", ">UNEXPECTED"],
        ...[">FAILED-BUT-SEEN", ">UNPAIRED", ">COLLAPSED"],
      ),
      operations.map((one) => [
        one.op,
        ...[one.ok, one.failed, one.notified, one.missing, one.unexpected].map(String),
        ...[one.failedButSeen, one.unpaired, one.collapsedRows].map(String),
      ]),
    ),
    "missing = ok, but never notified; unexpected = notified, but not written; collapsed = rows of several notifications",
  ];
}

function timeLines(operations: readonly JoinedOperation[]): string[] {
  const rows = operations.flatMap(({ op, timesMs }) =>
    JOIN_TIME_NAMES.flatMap((name) => timeRow({ op, name, stats: timesMs[name] }))
  );
  if (rows.length === 0) return [];
  return [
    ...formatTable(
      columns(
        ...["OP", "TIME", ">COUNT", ">NEGATIVE", ">MIN", ">MEAN"],
        ...[">P50", ">P90", ">P99", ">MAX"],
      ),
      rows,
    ),
    ...JOIN_TIME_NAMES.map((name) => `${name} = ${JOIN_TIMES[name]}`),
    "- = too few values",
  ];
}

function timeRow(
  { op, name, stats }: {
    op: string;
    name: JoinTime;
    stats: JoinedOperation["timesMs"][JoinTime];
  },
): string[][] {
  if (stats === null) return [];
  const { count, negative, min, mean, p50, p90, p99, max } = stats;
  const times = [min, mean, p50, p90, p99, max].map((ms) => ms === null ? "" : formatDuration(ms));
  return [[op, name, String(count), String(negative), ...times]];
}

function missingLines({ missing, operations }: JoinReport): string[] {
  if (missing.length === 0) return [];
  const shown = missing.slice(0, MOST_SHOWN_MISSING);
  const table = formatTable(
    columns("OP", "OBJECT", ">MISSING", ">OK"),
    shown.map((
      { op, object, missing, ok },
    ) => [op, printable(object), String(missing), String(ok)]),
  );
  const left = operations.reduce((sum, operation) => sum + operation.missing, 0) -
    shown.reduce((sum, { missing }) => sum + missing, 0);
  return left === 0 ? table : [...table, `and ${left} more missing writes; see -o json`];
}

function fileLines({ driver, logger, others }: JoinReport): string[] {
  const lines = [fileLine("driver", driver), fileLine("logger", logger)];
  if (others.rows === 0) return lines;
  const left = `${others.rows} of its rows are left out: they are of ${others.objects} objects ` +
    "that the driver never wrote";
  return [...lines, left];
}

function fileLine(kind: string, { path, rows }: JoinedFile): string {
  return `${kind}  ${printable(path)}  ${rows} rows`;
}

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

/** CSV with a header; lines end with CR LF (RFC 4180); a figure that does not exist is an empty field. */
function joinCsv({ operations }: JoinReport): string {
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
