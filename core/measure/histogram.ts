/**
 * An HDR histogram of integers: constant relative error (a quantile is exact to one part in 10^3),
 * lossless merge, negative values kept.
 * Source: Tene, HdrHistogram; {@link Histogram.encode} uses its V2 compressed encoding.
 * @module
 */

import * as z from "zod";
import { BucketCounts, type BucketPairs } from "./bucket_counts.ts";
import { bucketIndex, HIGHEST_VALUE, highestIn, lowestIn } from "./hdr_buckets.ts";
import { decodeHdr, encodeHdr, encodeHdrFast } from "./hdr_encoding.ts";

export { HdrFormatError } from "./hdr_encoding.ts";

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

interface DecodedCounts {
  readonly positive: BucketPairs;
  readonly negative: BucketPairs;
}

/** Several folds take the same interval: its texts are decoded once, for as long as it lives. */
const DECODED = new WeakMap<EncodedHistogram, DecodedCounts>();

function decodedCounts(encoded: EncodedHistogram): DecodedCounts {
  let decoded = DECODED.get(encoded);
  if (decoded === undefined) {
    const { hdr, negativeHdr } = encoded;
    const negative = negativeHdr === undefined ? [] : decodeHdr(negativeHdr);
    DECODED.set(encoded, decoded = { positive: decodeHdr(hdr), negative });
  }
  return decoded;
}

/** @throws {HdrFormatError} if the histogram's text is damaged */
export function assertDecodable(encoded: EncodedHistogram): void {
  decodedCounts(encoded);
}

/** The buckets that are not empty, from the smallest value to the largest. */
function* filledBuckets(counts: BucketCounts): Generator<Bucket> {
  const pairs = counts.pairs();
  for (let place = 0; place < pairs.length; place += 2) {
    const index = pairs[place]!;
    yield { lowest: lowestIn(index), highest: highestIn(index), count: pairs[place + 1]! };
  }
}

/**
 * A histogram of integers in one unit (microseconds for time, bytes for size; the owner knows
 * which). Negative values (clock skew, early arrivals) live in a mirrored twin and are never
 * clamped to 0.
 */
export class Histogram {
  readonly #positive = new BucketCounts();
  /** Holds -value of every negative value. */
  readonly #negative = new BucketCounts();
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;
  #overflowCount = 0;

  /** Number of values recorded. */
  get count(): number {
    return this.#positive.total + this.#negative.total;
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

  /** Records one value, rounded to an integer. @throws {RangeError} if it is not finite */
  record(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`Cannot record ${value}: it is not finite`);
    // Math.round(-0.4) is -0; plus 0 it is 0.
    let integer = Math.round(value) + 0;
    if (Math.abs(integer) > HIGHEST_VALUE) {
      integer = Math.sign(integer) * HIGHEST_VALUE;
      this.#overflowCount++;
    }
    if (integer < 0) this.#negative.add(bucketIndex(-integer), 1);
    else this.#positive.add(bucketIndex(integer), 1);
    this.#sum += integer;
    if (integer < this.#min) this.#min = integer;
    if (integer > this.#max) this.#max = integer;
  }

  /** Takes as little memory as it can, until something is added. */
  compact(): void {
    this.#positive.compact();
    this.#negative.compact();
  }

  /** Adds every value of the other histogram; commutative and associative. */
  add(other: Histogram): void {
    this.#positive.addAll(other.#positive);
    this.#negative.addAll(other.#negative);
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#overflowCount += other.#overflowCount;
  }

  /** Adds every value of an encoded one. @throws {HdrFormatError} if its text is damaged */
  addEncoded(encoded: EncodedHistogram): void {
    const { positive, negative } = decodedCounts(encoded);
    this.#positive.addPairs(positive);
    this.#negative.addPairs(negative);
    this.#sum += encoded.sum;
    this.#overflowCount += encoded.overflowCount;
    if (positive.length + negative.length === 0) return;
    this.#min = Math.min(this.#min, encoded.min);
    this.#max = Math.max(this.#max, encoded.max);
  }

  /**
   * The smallest recorded value that at least the share `quantile` of all values does not exceed,
   * to bucket precision and never beyond the exact minimum and maximum; 0 when empty.
   * @param quantile 0..1
   */
  valueAt(quantile: number): number {
    if (this.count === 0) return 0;
    const rank = Math.max(1, Math.ceil(quantile * this.count - 1e-9));
    const negatives = this.#negative.total;
    const value = rank <= negatives
      // The rank-th smallest value is the (negatives - rank + 1)-th smallest of the mirrored twin.
      ? -highestIn(this.#negative.indexOfRank(negatives - rank + 1))
      : highestIn(this.#positive.indexOfRank(rank - negatives));
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
    const negative = this.#negative;
    if (value < 0) {
      // v <= value is -v >= -value: all of the mirrored twin but its buckets below -value.
      return negative.total - negative.countUpTo(bucketIndex(Math.ceil(-value)) - 1);
    }
    return negative.total + this.#positive.countUpTo(bucketIndex(Math.floor(value)));
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

  /** The lossless serial form. */
  encode(): EncodedHistogram {
    return {
      hdr: encodeHdrFast(this.#positive.pairs()),
      ...(this.#negative.total > 0 ? { negativeHdr: encodeHdrFast(this.#negative.pairs()) } : {}),
      sum: this.#sum,
      min: this.min,
      max: this.max,
      overflowCount: this.#overflowCount,
    };
  }

  /** The values >= 0 as HDR V2 compressed base64, as short as it gets. */
  get hdrText(): string {
    return encodeHdr(this.#positive.pairs());
  }

  /** The histogram that {@link encode} was called on. @throws {HdrFormatError} if its text is damaged */
  static decode(encoded: EncodedHistogram): Histogram {
    const histogram = new Histogram();
    histogram.addEncoded(encoded);
    return histogram;
  }

  /** Every bucket that is not empty, from the smallest value to the largest. */
  *#buckets(): Generator<Bucket> {
    for (const { lowest, highest, count } of [...filledBuckets(this.#negative)].reverse()) {
      yield { lowest: -highest, highest: -lowest, count };
    }
    yield* filledBuckets(this.#positive);
  }
}
