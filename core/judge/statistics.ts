/**
 * Is the difference between two sets of values more than chance, and how well is a median known?
 * Only rank and counting methods, which assume no shape of the values: times of a load run are
 * skewed and have several modes. Never decides what a difference means, never rounds.
 * @module
 */

/** What the test of two sets of values found. */
interface RankTest {
  /** Mann-Whitney's U of the first set: pairs in which its value is the larger; an equal pair is a half. */
  readonly u: number;
  /** Two-sided, in (0, 1]. */
  readonly pValue: number;
  readonly method: "exact" | "normal";
}

/** A range that holds the true median with the stated probability. */
interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** The probability that is really reached, in [0, 1); below the one asked for when values are few. */
  readonly confidence: number;
}

/** Successes, failures or the like among a number of trials. */
export interface Proportion {
  readonly count: number;
  readonly of: number;
}

/** Up to here the number of ways to split the values, C(50, 25) = 1.3e14, is an exact double. */
const MAX_EXACT_VALUES = 50;

/** Fisher's sum has as many terms as the rarer outcome has occurrences; beyond, the normal law is as good. */
const MAX_EXACT_OCCURRENCES = 1_000;

/** Two probabilities that differ by less than this part of themselves are equal but for rounding. */
const ROUNDING = 1e-9;

/** The middle value, or the mean of the two middle ones. @throws {RangeError} if there are no values */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  if (low === undefined || high === undefined) {
    throw new RangeError("Cannot take the median of no values: expected at least one");
  }
  return low === high ? low : low + (high - low) / 2;
}

/**
 * The confidence interval of the median by order statistics: between the k-th smallest and the k-th
 * largest value lies the true median with probability 1 - 2 P(B < k), B binomial(n, 1/2). Takes the
 * largest k that reaches the asked confidence. Where even the whole range does not (n < 6 at 0.95),
 * it is the whole range, and `confidence` says how little that is.
 * Source: David and Nagaraja, Order Statistics, 3rd edition, section 7.1.
 * @throws {RangeError} if there are no values
 */
export function medianInterval(values: readonly number[], confidence: number): MedianInterval {
  const sorted = ascending(values);
  const n = sorted.length;
  // ln C(n, i) - n ln 2, so that many values do not underflow.
  let logTerm = -n * Math.LN2;
  let tail = Math.exp(logTerm);
  let reached = Math.max(0, 1 - 2 * tail);
  let k = 1;
  while (k < n / 2) {
    logTerm += Math.log((n - k + 1) / k);
    const wider = tail + Math.exp(logTerm);
    if (1 - 2 * wider < confidence) break;
    tail = wider;
    reached = 1 - 2 * tail;
    k++;
  }
  const low = sorted[k - 1];
  const high = sorted[n - k];
  if (low === undefined || high === undefined) {
    throw new RangeError("Cannot take the interval of no values: expected at least one");
  }
  return { low, high, confidence: reached };
}

