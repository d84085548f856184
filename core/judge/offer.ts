/**
 * What do the kinds of metrics make of a figure's term: an operation, a distribution, a counter, a
 * gauge? Takes numbers out of totals; knows nothing of ratios.
 * @module
 */

import type { Histogram } from "../measure/histogram.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { unitOfName } from "../measure/series_key.ts";
import { samplesNeeded } from "../measure/summary.ts";
import type { Times } from "../measure/times.ts";
import type { Totals } from "../measure/totals.ts";
import { type FigureTerm, timeViewOf } from "./figure.ts";
import { type Interval, quantileInterval, shareInterval } from "./chance.ts";
import { type LimitUnit, plainDecimal } from "./limit.ts";
import { isTimeView, type Stat } from "./threshold_words.ts";

export interface FoundFigure {
  readonly kind: "value";
  /** As measured. */
  readonly value: number;
  /**
   * As it would be if lag of our own had been no part of it; of a ratio, of whose terms it may have
   * been a part of either, the farthest that it could be on both sides. The truth is between the two.
   */
  readonly ends: readonly [number, number];
  /** Where chance leaves the truth, if that was asked: of percentiles of times, and of shares. */
  readonly chance?: Interval;
}

/** The figure needs more values than there were. */
export interface TooFew {
  readonly kind: "too-few";
  readonly needed: number;
  readonly seen: number;
}

/** A figure of one kind of metric. */
export type Amount = FoundFigure | TooFew;

/** What one kind of metric makes of a term; without `amount` it has no such stat. */
export interface Offer {
  readonly kind: string;
  readonly stats: string;
  /** The one that its name states comes first. */
  readonly units: readonly LimitUnit[];
  readonly amount: Amount | undefined;
}

/** What is to be told of a figure beside it. */
export interface OfferOptions {
  /** Where chance leaves the truth. @default {false} */
  readonly withChance?: boolean;
}

/** What each kind of metric that was recorded under the term's name and tags makes of it. */
export function offersOf(
  term: FigureTerm,
  totals: Totals,
  options: OfferOptions = {},
): Offer[] {
  // Only an operation has sides.
  const kinds = term.view === null
    ? [ofOperation, ofDistribution, ofCounter, ofGauge]
    : [ofOperation];
  return kinds.map((offerOf) => offerOf(term, totals, options)).filter((offer) =>
    offer !== undefined
  );
}

function ofOperation(
  term: FigureTerm,
  totals: Totals,
  { withChance = false }: OfferOptions,
): Offer | undefined {
  const operation = totals.operation(term.metric, term.tags);
  if (operation === undefined) return undefined;
  const offer = (units: readonly LimitUnit[], amount: Amount | undefined): Offer => ({
    kind: "an operation",
    stats: "percentiles, min, mean, max, count, rate and total",
    units,
    amount,
  });
  const { view, stat, reason } = term;
  const { ok, finished, total } = operation;
  if (view === null || isTimeView(view)) {
    const timeView = timeViewOf(term);
    if (timeView !== null && stat.kind !== "count") {
      return offer(
        ["ms"],
        ofTimes(operation.times(timeView), { stat, scale: US_PER_MS, withChance }),
      );
    }
    if (stat.kind === "count") {
      return offer(["none"], value(timeView === null ? finished : operation[timeView].count));
    }
    if (stat.kind === "rate") return offer(["perSec"], perSecond(finished, totals));
    return offer(["none"], stat.kind === "total" ? value(total) : undefined);
  }
  const failures = operation.failures(reason);
  const count = view === "failed" ? failures.count : operation[view];
  // If what lag of our own can explain had succeeded.
  const couldBe = view === "failed"
    ? count - failures.ownLagCount
    : view === "ok"
    ? ok + failures.ownLagCount
    : count;
  if (stat.kind === "count") return offer(["none"], value(count, couldBe));
  if (stat.kind === "rate") return offer(["perSec"], perSecond(count, totals, couldBe));
  const whole = view === "ok" || view === "failed" ? finished : total;
  if (whole === 0) return offer(["ratio"], tooFew(1, 0));
  const share = value(count / whole, couldBe / whole);
  return offer(
    ["ratio"],
    withChance ? { ...share, chance: shareInterval(count, whole) } : share,
  );
}

