/**
 * What did one threshold's figure come to in a stretch of a run? Holds the part of the intervals
 * that the threshold asks about, merges it, and takes the figure out. Never compares it with a limit.
 * @module
 */

import type { Histogram } from "../measure/histogram.ts";
import type { GaugeInterval, Interval, OperationInterval } from "../measure/interval.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { tagsMatch } from "../measure/series_key.ts";
import { samplesNeeded } from "../measure/summary.ts";
import { Times } from "../measure/times.ts";
import { LIMIT_EXAMPLE, type LimitUnit, plainDecimal } from "./limit.ts";
import { couldChange, mergedOutcomes, type Outcomes, outcomesOf } from "./outcomes.ts";
import { formatStat, type Threshold } from "./threshold.ts";
import { isTimeView, type Stat, type TimeView } from "./threshold_words.ts";

/** The figure, or why there is none. */
export type Evaluation =
  | {
    readonly kind: "value";
    /** As measured. */
    readonly value: number;
    /** As it would be if lag of our own had been no part of it: the truth is between the two. */
    readonly withoutOwnLag: number;
  }
  /** The figure needs more values than there were. */
  | { readonly kind: "too-few"; readonly needed: number; readonly seen: number }
  /** The metric is of a kind that has no such figure, or none with the limit's unit. */
  | { readonly kind: "unsuitable"; readonly reason: string }
  /** Nothing of that name and with those tags was recorded. */
  | { readonly kind: "absent" };

type Level = Pick<GaugeInterval, "last" | "min" | "max" | "sum" | "count">;

/** What one threshold sees of a stretch of time. Merging is lossless; all but `last` in any order. */
export class Reading {
  /** Bounds of all intervals that were added, whether they have the metric or not; ms. */
  startMs = Infinity;
  endMs = -Infinity;
  outcomes: Outcomes | undefined;
  /** Of the operation's view, in us. */
  times: Times | undefined;
  /** Of a distribution, in us or bytes. */
  values: { readonly unit: "time" | "bytes"; readonly all: Times } | undefined;
  /** Growth of a counter. */
  growth: number | undefined;
  /** Readings of a gauge. */
  level: Level | undefined;

  constructor(readonly threshold: Threshold) {}

  /** Whether anything was recorded under the metric's name and tags. */
  get isPresent(): boolean {
    return this.outcomes !== undefined || this.values !== undefined ||
      this.growth !== undefined || this.level !== undefined;
  }

  /** Length of the covered time in s; 0 when nothing was added. */
  get seconds(): number {
    return Math.max(0, this.endMs - this.startMs) / 1_000;
  }

  /** Widens the covered time, e.g. over seconds in which nothing was recorded. */
  cover(startMs: number, endMs: number): void {
    this.startMs = Math.min(this.startMs, startMs);
    this.endMs = Math.max(this.endMs, endMs);
  }

  addInterval(interval: Interval): void {
    this.cover(interval.startMs, interval.endMs);
    const { metric, tags, view } = this.threshold;
    for (const operation of interval.operations) {
      if (operation.op === metric && tagsMatch(tags, operation.tags)) this.#addOperation(operation);
    }
    if (view !== null) return;
    for (const series of interval.distributions) {
      if (series.name !== metric || !tagsMatch(tags, series.tags)) continue;
      this.values ??= { unit: series.unit, all: new Times() };
      this.values.all.addEncoded(series.histogram, series.withoutOwnLag);
    }
    for (const { name, tags: seriesTags, value } of interval.counters) {
      if (name !== metric) continue;
      if (tagsMatch(tags, seriesTags)) this.growth = (this.growth ?? 0) + value;
      // Said of all its series, before there was one: nothing has come so far.
      else if (seriesTags === undefined && value === 0) this.growth ??= 0;
    }
    for (const gauge of interval.gauges) {
      if (gauge.name === metric && tagsMatch(tags, gauge.tags)) {
        this.level = mergedLevel(this.level, gauge);
      }
    }
  }

