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

function emptyHdr(): hdr.Histogram {
  return hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_VALUE,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    bitBucketSize: 32,
    autoResize: false,
    useWebAssembly: false,
  });
}

/**
 * A histogram of integers in one unit (microseconds for time, bytes for size; the owner knows
 * which). Negative values (clock skew, early arrivals) live in a mirrored twin and are never
 * clamped to 0.
 */
export class Histogram {
  #positive = emptyHdr();
  /** Holds -value of every negative value; made when the first one comes. */
  #negative: hdr.Histogram | undefined;
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
    let integer = Math.round(value);
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
    histogram.#positive.add(hdr.decodeFromCompressedBase64(encoded.hdr));
    if (encoded.negativeHdr !== undefined) {
      histogram.#negative = emptyHdr();
      histogram.#negative.add(hdr.decodeFromCompressedBase64(encoded.negativeHdr));
    }
    histogram.#sum = encoded.sum;
    if (histogram.count > 0) {
      histogram.#min = encoded.min;
      histogram.#max = encoded.max;
    }
    histogram.#overflowCount = encoded.overflowCount;
    return histogram;
  }
}
