/**
 * How many values are in each bucket: an array over the part of the buckets that is in use, because
 * the values of one series lie close together. Knows nothing of what the buckets hold.
 * @module
 */

const SMALLEST_CAPACITY = 64;
/** So much that is waiting costs as much memory and time as the array for it. */
const MOST_WAITING = 4_096;

const NO_COUNTS = new Uint32Array(0);

/** Bucket index and count, one after the other, of buckets that are not empty, ascending. */
export type BucketPairs = readonly number[] | Uint32Array;

/** Counts by bucket index; merging is exact up to 2^32 in a bucket. */
export class BucketCounts {
  #counts = NO_COUNTS;
  /** Bucket index of the first element. */
  #offset = 0;
  #total = 0;
  /** Filled buckets of the array are within these; none is filled while first > last. */
  #first = Infinity;
  #last = -1;
  /** Not in the array yet, as many histograms of a second or so are only ever added to others. */
  #waiting: BucketPairs[] = [];
  #waitingLength = 0;

  /** Sum of all counts. */
  get total(): number {
    return this.#total;
  }

  add(index: number, count: number): void {
    this.#settle();
    this.#makeRoomFor(index, index);
    this.#counts[index - this.#offset]! += count;
    this.#total += count;
    if (index < this.#first) this.#first = index;
    if (index > this.#last) this.#last = index;
  }

  /** Takes the pairs over: they must not change any more. */
  addPairs(pairs: BucketPairs): void {
    if (pairs.length === 0) return;
    for (let place = 1; place < pairs.length; place += 2) this.#total += pairs[place]!;
    const waitingLength = this.#waitingLength + pairs.length;
    if (this.#last < 0 && waitingLength <= MOST_WAITING) {
      this.#waiting.push(pairs);
      this.#waitingLength = waitingLength;
      return;
    }
    this.#settle();
    this.#countPairs(pairs);
  }

  addAll(other: BucketCounts): void {
    if (other.#last < 0) {
      for (const pairs of other.#waiting) this.addPairs(pairs);
      return;
    }
    this.#settle();
    this.#makeRoomFor(other.#first, other.#last);
    const [to, from] = [this.#counts, other.#counts];
    const shift = other.#offset - this.#offset;
    const end = other.#last - other.#offset;
    for (let place = other.#first - other.#offset; place <= end; place++) {
      to[place + shift]! += from[place]!;
    }
    this.#total += other.#total;
    this.#widenTo(other.#first, other.#last);
  }

  /** Keeps what it holds in as little memory as that takes, until something is added. */
  compact(): void {
    const pairs = Uint32Array.from(this.pairs());
    this.#counts = NO_COUNTS;
    [this.#offset, this.#first, this.#last] = [0, Infinity, -1];
    this.#waiting = pairs.length === 0 ? [] : [pairs];
    this.#waitingLength = pairs.length;
  }

  /** Sum of the counts in all buckets up to and with this one. */
  countUpTo(index: number): number {
    this.#settle();
    let count = 0;
    const end = Math.min(index, this.#last) - this.#offset;
    for (let place = 0; place <= end; place++) count += this.#counts[place]!;
    return count;
  }

  /** The first bucket with which the sum of the counts reaches `rank`; the last filled one beyond that. */
  indexOfRank(rank: number): number {
    const only = this.#onlyPairs;
    if (only !== undefined) return indexOfRankIn(only, rank);
    this.#settle();
    const counts = this.#counts;
    const end = this.#last - this.#offset;
    let place = this.#first - this.#offset;
    for (let count = counts[place]!; count < rank && place < end; count += counts[place]!) place++;
    return place + this.#offset;
  }

  /** All buckets that are not empty. */
  pairs(): BucketPairs {
    const only = this.#onlyPairs;
    if (only !== undefined) return only;
    this.#settle();
    const pairs: number[] = [];
    for (let place = this.#first - this.#offset; place <= this.#last - this.#offset; place++) {
      const count = this.#counts[place]!;
      if (count > 0) pairs.push(place + this.#offset, count);
    }
    return pairs;
  }

  /** All there is, if it has not been merged with anything. */
  get #onlyPairs(): BucketPairs | undefined {
    return this.#last < 0 && this.#waiting.length === 1 ? this.#waiting[0] : undefined;
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    for (const pairs of this.#waiting) this.#widenTo(pairs[0]!, pairs[pairs.length - 2]!);
    this.#makeRoomFor(this.#first, this.#last);
    for (const pairs of this.#waiting) this.#countPairs(pairs);
    this.#waiting = [];
    this.#waitingLength = 0;
  }

  #countPairs(pairs: BucketPairs): void {
    const [first, last] = [pairs[0]!, pairs[pairs.length - 2]!];
    this.#makeRoomFor(first, last);
    for (let place = 0; place < pairs.length; place += 2) {
      this.#counts[pairs[place]! - this.#offset]! += pairs[place + 1]!;
    }
    this.#widenTo(first, last);
  }

  #widenTo(first: number, last: number): void {
    if (first < this.#first) this.#first = first;
    if (last > this.#last) this.#last = last;
  }

  #makeRoomFor(first: number, last: number): void {
    const old = this.#counts;
    if (first >= this.#offset && last < this.#offset + old.length) return;
    const from = Math.min(first, this.#first);
    const to = Math.max(last, this.#last);
    // Room on both sides once it grows, so that values ever further out cost few copies.
    const spare = old.length === 0 ? 0 : Math.max(SMALLEST_CAPACITY, to - from) >> 1;
    const offset = Math.max(0, from - spare);
    this.#counts = new Uint32Array(to + spare + 1 - offset);
    if (old.length > 0) {
      const used = old.subarray(this.#first - this.#offset, this.#last - this.#offset + 1);
      this.#counts.set(used, this.#first - offset);
    }
    this.#offset = offset;
  }
}

function indexOfRankIn(pairs: BucketPairs, rank: number): number {
  const last = pairs.length - 2;
  let place = 0;
  for (let count = pairs[1]!; count < rank && place < last; count += pairs[place + 1]!) place += 2;
  return pairs[place]!;
}