/** exp(mean(ln x)); null when there are no values or one is not above 0. */
export function geometricMean(values: readonly number[]): number | null {
  if (values.length === 0 || values.some((value) => !(value > 0))) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * Mann-Whitney's U test: do values of one set tend to be larger than values of the other? With at
 * most 50 values in all the distribution of U is counted out over every split of these very values,
 * so that ties are exact too; beyond, it is normal with the correction for ties and for continuity.
 * Source: Mann and Whitney 1947; Lehmann, Nonparametrics (1975), chapter 1, for ties.
 * @throws {RangeError} if a set is empty
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest {
  const n = first.length;
  const all = n + second.length;
  if (n === 0 || all === n) {
    throw new RangeError(
      `Cannot compare ${n} with ${all - n} values: expected at least one on each side`,
    );
  }
  const { doubledRanks, ties } = rank([...first, ...second]);
  const doubledSum = doubledRanks.slice(0, n).reduce((sum, value) => sum + value, 0);
  const u = doubledSum / 2 - n * (n + 1) / 2;
  // Twice the distance of the rank sum from its mean; an integer, the same from either side.
  const distance = Math.abs(doubledSum - n * (all + 1));
  if (all <= MAX_EXACT_VALUES) {
    const pValue = exactRankPValue(doubledRanks, { size: Math.min(n, all - n), distance });
    return { u, pValue, method: "exact" };
  }
  const variance = n * (all - n) / 12 * (all + 1 - ties / (all * (all - 1)));
  return { u, pValue: normalPValue(distance / 2, variance), method: "normal" };
}

/** The smallest p-value that the exact test can give, 2 / C(n + m, n): reached by sets that do not overlap. */
export function smallestPValue(n: number, m: number): number {
  let splits = 1;
  for (let i = 1; i <= n; i++) splits = splits * (m + i) / i;
  return Math.min(1, 2 / splits);
}

/**
 * Two-sided p-value of two proportions being the same. Fisher's exact test (the sum over all tables
 * that are no more likely than the one seen) while the rarer outcome occurred at most 1000 times,
 * beyond it the pooled z test with Yates' continuity correction. Both take trials as independent.
 * @throws {RangeError} if a side has no trials or a count is not within [0, of]
 */
export function twoProportions(first: Proportion, second: Proportion): number {
  for (const { count, of } of [first, second]) {
    if (!(of > 0 && count >= 0 && count <= of)) {
      throw new RangeError(
        `Cannot compare proportions, got ${count} of ${of}: expected a count of 0 to all of at least one trial`,
      );
    }
  }
  // One order, so that rounding cannot make the answer depend on which side is named first.
  if (first.of > second.of || (first.of === second.of && first.count > second.count)) {
    return twoProportions(second, first);
  }
  const trials = first.of + second.of;
  const occurred = first.count + second.count;
  if (occurred * 2 > trials) return twoProportions(complement(first), complement(second));
  if (occurred <= MAX_EXACT_OCCURRENCES) return fisherPValue(first, second);
  const pooled = occurred / trials;
  const distance = Math.abs(first.count / first.of - second.count / second.of);
  const perTrial = 1 / first.of + 1 / second.of;
  const corrected = Math.max(0, distance - perTrial / 2);
  return Math.min(1, 2 * normalTail(corrected / Math.sqrt(pooled * (1 - pooled) * perTrial)));
}

/** P(Z > z) of a standard normal Z, for z >= 0; a relative error below 1e-10 up to z = 30. */
export function normalTail(z: number): number {
  const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    // 1/2 - density (z + z^3/3 + z^5/(3 5) + ...); Abramowitz and Stegun 26.2.11.
    let term = z;
    let sum = z;
    for (let odd = 3; term > sum * Number.EPSILON; odd += 2) sum += term *= z * z / odd;
    return 0.5 - density * sum;
  }
  // density / (z + 1/(z + 2/(z + 3/(z + ...)))); Abramowitz and Stegun 26.2.14.
  let fraction = z;
  for (let depth = 100; depth > 0; depth--) fraction = z + depth / fraction;
  return density / fraction;
}

/** Ranks from 1, equal values sharing their mean; doubled, so that they are integers. */
function rank(values: readonly number[]): { doubledRanks: number[]; ties: number } {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const doubledRanks = new Array<number>(values.length).fill(0);
  let ties = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (const index of order.slice(start, end)) doubledRanks[index] = start + 1 + end;
    const tied = end - start;
    ties += tied ** 3 - tied;
    start = end;
  }
  return { doubledRanks, ties };
}

/** The share of all subsets of `size` ranks whose sum is at least as far from the mean as the one seen. */
function exactRankPValue(
  doubledRanks: readonly number[],
  seen: { size: number; distance: number },
): number {
  const all = doubledRanks.length;
  const { size, distance } = seen;
  const sums = all * (all + 1) + 1;
  // ways[k * sums + s]: subsets of k of the ranks so far whose doubled sum is s.
  const ways = new Float64Array((size + 1) * sums);
  ways[0] = 1;
  for (const value of doubledRanks) {
    for (let k = size; k > 0; k--) {
      for (let sum = sums - 1; sum >= value; sum--) {
        ways[k * sums + sum]! += ways[(k - 1) * sums + sum - value]!;
      }
    }
  }
  let total = 0;
  let extreme = 0;
  for (let sum = 0; sum < sums; sum++) {
    const count = ways[size * sums + sum]!;
    total += count;
    if (Math.abs(sum - size * (all + 1)) >= distance) extreme += count;
  }
  return extreme / total;
}

/** Two-sided, half a step taken off for continuity; 1 when all values are equal. */
function normalPValue(distance: number, variance: number): number {
  if (variance <= 0) return 1;
  return Math.min(1, 2 * normalTail(Math.max(0, distance - 0.5) / Math.sqrt(variance)));
}

/**
 * Walks the hypergeometric distribution away from the table seen, whose weight is set to 1: each
 * weight follows from its neighbour, and no factorial is needed.
 */
function fisherPValue(first: Proportion, second: Proportion): number {
  const occurred = first.count + second.count;
  // weight(k + 1) / weight(k), k being the occurrences on the first side.
  const ratioAt = (k: number) =>
    (occurred - k) * (first.of - k) / ((k + 1) * (second.of - occurred + k + 1));
  let total = 1;
  let extreme = 1;
  const add = (weight: number) => {
    total += weight;
    if (weight <= 1 + ROUNDING) extreme += weight;
  };
  const most = Math.min(occurred, first.of);
  const least = Math.max(0, occurred - second.of);
  for (let k = first.count, weight = 1; k < most; k++) add(weight *= ratioAt(k));
  for (let k = first.count, weight = 1; k > least; k--) add(weight /= ratioAt(k - 1));
  return extreme / total;
}

function complement({ count, of }: Proportion): Proportion {
  return { count: of - count, of };
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
