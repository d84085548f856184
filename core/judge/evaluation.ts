/**
 * What did a figure come to in a stretch of a run? Takes it out of totals, by the kind of its metric.
 * Never compares it with a limit.
 * @module
 */

import type { Histogram } from "../measure/histogram.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { unitOfName } from "../measure/name_unit.ts";
import { samplesNeeded } from "../measure/summary.ts";
import type { Times } from "../measure/times.ts";
import type { Totals } from "../measure/totals.ts";
import { type Figure, type FigureTerm, formatStat, timeViewOf } from "./figure.ts";
import { LIMIT_EXAMPLE, type LimitUnit, plainDecimal } from "./limit.ts";
import { acceptedUnits, isTimeView, quotientUnits, type Stat } from "./threshold_words.ts";

/** The figure, or why there is none. */
export type Evaluation =
  | FoundFigure & { readonly unit: LimitUnit }
  | TooFew
  /** The metric is of a kind that has no such figure, or none with the unit that is asked for. */
  | { readonly kind: "unsuitable"; readonly reason: string }
  /** Nothing of the term's name and with its tags was recorded. */
  | { readonly kind: "absent"; readonly term: FigureTerm };

export interface FoundFigure {
  readonly kind: "value";
  /** As measured. */
  readonly value: number;
  /**
   * As it would be if lag of our own had been no part of it; of a ratio, of whose terms it may have
   * been a part of either, the farthest that it could be on both sides. The truth is between the two.
   */
  readonly ends: readonly [number, number];
}

/** The figure needs more values than there were. */
export interface TooFew {
  readonly kind: "too-few";
  readonly needed: number;
  readonly seen: number;
}

type Amount = FoundFigure | TooFew;

/** What one kind of metric makes of a term; without `amount` it has no such stat. */
interface Offer {
  readonly kind: string;
  readonly stats: string;
  /** The one that its name states comes first. */
  readonly units: readonly LimitUnit[];
  readonly amount: Amount | undefined;
}
type Suitable = Offer & { readonly amount: Amount };

export interface EvaluationOptions {
  /** The unit that is asked for; absent: the one that the metric has by its kind and name. */
  readonly unit?: LimitUnit;
  /**
   * Whether an amount (count, rate or total) of which nothing was recorded is 0, as in a second of a
   * run that has more of it. @default {false}
   */
  readonly silenceIsZero?: boolean;
}

/**
 * The figure in the totals: ms, bytes, per second, 0..1 or a plain number. Its stage is the caller's
 * business.
 */
export function evaluate(
  figure: Figure,
  totals: Totals,
  { unit, silenceIsZero = false }: EvaluationOptions = {},
): Evaluation {
  const offers = suitableOffers(figure, { totals, silenceIsZero });
  if (!Array.isArray(offers)) return offers;
  if (figure.per === null) return fitting(offers, { figure, unit });
  const divisors = suitableOffers(figure.per, { totals, silenceIsZero });
  if (!Array.isArray(divisors)) return divisors;
  return fitting(
    offers.flatMap((offer) => divisors.map((divisor) => quotient(offer, divisor))),
    { figure, unit },
  );
}

/** Whether anything was recorded under the term's metric and tags. */
export function isRecorded(term: FigureTerm, totals: Totals): boolean {
  return offersOf(term, totals).length > 0;
}

/** In one sentence; empty where there is a figure. @param absence says why nothing was recorded */
export function whyNoFigure(
  evaluation: Evaluation,
  absence: (term: FigureTerm) => string,
): string {
  switch (evaluation.kind) {
    case "value":
      return "";
    case "unsuitable":
      return evaluation.reason;
    case "absent":
      return absence(evaluation.term);
    case "too-few":
      return evaluation.needed === 1
        ? "there is no value to judge"
        : `needs ${evaluation.needed} values, saw ${evaluation.seen}`;
  }
}

function offersOf(term: FigureTerm, totals: Totals): Offer[] {
  // Only an operation has sides.
  const kinds = term.view === null
    ? [ofOperation, ofDistribution, ofCounter, ofGauge]
    : [ofOperation];
  return kinds.map((offerOf) => offerOf(term, totals)).filter((offer) => offer !== undefined);
}

function suitableOffers(
  term: FigureTerm,
  { totals, silenceIsZero }: { totals: Totals; silenceIsZero: boolean },
): Suitable[] | Exclude<Evaluation, FoundFigure> {
  const { metric, stat, view } = term;
  const offers = offersOf(term, totals);
  if (offers.length === 0) {
    const isAmount = ["count", "rate", "total"].includes(stat.kind);
    if (!silenceIsZero || !isAmount) return { kind: "absent", term };
    return [{ kind: "nothing", stats: "", units: acceptedUnits(view, stat), amount: value(0) }];
  }
  const suitable = offers.filter((offer): offer is Suitable => offer.amount !== undefined);
  if (suitable.length > 0) return suitable;
  const kinds = offers.map(({ kind, stats }) => `${kind} with ${stats}`).join(" and ");
  return { kind: "unsuitable", reason: `${metric} is ${kinds}: it has no ${formatStat(stat)}` };
}

