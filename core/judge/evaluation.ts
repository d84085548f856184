/**
 * What did a figure come to in a stretch of a run? Takes it out of totals, by the kind of its metric, and divides
 * where it is a ratio. Never compares it with a limit.
 * @module
 */

import type { Totals } from "../measure/totals.ts";
import { type Figure, type FigureTerm, formatStat } from "./figure.ts";
import { LIMIT_EXAMPLE, type LimitUnit } from "./limit.ts";
import {
  type Amount,
  type FoundFigure,
  type Offer,
  offersOf,
  type TooFew,
  tooFew,
  value,
} from "./offer.ts";
import { acceptedUnits, quotientUnits } from "./threshold_words.ts";

/** The figure, or why there is none. */
export type Evaluation =
  | FoundFigure & { readonly unit: LimitUnit }
  | TooFew
  /** The metric is of a kind that has no such figure, or none with the unit that is asked for. */
  | { readonly kind: "unsuitable"; readonly reason: string }
  /** Nothing of the term's name and with its tags was recorded. */
  | { readonly kind: "absent"; readonly term: FigureTerm };

type Suitable = Offer & { readonly amount: Amount };

export interface EvaluationOptions {
  /** The unit that is asked for; absent: the one that the metric has by its kind and name. */
  readonly unit?: LimitUnit;
  /**
   * Whether an amount (count, rate or total) of which nothing was recorded is 0, as in a second of a
   * run that has more of it. @default {false}
   */
  readonly silenceIsZero?: boolean;
  /** Whether to tell where chance leaves the truth. @default {false} */
  readonly withChance?: boolean;
}

/**
 * The figure in the totals: ms, bytes, per second, 0..1 or a plain number. Its stage is the caller's
 * business.
 */
export function evaluate(
  figure: Figure,
  totals: Totals,
  { unit, silenceIsZero = false, withChance = false }: EvaluationOptions = {},
): Evaluation {
  const offers = suitableOffers(figure, {
    totals,
    silenceIsZero,
    withChance: withChance && figure.per === null,
  });
  if (!Array.isArray(offers)) return offers;
  if (figure.per === null) return fitting(offers, { figure, unit });
  const divisors = suitableOffers(figure.per, { totals, silenceIsZero, withChance: false });
  if (!Array.isArray(divisors)) return divisors;
  return fitting(
    offers.flatMap((offer) => divisors.map((divisor) => quotient(offer, divisor))),
    { figure, unit },
  );
}

/** Whether anything was recorded under the term's metric and tags. */
export function isRecorded({ metric, tags, view }: FigureTerm, totals: Totals): boolean {
  if (totals.operation(metric, tags) !== undefined) return true;
  if (view !== null) return false;
  const others = [
    totals.distribution(metric, tags),
    totals.counter(metric, tags),
    totals.gauge(metric, tags),
  ];
  return others.some((one) => one !== undefined);
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

function suitableOffers(
  term: FigureTerm,
  { totals, silenceIsZero, withChance }: {
    totals: Totals;
    silenceIsZero: boolean;
    withChance: boolean;
  },
): Suitable[] | Exclude<Evaluation, FoundFigure> {
  const { metric, stat, view } = term;
  const offers = offersOf(term, totals, { withChance });
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