  /** Adds what another reading of the same threshold holds; the other stays as it was. */
  add(other: Reading): void {
    this.cover(other.startMs, other.endMs);
    if (other.outcomes !== undefined) {
      this.outcomes = mergedOutcomes(this.outcomes, other.outcomes);
    }
    if (other.times !== undefined) (this.times ??= new Times()).add(other.times);
    if (other.values !== undefined) {
      this.values ??= { unit: other.values.unit, all: new Times() };
      this.values.all.add(other.values.all);
    }
    if (other.growth !== undefined) this.growth = (this.growth ?? 0) + other.growth;
    if (other.level !== undefined) this.level = mergedLevel(this.level, other.level);
  }

  #addOperation(operation: OperationInterval): void {
    this.outcomes = mergedOutcomes(this.outcomes, outcomesOf(operation, this.threshold));
    const view = timeViewOf(this.threshold);
    const measured = view === null ? undefined : operation[view];
    if (measured === undefined) return;
    // The lag of an operation is what it is: it blames nobody else.
    const less = view === null || view === "lag" ? undefined : operation.withoutOwnLag?.[view];
    (this.times ??= new Times()).addEncoded(measured, less);
  }
}

/** Which of an operation's times the threshold needs; null: none of them. */
function timeViewOf({ view, stat }: Threshold): TimeView | null {
  if (view !== null) return isTimeView(view) ? view : null;
  return ["percentile", "min", "mean", "max"].includes(stat.kind) ? "response" : null;
}

function mergedLevel(one: Level | undefined, other: Level): Level {
  return {
    last: other.last,
    min: Math.min(one?.min ?? Infinity, other.min),
    max: Math.max(one?.max ?? -Infinity, other.max),
    sum: (one?.sum ?? 0) + other.sum,
    count: (one?.count ?? 0) + other.count,
  };
}

/** The threshold's figure in the reading: ms, bytes, per second, 0..1 or a plain number. */
export function evaluate(reading: Reading): Evaluation {
  const { metric, limit, stat } = reading.threshold;
  if (!reading.isPresent) return { kind: "absent" };
  const figures = [ofOperation, ofDistribution, ofCounter, ofGauge]
    .map((figureOf) => figureOf(reading))
    .filter((figure) => figure !== undefined);
  const offered = figures.filter((figure) => figure.evaluation !== undefined);
  const fitting = offered.find(({ units }) => units.includes(limit.unit));
  if (fitting?.evaluation !== undefined) return fitting.evaluation;
  const [first] = offered;
  if (first === undefined) {
    const kinds = figures.map(({ kind, stats }) => `${kind} with ${stats}`).join(" and ");
    return { kind: "unsuitable", reason: `${metric} is ${kinds}: it has no ${formatStat(stat)}` };
  }
  const examples = first.units.map((unit) => LIMIT_EXAMPLE[unit]).join(" or ");
  return {
    kind: "unsuitable",
    reason: `${metric} is ${first.kind}: a limit on its ${formatStat(stat)} is ${examples}`,
  };
}

/** What one kind of metric makes of a threshold; without `evaluation` it has no such stat. */
interface Figure {
  readonly kind: string;
  readonly stats: string;
  readonly units: readonly LimitUnit[];
  readonly evaluation: Evaluation | undefined;
}

function ofOperation(reading: Reading): Figure | undefined {
  const { outcomes, times, threshold, seconds } = reading;
  if (outcomes === undefined) return undefined;
  const figure = (units: readonly LimitUnit[], evaluation: Evaluation | undefined): Figure => ({
    kind: "an operation",
    stats: "percentiles, min, mean, max, count, rate and total",
    units,
    evaluation,
  });
  const { view, stat } = threshold;
  const finished = outcomes.ok + outcomes.failed;
  const due = finished + outcomes.dropped + outcomes.cancelled;
  if (view === null || isTimeView(view)) {
    if (timeViewOf(threshold) !== null && stat.kind !== "count") {
      return figure(["ms"], ofTimes(times ?? new Times(), { threshold, scale: US_PER_MS }));
    }
    if (stat.kind === "count") {
      return figure(["none"], value(view === null ? finished : times?.measured.count ?? 0));
    }
    if (stat.kind === "rate") return figure(["perSec"], perSecond(finished, seconds));
    return figure(["none"], stat.kind === "total" ? value(due) : undefined);
  }
  const count = view === "failed" ? outcomes.ofReason : outcomes[view];
  const couldBe = count + couldChange(view, outcomes);
  if (stat.kind === "count") return figure(["none"], value(count, couldBe));
  if (stat.kind === "rate") return figure(["perSec"], perSecond(count, seconds, couldBe));
  const whole = view === "ok" || view === "failed" ? finished : due;
  return figure(["ratio"], whole === 0 ? tooFew(1, 0) : value(count / whole, couldBe / whole));
}

