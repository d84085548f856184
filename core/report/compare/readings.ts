/**
 * Which figures of a run can be compared with another run's, which way is better, and what values
 * does one run contribute to each? Never compares (metric.ts does).
 * @module
 */

import type { Proportion } from "../../judge/statistics.ts";
import { seriesKey, unitOfName } from "../../measure/series_key.ts";
import type { DistributionStats, OperationSummary, Summary } from "../../measure/summary.ts";
import type { OperationPoint, Report, Series } from "../report.ts";
import { ownValue } from "../../named_values.ts";

type MetricKind = "operation" | "distribution" | "counter" | "gauge";
export type MetricUnit = "ms" | "bytes" | "perSec" | "bytesPerSec" | "ratio" | "none";
/** Which way is better; null: nobody can say, e.g. a counter whose name does not tell. */
type BetterWay = "higher" | "lower" | null;

/** What a metric is; equal in every run that has it. */
export interface MetricIdentity {
  /** `series.stat`, e.g. `request{connection="0"}.response.p99`. */
  readonly name: string;
  /** Operation, distribution, counter or gauge with its tags. */
  readonly series: string;
  /** e.g. `rate`, `failed.ratio`, `service.p50`. */
  readonly stat: string;
  readonly kind: MetricKind;
  readonly unit: MetricUnit;
  readonly betterWay: BetterWay;
}

/** One metric of one run. */
export interface MetricReading extends MetricIdentity {
  /** Over the whole measured time; null: fewer samples than the quantile needs. */
  readonly value: number | null;
  /** Means of neighbouring stretches of time, in order, at most 20; null: not recorded over time. */
  readonly blocks: readonly number[] | null;
  /** The counts behind a share; null: the metric is no share. */
  readonly proportion: Proportion | null;
}

/**
 * Consecutive seconds resemble each other (queues, garbage collection, caches), and a rank test
 * takes its values as independent. Averages of longer stretches are closer to that, not there: of
 * simulated pairs of equal runs, rates correlated 0.8 from second to second, 9 % of those of 300 s
 * and 30 % of those of 60 s differed "significantly" at 95 %; without correlation 4 %.
 */
export const MOST_BLOCKS = 20;

const PERCENTILES = ["p50", "p90", "p99"] as const;

/** Percentiles of operations that the report also has over time. */
const POINT_FIELD: Readonly<Record<string, keyof OperationPoint>> = {
  "service.p50": "serviceP50Ms",
  "service.p99": "serviceP99Ms",
  "response.p50": "responseP50Ms",
  "response.p99": "responseP99Ms",
};

/** Gauges that cost something; others are levels that are neither good nor bad. */
const COMPARED_GAUGES: Readonly<Record<string, MetricUnit>> = {
  cpuRatio: "ratio",
  rssBytes: "bytes",
};

/**
 * Words in a counter's name that say what more of it means. A word of `lower` decides even beside
 * one of `higher` (`failedDeliveries`); a name with neither is compared without better or worse.
 */
const COUNTER_WORDS = {
  lower: [
    ..."corrupt corrupted dropped duplicate duplicates error errors fail failed failure".split(" "),
    ..."failures late lost miss missed missing reconnects refused rejected reset resets".split(" "),
    ..."restarts retries retry stalled stalls throttled timeout timeouts truncated".split(" "),
  ],
  higher: "acked completed delivered done finished ok read received sent written".split(" "),
} as const;

/** A second of a run ends so much later at most on an idle machine. */
const TIMER_LATENESS_MS = 50;

interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** What is compared as one: a run with one load, or one stage of several. */
interface Part {
  /** Its name; undefined: all of the run. */
  readonly stage: string | undefined;
  readonly summary: Summary;
  readonly series: Series;
  readonly grid: readonly Stretch[];
}

/** Every metric of a run that has a value or could have had one; of several stages, each by itself. */
export function readMetrics(report: Report): MetricReading[] {
  return [...ladderReadings(report), ...stageReadings(report)];
}

