/**
 * How many values are in each bucket: an array over the part of the buckets that is in use, because
 * the values of one series lie close together. Knows nothing of what the buckets hold.
 * @module
 */

const SMALLEST_CAPACITY = 64;

/** Counts by bucket index; merging is exact up to 2^53. */
export class BucketCounts {
  #counts = new Float64Array(0);
  /** Bucket index of the first element. */
  #offset = 0;
  #total = 0;
  /** Filled buckets are within these; none is filled while first > last. */
  #first = Infinity;
  #last = -1;

  /** Sum of all counts. */
  get total(): number {
    return this.#total;
  }

  /** Index of the highest bucket that is not empty; -1 when all are. */
  get last(): number {
    return this.#last;
  }

  at(index: number): number {
    return this.#counts[index - this.#offset] ?? 0;
  }

  add(index: number, count: number): void {
    const place = index - this.#offset;
    if (place < 0 || place >= this.#counts.length) this.#makeRoomFor(index, index);
    this.#counts[index - this.#offset]! += count;
    this.#total += count;
    if (index < this.#first) this.#first = index;
    if (index > this.#last) this.#last = index;
  }

  /** Adds pairs of bucket index and count, one after the other. */
  addPairs(pairs: readonly number[]): void {
    for (let place = 0; place < pairs.length; place += 2) {
      this.add(pairs[place]!, pairs[place + 1]!);
    }
  }

  addAll(other: BucketCounts): void {
    if (other.#total === 0) return;
    this.#makeRoomFor(other.#first, other.#last);
    const shift = other.#offset - this.#offset;
    const end = other.#last - other.#offset;
    for (let place = other.#first - other.#offset; place <= end; place++) {
      this.#counts[place + shift]! += other.#counts[place]!;
    }
    this.#total += other.#total;
    this.#first = Math.min(this.#first, other.#first);
    this.#last = Math.max(this.#last, other.#last);
  }

  /** Sum of the counts in all buckets up to and with this one. */
  countUpTo(index: number): number {
    let count = 0;
    const end = Math.min(index, this.#last) - this.#offset;
    for (let place = 0; place <= end; place++) count += this.#counts[place]!;
    return count;
  }

  /** The first bucket with which the sum of the counts reaches `rank`; the last filled one beyond that. */
  indexOfRank(rank: number): number {
    let count = 0;
    for (let index = this.#first; index < this.#last; index++) {
      count += this.at(index);
      if (count >= rank) return index;
    }
    return this.#last;
  }

  /** Indexes of the buckets that are not empty, ascending. */
  *filled(): Generator<number> {
    for (let index = this.#first; index <= this.#last; index++) {
      if (this.at(index) > 0) yield index;
    }
  }

  #makeRoomFor(first: number, last: number): void {
    const capacity = this.#counts.length;
    if (capacity > 0 && first >= this.#offset && last < this.#offset + capacity) return;
    const from = Math.min(first, this.#first);
    const to = Math.max(last, this.#last);
    const length = to - from + 1;
    // Room on both sides, so that values which come closer and closer to an end cost few copies.
    const spare = Math.max(SMALLEST_CAPACITY, length) >> 1;
    const offset = Math.max(0, from - spare);
    const counts = new Float64Array(to + spare + 1 - offset);
    if (this.#last >= 0) {
      const used = this.#counts.subarray(this.#first - this.#offset, this.#last - this.#offset + 1);
      counts.set(used, this.#first - offset);
    }
    this.#counts = counts;
    this.#offset = offset;
  }
}
