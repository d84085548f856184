/**
 * The figures of a run for people and programs: totals turned into counts, rates and quantiles.
 * Times are in ms, never NaN or Infinity; a quantile that the sample count cannot support is null.
 * @module
 */

import * as z from "zod";
import { namedValues } from "../named_values_schema.ts";
import type { Histogram } from "./histogram.ts";
import { US_PER_MS } from "./recorder.ts";
import type { Totals } from "./totals.ts";

/** The quantiles of every table, chart and JSON result. */
export const QUANTILES = {
  p50: 0.5,
  p75: 0.75,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  "p99.9": 0.999,
  "p99.99": 0.9999,
} as const;
export type QuantileName = keyof typeof QUANTILES;
const QUANTILE_NAMES = Object.keys(QUANTILES) as QuantileName[];

/**
 * Fewest values with which a quantile means anything: one value is expected beyond it, so
 * 1 / (1 - q). p99 needs 100, p99.9 needs 1000.
 */
export function samplesNeeded(quantile: number): number {
  return quantile >= 1 ? 1 : Math.ceil(1 / (1 - quantile) - 1e-6);
}

const quantile = z.number().nullable().describe("null: fewer values than the quantile needs");
const Tags = namedValues(z.string()).optional();

/** Count, extremes and quantiles of one histogram; ms for times, bytes for sizes. */
export const DistributionStats = z.object({
  count: z.number().int(),
  min: z.number(),
  mean: z.number(),
  max: z.number(),
  p50: quantile,
  p75: quantile,
  p90: quantile,
  p95: quantile,
  p99: quantile,
  "p99.9": quantile,
  "p99.99": quantile,
  hdr: z.string().describe("HDR V2 compressed base64 of the values >= 0, in us or bytes"),
});
export type DistributionStats = z.infer<typeof DistributionStats>;

export const OperationSummary = z.object({
  op: z.string(),
  tags: Tags,
  total: z.number().int().describe("everything that was due: ok + failed + dropped + cancelled"),
  ok: z.number().int(),
  failed: z.number().int(),
  dropped: z.number().int(),
  cancelled: z.number().int(),
  failures: namedValues(z.number().int()).describe("failed by reason"),
  ratePerSec: z.number().describe("ok + failed per second of the measured time"),
  service: DistributionStats.nullable().describe("done - sent of ok operations, ms"),
  response: DistributionStats.nullable().describe("done - due of ok operations, ms"),
  lag: DistributionStats.nullable().describe("sent - due, ms"),
});
export type OperationSummary = z.infer<typeof OperationSummary>;

export const DistributionSummary = z.object({
  name: z.string(),
  tags: Tags,
  unit: z.enum(["ms", "bytes"]),
  stats: DistributionStats,
});
export type DistributionSummary = z.infer<typeof DistributionSummary>;

export const CounterSummary = z.object({
  name: z.string(),
  tags: Tags,
  total: z.number(),
  ratePerSec: z.number(),
});
export type CounterSummary = z.infer<typeof CounterSummary>;

export const GaugeSummary = z.object({
  name: z.string(),
  tags: Tags,
  last: z.number(),
  min: z.number(),
  mean: z.number(),
  max: z.number(),
});
export type GaugeSummary = z.infer<typeof GaugeSummary>;

/** The measured part of a run (after the warm-up). */
export const Summary = z.object({
  measuredMs: z.number().describe("length of the measured time, ms"),
  operations: z.array(OperationSummary),
  distributions: z.array(DistributionSummary),
  counters: z.array(CounterSummary),
  gauges: z.array(GaugeSummary),
});
export type Summary = z.infer<typeof Summary>;

/** A quantile in the histogram's units; null: it has fewer values than the quantile needs. */
export function quantileOf(histogram: Histogram, name: QuantileName): number | null {
  const quantile = QUANTILES[name];
  return histogram.count >= samplesNeeded(quantile) ? histogram.valueAt(quantile) : null;
}

/** How much of a histogram a summary has. */
export interface SummaryOptions {
  /** Whether it holds histograms as texts, which are dear to make; else they are empty. @default {true} */
  readonly withHdr?: boolean;
}

/** Quantiles of a histogram; null when it is empty. `scale`: how many of its units make one of the result's. */
export function distributionStats(
  histogram: Histogram,
  scale: number,
  { withHdr = true }: SummaryOptions = {},
): DistributionStats | null {
  const { count } = histogram;
  if (count === 0) return null;
  const scaled = (value: number | null) => value === null ? null : value / scale;
  const quantiles = Object.fromEntries(
    QUANTILE_NAMES.map((name) => [name, scaled(quantileOf(histogram, name))]),
  ) as Record<QuantileName, number | null>;
  return {
    count,
    min: histogram.min / scale,
    mean: histogram.mean / scale,
    max: histogram.max / scale,
    ...quantiles,
    hdr: withHdr ? histogram.hdrText : "",
  };
}

/** The summary of totals; rates are over the totals' own duration. */
export function summarize(totals: Totals, options?: SummaryOptions): Summary {
  const seconds = totals.durationMs / 1_000;
  const perSec = (amount: number) => seconds > 0 ? amount / seconds : 0;
  return {
    measuredMs: totals.durationMs,
    operations: [...totals.operations.values()].map((series) => ({
      op: series.op,
      tags: series.tags,
      total: series.total,
      ok: series.ok,
      failed: series.failedCount,
      dropped: series.dropped,
      cancelled: series.cancelled,
      failures: series.failed,
      ratePerSec: perSec(series.finished),
      service: distributionStats(series.service, US_PER_MS, options),
      response: distributionStats(series.response, US_PER_MS, options),
      lag: distributionStats(series.lag, US_PER_MS, options),
    })),
    distributions: [...totals.distributions.values()].flatMap(({ name, tags, unit, histogram }) => {
      const stats = distributionStats(histogram, unit === "time" ? US_PER_MS : 1, options);
      return stats === null
        ? []
        : [{ name, tags, unit: unit === "time" ? "ms" as const : "bytes" as const, stats }];
    }),
    counters: [...totals.counters.values()].map(({ name, tags, value }) => ({
      name,
      tags,
      total: value,
      ratePerSec: perSec(value),
    })),
    gauges: [...totals.gauges.values()].map(({ name, tags, last, min, max, sum, count }) => ({
      name,
      tags,
      last,
      min,
      mean: count > 0 ? sum / count : 0,
      max,
    })),
  };
}
