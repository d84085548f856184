/**
 * Which rates can a limiter not tell apart? Limitador knows a limit by its namespace, its window, its
 * conditions and its variables: of two that differ in nothing but maximum or name the first in its list
 * counts, and the other one is dropped, even if it is stricter.
 * Source: Kuadrant/limitador, limitador/src/limit.rs, `impl PartialEq for Limit`; seen with 0.14.0.
 * @module
 */

import type { Rate } from "./rates.ts";

/** Rates of one policy, two at least, the one that counts first. */
export type EqualRates = readonly [counts: Rate, ...dropped: Rate[]];

/** @param rates of one policy, in its order */
export function equalRates(rates: readonly Rate[]): EqualRates[] {
  const groups = Map.groupBy(rates, ({ identity }) => identity);
  return [...groups.values()].flatMap(([first, ...others]) =>
    others.length === 0 ? [] : [[first!, ...others] as const]
  );
}
