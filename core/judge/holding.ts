/**
 * Does a figure hold a threshold, lag of our own considered? And which of two figures is further from
 * it? Never takes a figure out of anything.
 * @module
 */

import { formatLimit, formatObserved } from "./limit.ts";
import type { FoundFigure } from "./offer.ts";
import type { Comparison, Threshold } from "./threshold.ts";

const HOLDS: Readonly<Record<Comparison, (value: number, limit: number) => boolean>> = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "==": (value, limit) => value === limit,
  "!=": (value, limit) => value !== limit,
};

function holds(value: number, { comparison, limit }: Threshold): boolean {
  return HOLDS[comparison](value, limit.value);
}

/** `unclear`: lag of our own decides. Whatever lies between both ends may be the truth. */
export function holdingOf(
  { ends: [one, other] }: FoundFigure,
  threshold: Threshold,
): "holds" | "breaks" | "unclear" {
  const [atOneEnd, atTheOther] = [holds(one, threshold), holds(other, threshold)];
  const { comparison, limit } = threshold;
  const isBetween = (one < limit.value) !== (other < limit.value);
  const isOfEquality = comparison === "==" || comparison === "!=";
  if (atOneEnd !== atTheOther || (isOfEquality && isBetween)) return "unclear";
  return atOneEnd ? "holds" : "breaks";
}

/**
 * What the figure may be without lag of our own: the end that is farthest from what was measured on
 * the other side of the limit, or else on the same.
 */
function withoutOwnLag({ value, ends }: FoundFigure, threshold: Threshold): number {
  const isAcross = (end: number) => holds(end, threshold) !== holds(value, threshold);
  const [one, other] = ends;
  if (isAcross(one) !== isAcross(other)) return isAcross(one) ? one : other;
  return Math.abs(one - value) > Math.abs(other - value) ? one : other;
}

export function ownLagText(figure: FoundFigure, threshold: Threshold): string {
  const [measured, without] = [figure.value, withoutOwnLag(figure, threshold)].map((value) =>
    formatObserved(value, threshold.limit)
  );
  return `${measured} as measured and ${without} without the lag of the generator's own event ` +
    `loops: that lag decides whether it is ${limitText(threshold)}, so lower the load on this ` +
    "machine or use a larger one";
}

/** Whether chance leaves it open, where that was asked. */
export function isWithinChance({ chance }: FoundFigure, threshold: Threshold): boolean {
  return chance !== undefined &&
    holds(chance[0], threshold) !== holds(chance[1], threshold);
}

/** Why what chance may have decided is no answer. */
export function chanceText({ value, chance }: FoundFigure, threshold: Threshold): string {
  const [seen, low, high] = [value, ...chance ?? []]
    .map((one) => formatObserved(one, threshold.limit));
  return `${seen} was seen, and may be ${low} to ${high} (95 %): too few values, measure longer`;
}

export function worseOf<T extends { readonly value: number }>(
  one: T | undefined,
  other: T,
  threshold: Threshold,
): T {
  return one === undefined || isWorse(other.value, one.value, threshold) ? other : one;
}

/** Whether the first value is further from what the threshold wants. */
export function isWorse(one: number, other: number, { comparison, limit }: Threshold): boolean {
  switch (comparison) {
    case "<":
    case "<=":
      return one > other;
    case ">":
    case ">=":
      return one < other;
    case "==":
      return Math.abs(one - limit.value) > Math.abs(other - limit.value);
    case "!=":
      return Math.abs(one - limit.value) < Math.abs(other - limit.value);
  }
}

/** `< 100ms`. */
export function limitText({ comparison, limit }: Threshold): string {
  return `${comparison} ${formatLimit(limit)}`;
}
