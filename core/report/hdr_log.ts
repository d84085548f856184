/**
 * The histograms for other people's tools: percentile distributions (.hgrm) for HdrHistogram's
 * plotter and histogram logs (.hlog, format 1.3) for its log readers. Never merges or judges.
 * Logs know values >= 0 only: negative values (clock skew) are in result.json alone.
 * Source: HdrHistogram, outputPercentileDistribution and HistogramLogWriter.
 * @module
 */

import type { EncodedHistogram, Histogram } from "../measure/histogram.ts";
import type { Interval } from "../measure/interval.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { seriesKey } from "../measure/series_key.ts";

/** Steps for each halving of the distance to 100 %, as HdrHistogram's own tools have it. */
const TICKS_PER_HALF_DISTANCE = 5;

/** The percentile distribution of a histogram of microseconds; values in ms. */
export function renderHgrm(histogram: Histogram): string {
  const rows: string[] = [];
  for (const row of histogram.percentileRows(TICKS_PER_HALF_DISTANCE)) {
    const quantile = row.percentile / 100;
    const columns = [
      milliseconds(row.value),
      quantile.toFixed(12).padStart(14),
      String(row.countAtOrBelow).padStart(10),
      // 1/(1-1) is infinite; the last row ends early, as in HdrHistogram's files.
      ...(quantile < 1 ? [(1 / (1 - quantile)).toFixed(2).padStart(14)] : []),
    ];
    rows.push(columns.join(" "));
  }
  const { mean, stdDeviation, max, count } = histogram;
  return [
    "       Value     Percentile TotalCount 1/(1-Percentile)",
    "",
    ...rows,
    `#[Mean    = ${milliseconds(mean)}, StdDeviation   = ${milliseconds(stdDeviation)}]`,
    `#[Max     = ${milliseconds(max)}, Total count    = ${String(count).padStart(12)}]`,
  ].join("\n") + "\n";
}

function milliseconds(us: number): string {
  return (us / US_PER_MS).toFixed(3).padStart(12);
}

/** One interval of one series in a histogram log; times in ms since the run's start. */
interface HdrLogEntry {
  /** Blanks and commas in it are replaced by `_`, as the format cannot have them. */
  readonly tag: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Of microseconds. */
  readonly histogram: EncodedHistogram;
}

/** `Tag=...,start,length,max,histogram`: start and length in seconds, max in ms. No line feed. */
export function hdrLogLine({ tag, startMs, endMs, histogram }: HdrLogEntry): string {
  return [
    `Tag=${tag.replace(/[\s,]+/g, "_")}`,
    (startMs / 1_000).toFixed(3),
    ((endMs - startMs) / 1_000).toFixed(3),
    (Math.max(0, histogram.max) / US_PER_MS).toFixed(3),
    histogram.hdr,
  ].join(",");
}

/**
 * The first lines of a run's histogram log, with line feeds.
 * @param options `startedAt`: the run's start, RFC 3339, which the times in the log count from
 */
export function hdrLogHead({ startedAt }: { readonly startedAt: string }): string {
  const startSeconds = (Date.parse(startedAt) / 1_000).toFixed(3);
  return [
    "#[Histogram log format version 1.3]",
    "#[Values are in microseconds, Interval_Max is in milliseconds]",
    `#[StartTime: ${startSeconds} (seconds since epoch), ${startedAt}]`,
    `#[BaseTime: ${startSeconds} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    "",
  ].join("\n");
}

/**
 * An interval's lines, with line feeds: each operation as `op.service`, `op.response` and `op.lag`,
 * each distribution of times under its name; what belongs to the warm-up begins with `warmup.`.
 */
export function hdrLogLines(interval: Interval): string {
  return [...entriesOf(interval)].map((entry) => `${hdrLogLine(entry)}\n`).join("");
}

function* entriesOf(interval: Interval): Generator<HdrLogEntry> {
  const { startMs, endMs } = interval;
  const prefix = interval.phase === "warmup" ? "warmup." : "";
  for (const operation of interval.operations) {
    for (const view of ["service", "response", "lag"] as const) {
      const histogram = operation[view];
      const tag = prefix + seriesKey(`${operation.op}.${view}`, operation.tags);
      if (histogram !== undefined) yield { tag, startMs, endMs, histogram };
    }
  }
  for (const { name, tags, unit, histogram } of interval.distributions) {
    const tag = prefix + seriesKey(name, tags);
    if (unit === "time") yield { tag, startMs, endMs, histogram };
  }
}
