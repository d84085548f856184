/**
 * An HDR histogram of integers: constant relative error, lossless merge, negative values kept.
 * The only file that knows the histogram library.
 * Source: Tene, HdrHistogram; {@link Histogram.encode} uses its V2 compressed encoding.
 * @module
 */

import * as hdr from "hdr-histogram-js";
import { z } from "zod";

/** A quantile is exact to one part in 10^3. */
const SIGNIFICANT_DIGITS = 3;
/** 24 h in microseconds. Larger values are recorded as this and counted in `overflowCount`. */
const HIGHEST_VALUE = 24 * 3_600 * 1_000_000;

/** What a histogram is on disk and between threads; all a merge needs, without loss. */
export const EncodedHistogram = z.object({
  /** HDR V2 compressed base64 of the values >= 0. */
  hdr: z.string(),
  /** The same of -value for the values < 0; absent when there are none. */
  negativeHdr: z.string().optional(),
  /** Exact sum, minimum and maximum of the recorded integers. */
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  overflowCount: z.number().int(),
});
export type EncodedHistogram = z.infer<typeof EncodedHistogram>;

/** One line of a percentile distribution. */
export interface PercentileRow {
  /** 0..100: at least this share of all values is at or below `value`. */
  readonly percentile: number;
  readonly value: number;
  /** How many values are at or below `value`. */
  readonly countAtOrBelow: number;
}

/** One bucket that is not empty: its values lie in [lowest, highest]. */
interface Bucket {
  readonly lowest: number;
  readonly highest: number;
  readonly count: number;
}

function emptyHdr(): hdr.Int32Histogram {
  return new hdr.Int32Histogram(1, HIGHEST_VALUE, SIGNIFICANT_DIGITS);
}

function decodedHdr(base64: string): hdr.Int32Histogram {
  const counts = emptyHdr();
  // Without WebAssembly (false) the decoder makes histograms of this class only.
  counts.add(hdr.decodeFromCompressedBase64(base64, 32, false) as hdr.Int32Histogram);
  return counts;
}

/** The buckets that are not empty, from the smallest value to the largest. */
function* filledBuckets(counts: hdr.Int32Histogram): Generator<Bucket> {
  let left = counts.totalCount;
  for (let index = 0; left > 0; index++) {
    const count = counts.getCountAtIndex(index);
    if (count === 0) continue;
    const lowest = counts.valueFromIndex(index);
    yield { lowest, highest: counts.highestEquivalentValue(lowest), count };
    left -= count;
  }
}

/** How many values lie in the buckets before this one. */
function countBefore(counts: hdr.Int32Histogram, bucketIndex: number): number {
  let count = 0;
  for (let index = 0; index < bucketIndex; index++) count += counts.getCountAtIndex(index);
  return count;
}

/**
 * A histogram of integers in one unit (microseconds for time, bytes for size; the owner knows
 * which). Negative values (clock skew, early arrivals) live in a mirrored twin and are never
 * clamped to 0.
 */
export class Histogram {
  #positive = emptyHdr();
  /** Holds -value of every negative value; made when the first one comes. */
  #negative: hdr.Int32Histogram | undefined;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;
  #overflowCount = 0;

  /** Number of values recorded. */
  get count(): number {
    return this.#positive.totalCount + this.#negativeCount;
  }

  /** Exact sum of the recorded integers. */
  get sum(): number {
    return this.#sum;
  }

  /** Exact arithmetic mean; 0 when empty. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  /** Exact smallest value; 0 when empty. */
  get min(): number {
    return this.count === 0 ? 0 : this.#min;
  }

  /** Exact largest value; 0 when empty. */
  get max(): number {
    return this.count === 0 ? 0 : this.#max;
  }

  /** How many values were beyond the range (24 h in us) and recorded as its end. */
  get overflowCount(): number {
    return this.#overflowCount;
  }

