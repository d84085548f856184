/**
 * By how much did a quantile grow from one set of times to another, and how sure is that? Each quantile
 * is known but for chance, and the interval of their quotient follows from both. Looks at no run and
 * decides nothing.
 * Source: Zou and Donner, Statistics in Medicine 27 (2008), for intervals of a quotient from those of its
 * terms.
 * @module
 */

import { quantileInterval } from "../../../core/judge/chance.ts";
import type { Histogram } from "../../../core/measure/histogram.ts";
import type { Times } from "../../../core/measure/times.ts";

/** How many times the base: 1 is as it was. What it really is lies between `low` and `high`. */
export interface Growth {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** What came and was, in the unit of the histograms. */
  readonly from: number;
  readonly to: number;
}

interface QuantileRange {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Lag of our own may have made times of either longer: what it may have been without is within the bounds.
 * Undefined where either has too few values to bound such a quantile, or there is nothing to divide by.
 */
export function quantileGrowth(base: Times, grown: Times, quantile: number): Growth | undefined {
  const seen = bounded(base.measured, grown.measured, quantile);
  const least = bounded(base.measured, grown.withoutOwnLag ?? grown.measured, quantile);
  const most = bounded(base.withoutOwnLag ?? base.measured, grown.measured, quantile);
  if (seen === undefined || least === undefined || most === undefined) return undefined;
  return { ...seen, low: least.low, high: most.high };
}

function bounded(base: Histogram, grown: Histogram, quantile: number): Growth | undefined {
  const from = quantileRange(base, quantile);
  const to = quantileRange(grown, quantile);
  if (from === undefined || to === undefined || !(from.low > 0 && to.low > 0)) return undefined;
  const ratio = to.value / from.value;
  const less = Math.hypot(Math.log(to.value / to.low), Math.log(from.high / from.value));
  const more = Math.hypot(Math.log(to.high / to.value), Math.log(from.value / from.low));
  return {
    ratio,
    low: ratio * Math.exp(-less),
    high: ratio * Math.exp(more),
    from: from.value,
    to: to.value,
  };
}

function quantileRange(histogram: Histogram, quantile: number): QuantileRange | undefined {
  const { count } = histogram;
  if (count === 0) return undefined;
  const [low, high] = quantileInterval(quantile, count);
  if (low * count < 1 || high >= 1) return undefined;
  const [value, lowest, highest] = [quantile, low, high].map((at) => histogram.valueAt(at));
  return { value: value!, low: lowest!, high: highest! };
}