/** How far each run's target holds; of few runs no more can be said than that it differs. */
function ladderReadings({ ladder }: Report): MetricReading[] {
  if (ladder === null) return [];
  const series = `ladder of ${ladder.flag}`;
  return [reading(
    { series, stat: "lastGood", kind: "gauge", unit: "none", betterWay: "higher" },
    { value: ladder.lastGood },
  )];
}

function stageReadings(report: Report): MetricReading[] {
  return partsOf(report).flatMap((part) =>
    readingsOf(part).map((one) =>
      part.stage === undefined ? one : {
        ...one,
        name: `${one.name} in ${part.stage}`,
        series: `${one.series} in ${part.stage}`,
      }
    )
  );
}

function partsOf({ manifest, summary, series, stages }: Report): Part[] {
  if (!manifest.isStaged) {
    const grid = stretchesWithin(series, manifest.warmUpMs, Infinity);
    return [{ stage: undefined, summary, series, grid }];
  }
  return stages.filter(({ kind }) => kind === "measured")
    .map(({ name, summary, startMs, endMs }) => ({
      stage: name,
      summary,
      series,
      grid: stretchesWithin(series, startMs, endMs),
    }));
}

function readingsOf(part: Part): MetricReading[] {
  const { summary, series, grid } = part;
  return [
    ...summary.operations.flatMap((operation) => {
      const key = seriesKey(operation.op, operation.tags);
      const points = series.operations.find(({ op }) => op === key)?.points ?? [];
      return operationReadings(operation, { key, points, grid });
    }),
    ...summary.distributions.flatMap(({ name, tags, unit, stats }) =>
      (["p50", "p99"] as const).map((stat) =>
        reading(
          { series: seriesKey(name, tags), stat, kind: "distribution", unit, betterWay: "lower" },
          { value: stats[stat] },
        )
      )
    ),
    ...summary.counters.map(({ name, tags, ratePerSec }) => {
      const key = seriesKey(name, tags);
      const points = series.counters.find((one) => one.name === key)?.points ?? [];
      const unit = unitOfName(name) === "bytes" ? "bytesPerSec" as const : "perSec" as const;
      return reading(
        { series: key, stat: "rate", kind: "counter", unit, betterWay: counterBetterWay(name) },
        { value: ratePerSec, blocks: blocksOf(grid, valuesAt(points, ({ value }) => value), 0) },
      );
    }),
    ...gaugeReadings(part),
  ];
}

/** Which way is better for a counter of this name; see {@link COUNTER_WORDS}. */
export function counterBetterWay(name: string): BetterWay {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/);
  const has = (way: "lower" | "higher") => COUNTER_WORDS[way].some((word) => words.includes(word));
  if (has("lower")) return "lower";
  return has("higher") ? "higher" : null;
}

function operationReadings(
  operation: OperationSummary,
  from: { key: string; points: readonly OperationPoint[]; grid: readonly Stretch[] },
): MetricReading[] {
  const { key, points, grid } = from;
  const identity = { series: key, kind: "operation" as const };
  const readings = [
    reading(
      { ...identity, stat: "rate", unit: "perSec", betterWay: "higher" },
      {
        value: operation.ratePerSec,
        blocks: blocksOf(grid, valuesAt(points, (point) => point.ratePerSec), 0),
      },
    ),
    shareReading(identity, {
      stat: "failed.ratio",
      count: operation.failed,
      of: operation.ok + operation.failed,
    }),
    shareReading(identity, {
      stat: "dropped.ratio",
      count: operation.dropped,
      of: operation.total,
    }),
  ];
  for (const view of ["service", "response"] as const) {
    for (const stat of [...PERCENTILES, "max"] as const) {
      const field = POINT_FIELD[`${view}.${stat}`];
      const stats: DistributionStats | null = operation[view];
      const blocks = field === undefined
        ? null
        : blocksOf(grid, valuesAt(points, (point) => point[field]), null);
      readings.push(reading(
        { ...identity, stat: `${view}.${stat}`, unit: "ms", betterWay: "lower" },
        { value: stats?.[stat] ?? null, blocks },
      ));
    }
  }
  return readings;
}

