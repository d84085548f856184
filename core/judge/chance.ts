/**
 * How far from what was measured may the truth be, by chance alone? Intervals of a percentile and of a
 * share, without any assumption about the shape of the values. Values that come in clumps, as those of
 * one slow moment do, are known less well than they say.
 * @module
 */

/** Probability that an interval here holds the truth. */
export const CONFIDENCE = 0.95;
/** Two-sided, of {@link CONFIDENCE}. */
const Z = 1.959964;

/** From a lower to an upper end. */
export type Interval = readonly [low: number, high: number];

/**
 * Quantiles of the values seen between which the true quantile is: how many of so many values are
 * below it is binomial, by its normal approximation.
 * Source: David and Nagaraja, Order Statistics, 3rd edition, section 7.1.
 * @param quantile in (0, 1)
 * @param count of values, >= 1
 */
export function quantileInterval(quantile: number, count: number): Interval {
  const half = Z * Math.sqrt(quantile * (1 - quantile) / count);
  return [Math.max(0, quantile - half), Math.min(1, quantile + half)];
}

/**
 * Of a share, also one of 0 or 1: so many of so many.
 * Source: Wilson 1927; Brown, Cai, DasGupta, "Interval Estimation for a Binomial Proportion", 2001.
 * @param of >= 1
 */
export function shareInterval(count: number, of: number): Interval {
  const share = count / of;
  const scale = 1 + Z * Z / of;
  const middle = share + Z * Z / (2 * of);
  const half = Z * Math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of));
  // Rounding must not make none of them a few.
  const low = count === 0 ? 0 : Math.max(0, (middle - half) / scale);
  return [low, count === of ? 1 : Math.min(1, (middle + half) / scale)];
}