function ofDistribution(
  { metric, tags, stat }: FigureTerm,
  totals: Totals,
  { withChance = false }: OfferOptions,
): Offer | undefined {
  const distribution = totals.distribution(metric, tags);
  if (distribution === undefined) return undefined;
  const { unit, values } = distribution;
  const { kind } = stat;
  const offer = (units: readonly LimitUnit[], amount: Amount | undefined): Offer => ({
    kind: `a distribution of ${unit === "time" ? "times" : "sizes"}`,
    stats: "percentiles, min, mean, max, count and rate",
    units,
    amount,
  });
  const { count } = values.measured;
  if (kind === "count") return offer(["none"], value(count));
  if (kind === "rate") return offer(["perSec"], perSecond(count, totals));
  const scale = unit === "time" ? US_PER_MS : 1;
  return offer(
    [unit === "time" ? "ms" : "bytes"],
    kind === "total" || kind === "last" ? undefined : ofTimes(values, { stat, scale, withChance }),
  );
}

function ofCounter(
  { metric, tags, stat: { kind } }: FigureTerm,
  totals: Totals,
): Offer | undefined {
  const growth = totals.counter(metric, tags);
  if (growth === undefined) return undefined;
  const identity = { kind: "a counter", stats: "total and rate" };
  const unit = unitOfName(metric);
  if (kind === "rate") {
    const units = inOrder(["perSec", "bytesPerSec"], unit === "bytes" ? "bytesPerSec" : "perSec");
    return { ...identity, units, amount: perSecond(growth, totals) };
  }
  const units = inOrder(["none", "bytes", "ms"], unit === "bytes" || unit === "ms" ? unit : "none");
  return { ...identity, units, amount: kind === "total" ? value(growth) : undefined };
}

function ofGauge({ metric, tags, stat: { kind } }: FigureTerm, totals: Totals): Offer | undefined {
  const level = totals.gauge(metric, tags);
  if (level === undefined) return undefined;
  const unit = unitOfName(metric);
  const identity = {
    kind: "a gauge",
    stats: "min, mean, max and last",
    // A gauge is a bare number; only the one who asks knows what it counts, if its name does not say.
    units: inOrder(["ms", "bytes", "ratio", "none"], unit === "count" ? "none" : unit),
  };
  if (kind === "mean") return { ...identity, amount: value(level.sum / level.count) };
  const known = kind === "min" || kind === "max" || kind === "last";
  return { ...identity, amount: known ? value(level[kind]) : undefined };
}

function inOrder(units: readonly LimitUnit[], first: LimitUnit): LimitUnit[] {
  return [first, ...units.filter((unit) => unit !== first)];
}

function ofTimes(
  { measured, withoutOwnLag = measured }: Times,
  { stat, scale, withChance }: { stat: Stat; scale: number; withChance: boolean },
): Amount {
  const { count } = measured;
  const needed = stat.kind === "percentile" ? samplesNeeded(quantileOf(stat.percentile)) : 1;
  if (count < needed) return tooFew(needed, count);
  const figure = (histogram: Histogram) => statOf(histogram, stat) / scale;
  const found = value(figure(measured), figure(withoutOwnLag));
  if (!withChance || stat.kind !== "percentile") return found;
  const [low, high] = quantileInterval(quantileOf(stat.percentile), count);
  return { ...found, chance: [measured.valueAt(low) / scale, measured.valueAt(high) / scale] };
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

/** @param withoutOwnLag what it would be if lag of our own had been no part of it */
export function value(figure: number, withoutOwnLag = figure): FoundFigure {
  return { kind: "value", value: figure, ends: [figure, withoutOwnLag] };
}

export function tooFew(needed: number, seen: number): TooFew {
  return { kind: "too-few", needed, seen };
}

function perSecond(amount: number, { durationMs }: Totals, withoutOwnLag = amount): Amount {
  const seconds = durationMs / 1_000;
  return seconds > 0 ? value(amount / seconds, withoutOwnLag / seconds) : tooFew(1, 0);
}
