/**
 * Which bucket of an HDR histogram holds a value, and which values does a bucket hold? Buckets are
 * one unit wide below 2048, and twice as wide from each power of two on, so that a value is exact to
 * one part in 10^3.
 * Source: Tene, HdrHistogram, with 3 significant digits and a lowest discernible value of 1.
 * @module
 */

export const SIGNIFICANT_DIGITS = 3;
/** 24 h in microseconds. */
export const HIGHEST_VALUE = 24 * 3_600 * 1_000_000;
/** Buckets of one width, but for those of width 1, of which there are twice as many. */
const HALF = 1_024;
const HALF_BITS = 10;
const TWO_POW_32 = 2 ** 32;
/** Buckets of a histogram with values up to {@link HIGHEST_VALUE}. */
export const BUCKET_COUNT = bucketIndex(HIGHEST_VALUE) + 1;

/** @param value integer in 0..{@link HIGHEST_VALUE} */
export function bucketIndex(value: number): number {
  if (value < 2 * HALF) return value;
  const exponent = value < TWO_POW_32
    ? 31 - Math.clz32(value)
    : 63 - Math.clz32(value / TWO_POW_32);
  const octave = exponent - HALF_BITS;
  return octave * HALF + Math.floor(value / 2 ** octave);
}

/** The smallest value that the bucket holds. */
export function lowestIn(index: number): number {
  if (index < 2 * HALF) return index;
  return (index % HALF + HALF) * bucketWidth(index);
}

/** The largest integer that the bucket holds. */
export function highestIn(index: number): number {
  return lowestIn(index) + bucketWidth(index) - 1;
}

function bucketWidth(index: number): number {
  return index < 2 * HALF ? 1 : 2 ** (Math.floor(index / HALF) - 1);
}