function shareReading(
  identity: Pick<MetricIdentity, "series" | "kind">,
  { stat, count, of }: Proportion & { stat: string },
): MetricReading {
  const known = of > 0;
  return reading({ ...identity, stat, unit: "ratio", betterWay: "lower" }, {
    value: known ? count / of : null,
    proportion: known ? { count, of } : null,
  });
}

function gaugeReadings({ summary, series, grid }: Part): MetricReading[] {
  return summary.gauges.flatMap(({ name, tags, mean, max }) => {
    const unit = ownValue(COMPARED_GAUGES, name);
    if (unit === undefined) return [];
    const key = seriesKey(name, tags);
    const points = series.gauges.find((gauge) => gauge.name === key)?.points ?? [];
    const identity = { series: key, kind: "gauge", unit, betterWay: "lower" } as const;
    return [
      reading({ ...identity, stat: "mean" }, {
        value: mean,
        blocks: blocksOf(grid, valuesAt(points, ({ value }) => value), null),
      }),
      reading({ ...identity, stat: "max" }, { value: max }),
    ];
  });
}

function reading(
  identity: Omit<MetricIdentity, "name">,
  values: Pick<MetricReading, "value"> & Partial<MetricReading>,
): MetricReading {
  const name = `${identity.series}.${identity.stat}`;
  return { blocks: null, proportion: null, ...values, ...identity, name };
}

/**
 * The stretches of time in between in which anything at all was recorded: one in which an operation
 * has no point is one in which it did not happen. Shorter than half the longest (the last of a run)
 * says too little to weigh as much as the others; one that reaches out of a stage is not of it alone.
 */
function stretchesWithin(series: Series, fromMs: number, untilMs: number): Stretch[] {
  const byStart = new Map<number, Stretch>();
  for (const { points } of [...series.operations, ...series.counters, ...series.gauges]) {
    for (const { startMs, endMs } of points) {
      const isWithin = startMs >= fromMs && endMs <= untilMs + TIMER_LATENESS_MS;
      if (isWithin) byStart.set(startMs, { startMs, endMs });
    }
  }
  const stretches = [...byStart.values()].sort((one, other) => one.startMs - other.startMs);
  const longestMs = stretches.reduce((most, one) => Math.max(most, one.endMs - one.startMs), 0);
  return stretches.filter(({ startMs, endMs }) => endMs - startMs >= longestMs / 2);
}

function valuesAt<P extends Stretch>(
  points: readonly P[],
  valueOf: (point: P) => number | string | null,
): ReadonlyMap<number, number> {
  const values = new Map<number, number>();
  for (const point of points) {
    const value = valueOf(point);
    if (typeof value === "number") values.set(point.startMs, value);
  }
  return values;
}

/**
 * Cuts the stretches into at most {@link MOST_BLOCKS} groups of neighbours, sizes as equal as can
 * be, and takes each group's mean. `absent` stands in for a stretch without a value; null skips it.
 */
function blocksOf(
  grid: readonly Stretch[],
  values: ReadonlyMap<number, number>,
  absent: number | null,
): number[] {
  const count = Math.min(MOST_BLOCKS, grid.length);
  const blocks: number[] = [];
  for (let block = 0; block < count; block++) {
    const from = Math.floor(block * grid.length / count);
    const to = Math.floor((block + 1) * grid.length / count);
    const members = grid.slice(from, to).map(({ startMs }) => values.get(startMs) ?? absent)
      .filter((value) => value !== null);
    if (members.length === 0) continue;
    blocks.push(members.reduce((sum, value) => sum + value, 0) / members.length);
  }
  return blocks;
}
