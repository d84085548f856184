/**
 * The figures as a table for a spreadsheet or data frame: one `total` row per operation (the
 * measured part of the run, all quantiles), one `stage` row per operation and stage of a run that has
 * several, and one `interval` row per operation and point of the charts (warm-up included). A figure that does not exist is an empty field.
 * Source of the quoting and of the line ends: RFC 4180.
 * @module
 */

import { csvText } from "../csv_text.ts";
import { seriesKey } from "../measure/series_key.ts";
import { type DistributionStats, type OperationSummary, QUANTILES } from "../measure/summary.ts";
import type { OperationPoint, Report } from "./report.ts";

type Row = Readonly<Record<string, string | number | null>>;

const VIEWS = ["service", "response"] as const;
const TIMES = ["min", "mean", ...Object.keys(QUANTILES), "max"] as readonly Time[];
type Time = "min" | "mean" | "max" | keyof typeof QUANTILES;

const HEADER: readonly string[] = [
  "scope",
  "start_seconds",
  "end_seconds",
  "operation",
  "total",
  "ok",
  "failed",
  "dropped",
  "cancelled",
  "rate_per_second",
  ...VIEWS.flatMap((view) => TIMES.map((time) => timeColumn(view, time))),
  "class",
  "stage",
];

/** The report's operations as CSV with a header; lines end with CR LF. */
export function renderCsv(report: Report): string {
  const judged = report.stages.filter(({ kind }) => kind === "measured");
  const [first, ...others] = judged;
  const startMs = first?.startMs ?? report.manifest.warmUpMs;
  const endMs = others.at(-1)?.endMs ??
    startMs + report.summary.measuredMs + (first?.pausedMs ?? 0);
  const stages = report.manifest.isStaged ? judged : [];
  const rows: readonly Row[] = [
    ...report.summary.operations.map((operation) => totalRow(operation, { startMs, endMs })),
    ...stages.flatMap((stage) =>
      stage.summary.operations.map((operation) => ({
        ...totalRow(operation, stage),
        scope: "stage",
        stage: stage.name,
        class: stage.class?.name ?? null,
      }))
    ),
    ...report.series.operations.flatMap(({ op, points }) =>
      points.map((point) => intervalRow(op, point))
    ),
  ];
  const lines = rows.map((row) => HEADER.map((column) => field(row[column] ?? null)));
  return [HEADER, ...lines].map((fields) => fields.join(",") + "\r\n").join("");
}

function totalRow(
  operation: OperationSummary,
  { startMs, endMs }: { startMs: number; endMs: number },
): Row {
  return {
    scope: "total",
    start_seconds: startMs / 1_000,
    end_seconds: endMs / 1_000,
    operation: seriesKey(operation.op, operation.tags),
    total: operation.total,
    ok: operation.ok,
    failed: operation.failed,
    dropped: operation.dropped,
    cancelled: operation.cancelled,
    rate_per_second: operation.ratePerSec,
    ...timeFields("service", operation.service),
    ...timeFields("response", operation.response),
  };
}

function timeFields(view: string, stats: DistributionStats | null): Row {
  return Object.fromEntries(TIMES.map((time) => [timeColumn(view, time), stats?.[time] ?? null]));
}

function intervalRow(operation: string, point: OperationPoint): Row {
  return {
    scope: "interval",
    start_seconds: point.startMs / 1_000,
    end_seconds: point.endMs / 1_000,
    operation,
    ok: point.ok,
    failed: point.failed,
    dropped: point.dropped,
    rate_per_second: point.ratePerSec,
    [timeColumn("service", "p50")]: point.serviceP50Ms,
    [timeColumn("service", "p99")]: point.serviceP99Ms,
    [timeColumn("response", "p50")]: point.responseP50Ms,
    [timeColumn("response", "p99")]: point.responseP99Ms,
    [timeColumn("response", "max")]: point.responseMaxMs,
  };
}

function timeColumn(view: string, time: Time): string {
  return `${view}_${time.replace(".", "_")}_ms`;
}

/** Six decimals are a nanosecond of a millisecond figure: what is beyond them is rounding noise. */
function field(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(Number(value.toFixed(6)));
  return csvText(value);
}