  get #negativeCount(): number {
    return this.#negative?.totalCount ?? 0;
  }

  /** Records one value, rounded to an integer. @throws {RangeError} if it is not finite */
  record(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`Cannot record ${value}: it is not finite`);
    // Math.round(-0.4) is -0; plus 0 it is 0.
    let integer = Math.round(value) + 0;
    if (Math.abs(integer) > HIGHEST_VALUE) {
      integer = Math.sign(integer) * HIGHEST_VALUE;
      this.#overflowCount++;
    }
    if (integer < 0) (this.#negative ??= emptyHdr()).recordValue(-integer);
    else this.#positive.recordValue(integer);
    this.#sum += integer;
    if (integer < this.#min) this.#min = integer;
    if (integer > this.#max) this.#max = integer;
  }

  /** Adds every value of the other histogram; commutative and associative. */
  add(other: Histogram): void {
    this.#positive.add(other.#positive);
    if (other.#negative !== undefined) (this.#negative ??= emptyHdr()).add(other.#negative);
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#overflowCount += other.#overflowCount;
  }

  /**
   * The smallest recorded value that at least the share `quantile` of all values does not exceed,
   * to bucket precision and never beyond the exact minimum and maximum; 0 when empty.
   * @param quantile 0..1
   */
  valueAt(quantile: number): number {
    if (this.count === 0) return 0;
    const rank = Math.max(1, Math.ceil(quantile * this.count - 1e-9));
    const negatives = this.#negativeCount;
    const value = rank <= negatives && this.#negative !== undefined
      // The rank-th smallest value is the (negatives - rank + 1)-th smallest of the mirrored twin.
      ? -this.#negative.getValueAtPercentile(100 * (negatives - rank + 1) / negatives)
      : this.#positive.getValueAtPercentile(
        100 * (rank - negatives) / this.#positive.totalCount,
      );
    return Math.min(this.#max, Math.max(this.#min, value));
  }

  /** Standard deviation of the whole population, to bucket precision; 0 when empty. */
  get stdDeviation(): number {
    if (this.count === 0) return 0;
    const { mean } = this;
    let squares = 0;
    for (const { lowest, highest, count } of this.#buckets()) {
      squares += count * ((lowest + highest) / 2 - mean) ** 2;
    }
    return Math.sqrt(squares / this.count);
  }

  /**
   * How many recorded values are <= `value`. A bucket is counted whole or not at all: the one that
   * holds `value` is counted, so values up to one part in 10^3 above it may be too. Exact below
   * 2048, below the minimum and from the maximum on.
   */
  countAtOrBelow(value: number): number {
    if (this.count === 0 || value < this.#min) return 0;
    if (value >= this.#max) return this.count;
    if (value < 0) {
      const negative = this.#negative;
      if (negative === undefined) return 0;
      // v <= value is -v >= -value: all of the mirrored twin but its buckets below -value.
      return negative.totalCount -
        countBefore(negative, negative.countsArrayIndex(Math.ceil(-value)));
    }
    const bucketIndex = this.#positive.countsArrayIndex(Math.floor(value));
    return this.#negativeCount + countBefore(this.#positive, bucketIndex + 1);
  }

  /**
   * The percentile distribution, from percentile 0 to 100, denser and denser towards 100: each
   * halving of the distance to 100 has `ticksPerHalfDistance` steps, until the largest value is
   * reached. None when empty.
   * Source: HdrHistogram's percentile iteration, for files and plots made from it.
   * @param ticksPerHalfDistance integer > 0
   */
  *percentileRows(ticksPerHalfDistance: number): Generator<PercentileRow> {
    const total = this.count;
    let percentile = 0;
    let countAtOrBelow = 0;
    for (const { highest, count } of this.#buckets()) {
      countAtOrBelow += count;
      const value = Math.min(this.#max, Math.max(this.#min, highest));
      while (100 * countAtOrBelow / total >= percentile) {
        yield { percentile, value, countAtOrBelow };
        if (countAtOrBelow === total) break;
        const halvings = Math.floor(Math.log2(100 / (100 - percentile))) + 1;
        percentile += 100 / (ticksPerHalfDistance * 2 ** halvings);
      }
    }
    if (total > 0) yield { percentile: 100, value: this.#max, countAtOrBelow: total };
  }

  /** Forgets everything; keeps the memory. */
  reset(): void {
    this.#positive.reset();
    this.#negative?.reset();
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#overflowCount = 0;
  }

  /** The lossless serial form. */
  encode(): EncodedHistogram {
    return {
      hdr: hdr.encodeIntoCompressedBase64(this.#positive),
      ...(this.#negative !== undefined && this.#negativeCount > 0
        ? { negativeHdr: hdr.encodeIntoCompressedBase64(this.#negative) }
        : {}),
      sum: this.#sum,
      min: this.min,
      max: this.max,
      overflowCount: this.#overflowCount,
    };
  }

  /** The histogram that {@link encode} was called on. @throws {Error} if the text is not V2 HDR */
  static decode(encoded: EncodedHistogram): Histogram {
    const histogram = new Histogram();
    histogram.#positive = decodedHdr(encoded.hdr);
    if (encoded.negativeHdr !== undefined) histogram.#negative = decodedHdr(encoded.negativeHdr);
    histogram.#sum = encoded.sum;
    if (histogram.count > 0) {
      histogram.#min = encoded.min;
      histogram.#max = encoded.max;
    }
    histogram.#overflowCount = encoded.overflowCount;
    return histogram;
  }

  /** Every bucket that is not empty, from the smallest value to the largest. */
  *#buckets(): Generator<Bucket> {
    const mirrored = this.#negative === undefined ? [] : [...filledBuckets(this.#negative)];
    for (const { lowest, highest, count } of mirrored.reverse()) {
      yield { lowest: -highest, highest: -lowest, count };
    }
    yield* filledBuckets(this.#positive);
  }
}