function ofDistribution({ values, threshold, seconds }: Reading): Figure | undefined {
  if (values === undefined) return undefined;
  const { unit, all } = values;
  const { kind } = threshold.stat;
  const figure = (units: readonly LimitUnit[], evaluation: Evaluation | undefined): Figure => ({
    kind: `a distribution of ${unit === "time" ? "times" : "sizes"}`,
    stats: "percentiles, min, mean, max, count and rate",
    units,
    evaluation,
  });
  if (kind === "count") return figure(["none"], value(all.measured.count));
  if (kind === "rate") return figure(["perSec"], perSecond(all.measured.count, seconds));
  const scale = unit === "time" ? US_PER_MS : 1;
  return figure(
    [unit === "time" ? "ms" : "bytes"],
    kind === "total" || kind === "last" ? undefined : ofTimes(all, { threshold, scale }),
  );
}

function ofCounter({ growth, threshold, seconds }: Reading): Figure | undefined {
  if (growth === undefined) return undefined;
  const { kind } = threshold.stat;
  const identity = { kind: "a counter", stats: "total and rate" };
  if (kind === "rate") {
    return {
      ...identity,
      units: ["perSec", "bytesPerSec"],
      evaluation: perSecond(growth, seconds),
    };
  }
  const evaluation = kind === "total" ? value(growth) : undefined;
  return { ...identity, units: ["none", "bytes"], evaluation };
}

function ofGauge({ level, threshold }: Reading): Figure | undefined {
  if (level === undefined) return undefined;
  const { kind } = threshold.stat;
  const identity = {
    kind: "a gauge",
    stats: "min, mean, max and last",
    // A gauge is a bare number; only the one who asks knows what it counts.
    units: ["ms", "bytes", "ratio", "none"] as const,
  };
  if (kind === "mean") return { ...identity, evaluation: value(level.sum / level.count) };
  const known = kind === "min" || kind === "max" || kind === "last";
  return { ...identity, evaluation: known ? value(level[kind]) : undefined };
}

function ofTimes(
  { measured, withoutOwnLag = measured }: Times,
  { threshold: { stat }, scale }: { threshold: Threshold; scale: number },
): Evaluation {
  const { count } = measured;
  const needed = stat.kind === "percentile" ? samplesNeeded(quantileOf(stat.percentile)) : 1;
  if (count < needed) return tooFew(needed, count);
  const figure = (histogram: Histogram) => statOf(histogram, stat) / scale;
  return value(figure(measured), figure(withoutOwnLag));
}

function statOf(histogram: Histogram, stat: Stat): number {
  if (stat.kind === "percentile") return histogram.valueAt(quantileOf(stat.percentile));
  if (stat.kind === "min" || stat.kind === "mean" || stat.kind === "max") {
    return histogram[stat.kind];
  }
  return histogram.count;
}

/** The text's own decimal, shifted: 99.9 / 100 is not the float 0.999. */
function quantileOf(percentile: number): number {
  return Number(`${plainDecimal(percentile)}e-2`);
}

function value(figure: number, withoutOwnLag = figure): Evaluation {
  return { kind: "value", value: figure, withoutOwnLag };
}

function tooFew(needed: number, seen: number): Evaluation {
  return { kind: "too-few", needed, seen };
}

function perSecond(amount: number, seconds: number, withoutOwnLag = amount): Evaluation {
  return seconds > 0 ? value(amount / seconds, withoutOwnLag / seconds) : tooFew(1, 0);
}