/** The first that has the unit, or any. */
function fitting(
  offers: readonly Suitable[],
  { figure, unit: asked }: { figure: Figure; unit: LimitUnit | undefined },
): Evaluation {
  for (const { units, amount } of offers) {
    const unit = asked === undefined ? units[0] : units.find((one) => one === asked);
    if (unit !== undefined) return amount.kind === "value" ? { ...amount, unit } : amount;
  }
  const { metric, stat, per } = figure;
  const units = [...new Set(offers.flatMap((offer) => offer.units))];
  const examples = units.map((unit) => LIMIT_EXAMPLE[unit]).join(" or ");
  const whose = per === null ? "its" : `its ${formatStat(stat)} by the ${formatStat(per.stat)} of`;
  const what = per === null ? `${whose} ${formatStat(stat)}` : `${whose} ${per.metric}`;
  const reason = `${metric} is ${offers[0]?.kind}: ` +
    (units.length === 0 ? `${what} has no unit` : `a limit on ${what} is ${examples}`);
  return { kind: "unsuitable", reason };
}

function quotient(offer: Suitable, divisor: Suitable): Suitable {
  const [unit] = offer.units;
  const [divisorUnit] = divisor.units;
  // The unit of both names first: a limit may ask for another, people want this one.
  const ofNames = unit === undefined || divisorUnit === undefined
    ? []
    : quotientUnits([unit], [divisorUnit]);
  const units = new Set([...ofNames, ...quotientUnits(offer.units, divisor.units)]);
  return { ...offer, units: [...units], amount: divided(offer.amount, divisor.amount) };
}

/** Nothing is divided by what is 0, or may be without lag of our own. */
function divided(amount: Amount, by: Amount): Amount {
  if (amount.kind === "too-few") return amount;
  if (by.kind === "too-few") return by;
  const divisors = [by.value, ...by.ends];
  if (Math.min(...divisors) <= 0 && Math.max(...divisors) >= 0) return tooFew(1, 0);
  const corners = amount.ends.flatMap((end) => by.ends.map((divisor) => end / divisor));
  const ends = [Math.min(...corners), Math.max(...corners)] as const;
  return { kind: "value", value: amount.value / by.value, ends };
}

function ofOperation(term: FigureTerm, totals: Totals): Offer | undefined {
  const operation = totals.operation(term.metric, term.tags);
  if (operation === undefined) return undefined;
  const offer = (units: readonly LimitUnit[], amount: Amount | undefined): Offer => ({
    kind: "an operation",
    stats: "percentiles, min, mean, max, count, rate and total",
    units,
    amount,
  });
  const { view, stat, reason } = term;
  const { ok, finished, total, times } = operation;
  if (view === null || isTimeView(view)) {
    const timeView = timeViewOf(term);
    if (timeView !== null && stat.kind !== "count") {
      return offer(["ms"], ofTimes(times[timeView], { stat, scale: US_PER_MS }));
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
  return offer(["ratio"], whole === 0 ? tooFew(1, 0) : value(count / whole, couldBe / whole));
}

function ofDistribution({ metric, tags, stat }: FigureTerm, totals: Totals): Offer | undefined {
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
    kind === "total" || kind === "last" ? undefined : ofTimes(values, { stat, scale }),
  );
}

function ofCounter(
  { metric, tags, stat: { kind } }: FigureTerm,
  totals: Totals,
): Offer | undefined {
  const growth = totals.counter(metric, tags);
  if (growth === undefined) return undefined;
  const identity = { kind: "a counter", stats: "total and rate" };
  const isOfBytes = unitOfName(metric) === "bytes";
  if (kind === "rate") {
    const units = inOrder(["perSec", "bytesPerSec"], isOfBytes ? "bytesPerSec" : "perSec");
    return { ...identity, units, amount: perSecond(growth, totals) };
  }
  const units = inOrder(["none", "bytes"], isOfBytes ? "bytes" : "none");
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
  { stat, scale }: { stat: Stat; scale: number },
): Amount {
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

function value(figure: number, withoutOwnLag = figure): FoundFigure {
  return { kind: "value", value: figure, ends: [figure, withoutOwnLag] };
}

function tooFew(needed: number, seen: number): TooFew {
  return { kind: "too-few", needed, seen };
}

function perSecond(amount: number, { durationMs }: Totals, withoutOwnLag = amount): Amount {
  const seconds = durationMs / 1_000;
  return seconds > 0 ? value(amount / seconds, withoutOwnLag / seconds) : tooFew(1, 0);
}
