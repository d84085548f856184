import assert from "node:assert/strict";
import fc from "fast-check";
import {
  geometricMean,
  mannWhitney,
  median,
  medianInterval,
  normalTail,
  smallestPValue,
  twoProportions,
} from "../../../core/judge/statistics.ts";

/** Every way to take `size` of the indices 0..n-1. */
function* splits(n: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let index = from; index <= n - size; index++) {
    for (const rest of splits(n, size - 1, index + 1)) yield [index, ...rest];
  }
}

function pairsWon(first: readonly number[], second: readonly number[]): number {
  let u = 0;
  for (const a of first) for (const b of second) u += a > b ? 1 : a === b ? 0.5 : 0;
  return u;
}

/** The definition: relabel the values in every possible way and count those as extreme as the given one. */
function enumeratedPValue(first: readonly number[], second: readonly number[]): number {
  const all = [...first, ...second];
  const mean = first.length * second.length / 2;
  const seen = Math.abs(pairsWon(first, second) - mean);
  let total = 0;
  let extreme = 0;
  for (const taken of splits(all.length, first.length)) {
    const one = taken.map((index) => all[index] ?? NaN);
    const other = all.filter((_, index) => !taken.includes(index));
    total++;
    if (Math.abs(pairsWon(one, other) - mean) >= seen) extreme++;
  }
  return extreme / total;
}

function close(actual: number, expected: number, tolerance = 1e-12): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

Deno.test("mannWhitney() gives the p-values of the printed tables for sets that do not overlap", () => {
  const cases: [n: number, m: number, pValue: number][] = [
    [1, 1, 1],
    [3, 3, 2 / 20],
    [4, 4, 2 / 70],
    [5, 5, 2 / 252],
    [4, 6, 2 / 210],
    [10, 10, 2 / 184_756],
    [25, 25, 2 / 126_410_606_437_752],
  ];
  for (const [n, m, pValue] of cases) {
    const low = Array.from({ length: n }, (_, i) => i);
    const high = Array.from({ length: m }, (_, i) => 100 + i);
    assert.deepEqual(mannWhitney(low, high), { u: 0, pValue, method: "exact" });
    assert.deepEqual(mannWhitney(high, low), { u: n * m, pValue, method: "exact" });
    close(smallestPValue(n, m), pValue, 1e-20 + pValue * 1e-12);
  }
});

Deno.test("mannWhitney() equals the enumeration of every split, with and without ties", () => {
  const values = (top: number) =>
    fc.array(fc.integer({ min: 0, max: top }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(
    fc.constantFrom(3, 1_000_000).chain((top) => fc.tuple(values(top), values(top))),
    ([first, second]) => {
      const { u, pValue, method } = mannWhitney(first, second);
      assert.equal(method, "exact");
      assert.equal(u, pairsWon(first, second));
      close(pValue, enumeratedPValue(first, second));
    },
  ));
});

Deno.test("mannWhitney() equals the enumeration for hand-picked ties", () => {
  const cases: [first: number[], second: number[], pValue: number][] = [
    [[1, 1, 1, 1], [2, 2, 2, 2], 2 / 70],
    [[1, 1, 1, 1], [1, 1, 1, 1], 1],
    // Of the 10 ways to choose 2 of {1, 2, 2, 2, 3}: {1, 2} three times, {2, 3} three times are as far.
    [[1, 2], [2, 2, 3], 6 / 10],
  ];
  for (const [first, second, pValue] of cases) {
    close(mannWhitney(first, second).pValue, pValue);
    close(enumeratedPValue(first, second), pValue);
  }
});

/** p by the normal law for values without ties; the same formula, written out for ten a side. */
function normalPValueOfU(u: number, n: number, m: number): number {
  const z = (Math.abs(u - n * m / 2) - 0.5) / Math.sqrt(n * m * (n + m + 1) / 12);
  return Math.min(1, 2 * normalTail(Math.max(0, z)));
}

Deno.test("the normal approximation is within 0.01 of the exact p-value for ten values a side, 0.003 where p < 0.1", () => {
  const first = Array.from({ length: 10 }, (_, i) => 2 * i);
  for (let shift = 0; shift <= 20; shift++) {
    const second = first.map((value) => value + 2 * shift + 1);
    const { u, pValue, method } = mannWhitney(first, second);
    assert.equal(method, "exact");
    close(normalPValueOfU(u, 10, 10), pValue, pValue < 0.1 ? 0.003 : 0.01);
  }
});

Deno.test("mannWhitney() is normal beyond 50 values, and agrees with the exact test at the border", () => {
  const first = Array.from({ length: 25 }, (_, i) => 2 * i);
  for (const shift of [1, 5, 9, 13]) {
    const exact = mannWhitney(first, first.map((value) => value + shift));
    const more = [...first, 50];
    const normal = mannWhitney(more, more.map((value) => value + shift));
    assert.equal(exact.method, "exact");
    assert.equal(normal.method, "normal");
    close(normal.pValue, normalPValueOfU(normal.u, 26, 26));
    close(normalPValueOfU(exact.u, 25, 25), exact.pValue, 0.003);
  }
});

Deno.test("mannWhitney() corrects the normal variance for ties", () => {
  // 30 zeros and 30 ones against 20 zeros and 40 ones: with ties the variance is
  // n m / 12 (N + 1 - sum(t^3 - t) / (N (N - 1))), here with t = 50 and 70 of N = 120.
  const set = (zeros: number) =>
    [...Array(zeros).fill(0), ...Array(60 - zeros).fill(1)] as number[];
  const variance = 3_600 / 12 * (121 - (50 ** 3 - 50 + 70 ** 3 - 70) / (120 * 119));
  const { u, pValue } = mannWhitney(set(30), set(20));
  assert.equal(u, 30 * 20 + 0.5 * (30 * 20 + 30 * 40));
  close(pValue, 2 * normalTail((Math.abs(u - 1_800) - 0.5) / Math.sqrt(variance)));
  assert.deepEqual(mannWhitney(Array(60).fill(7), Array(60).fill(7)), {
    u: 1_800,
    pValue: 1,
    method: "normal",
  });
});

Deno.test("mannWhitney() is symmetric and blind to the unit", () => {
  const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(values, values, (first, second) => {
    const one = mannWhitney(first, second);
    const other = mannWhitney(second, first);
    assert.equal(one.pValue, other.pValue);
    assert.equal(one.u + other.u, first.length * second.length);
    const scaled = (set: number[]) => set.map((value) => 1_000 * value - 7);
    assert.deepEqual(mannWhitney(scaled(first), scaled(second)), one);
    assert.ok(one.pValue > 0 && one.pValue <= 1);
  }));
});

Deno.test("statistics of nothing are refused", () => {
  assert.throws(() => median([]), /^RangeError: Cannot take the median of no values/);
  assert.throws(() => medianInterval([], 0.95), RangeError);
  assert.throws(() => mannWhitney([], [1]), /Cannot compare 0 with 1 values/);
  assert.throws(() => twoProportions({ count: 0, of: 0 }, { count: 0, of: 1 }), /got 0 of 0/);
  assert.throws(() => twoProportions({ count: 3, of: 2 }, { count: 0, of: 1 }), /got 3 of 2/);
});

Deno.test("median() is the middle value or the mean of the two middle ones", () => {
  assert.equal(median([7]), 7);
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([10, 9, 100]), 10, "by value, not by text");
});

/** P(lo < B < hi) for B binomial(n, 1/2), by walking through all 2^n outcomes of n coins. */
function coinsBetween(n: number, lowest: number, highest: number): number {
  let hits = 0;
  for (let outcome = 0; outcome < 2 ** n; outcome++) {
    const heads = outcome.toString(2).replaceAll("0", "").length;
    if (heads >= lowest && heads <= highest) hits++;
  }
  return hits / 2 ** n;
}

Deno.test("medianInterval() is the narrowest symmetric pair of order statistics that suffices, and says what it reaches", () => {
  for (const asked of [0.5, 0.9, 0.95, 0.99]) {
    for (let n = 1; n <= 14; n++) {
      const values = Array.from({ length: n }, (_, i) => (i * 5) % n + 1).sort(() => -1);
      const sorted = [...values].sort((a, b) => a - b);
      // k-th smallest to k-th largest holds the median when k .. n-k values are below it.
      let k = 1;
      while (k + 1 <= n / 2 && coinsBetween(n, k + 1, n - k - 1) >= asked) k++;
      const { low, high, confidence } = medianInterval(values, asked);
      const at = `n=${n} at ${asked}`;
      assert.equal(low, sorted[k - 1], at);
      assert.equal(high, sorted[n - k], at);
      close(confidence, Math.max(0, coinsBetween(n, k, n - k)));
    }
  }
});

Deno.test("medianInterval() has the confidences of the printed tables", () => {
  const cases: [n: number, low: number, high: number, confidence: number][] = [
    [1, 1, 1, 0],
    [4, 1, 4, 0.875],
    [5, 1, 5, 0.9375],
    [6, 1, 6, 0.96875],
    [9, 2, 8, 0.9609375],
    [10, 2, 9, 0.978515625],
    [20, 6, 15, 0.958610534],
  ];
  for (const [n, low, high, confidence] of cases) {
    const interval = medianInterval(Array.from({ length: n }, (_, i) => i + 1), 0.95);
    assert.deepEqual([interval.low, interval.high], [low, high], `n=${n}`);
    close(interval.confidence, confidence, 1e-9);
  }
  // 1.96 / 2 standard deviations either side of the middle, for many values.
  const many = medianInterval(Array.from({ length: 10_000 }, (_, i) => i + 1), 0.95);
  assert.deepEqual([many.low, many.high], [4_902, 5_099]);
});

Deno.test("geometricMean() is the n-th root of the product, and null where there is none", () => {
  close(geometricMean([1, 4]) ?? NaN, 2);
  close(geometricMean([2, 4, 8]) ?? NaN, 4);
  close(geometricMean([1e300, 1e-300]) ?? NaN, 1);
  assert.equal(geometricMean([]), null);
  assert.equal(geometricMean([1, 0]), null);
  assert.equal(geometricMean([1, -2]), null);
});

Deno.test("normalTail() has the known tails of the normal law", () => {
  const cases: [z: number, tail: number][] = [
    [0, 0.5],
    [1, 0.15865525393145705],
    [1.959963984540054, 0.025],
    [2.9999999, 0.0013498984760],
    [3, 0.0013498980316301],
    [6, 9.865876450377e-10],
    [10, 7.619853024160527e-24],
    [30, 4.906713927148187e-198],
  ];
  for (const [z, tail] of cases) close(normalTail(z) / tail, 1, 1e-9);
});

/** Fisher's test by its definition: binomials of whole numbers. */
function fisher(a: number, n: number, c: number, m: number): number {
  const choose = (of: bigint, take: bigint): bigint => {
    let ways = 1n;
    for (let i = 1n; i <= take; i++) ways = ways * (of - take + i) / i;
    return take < 0n || take > of ? 0n : ways;
  };
  const ways = (k: number) => choose(BigInt(n), BigInt(k)) * choose(BigInt(m), BigInt(a + c - k));
  let total = 0n;
  let extreme = 0n;
  for (let k = 0; k <= a + c; k++) {
    total += ways(k);
    if (ways(k) <= ways(a)) extreme += ways(k);
  }
  return Number(extreme * 10n ** 18n / total) / 1e18;
}

Deno.test("twoProportions() equals Fisher's test by whole-number binomials", () => {
  const side = fc.integer({ min: 1, max: 60 }).chain((of) =>
    fc.record({ count: fc.integer({ min: 0, max: of }), of: fc.constant(of) })
  );
  fc.assert(fc.property(side, side, (first, second) => {
    assert.equal(twoProportions(first, second), twoProportions(second, first));
    close(
      twoProportions(first, second),
      fisher(first.count, first.of, second.count, second.of),
      1e-9,
    );
  }));
});

Deno.test("twoProportions() knows the lady tasting tea, and that nothing is no difference", () => {
  close(twoProportions({ count: 3, of: 4 }, { count: 1, of: 4 }), 34 / 70);
  assert.equal(twoProportions({ count: 0, of: 1e6 }, { count: 0, of: 2e6 }), 1);
  assert.equal(twoProportions({ count: 5, of: 5 }, { count: 9, of: 9 }), 1);
  // 6 failures, all on one of two equal sides: 2 / 2^6 in the limit of many trials.
  close(twoProportions({ count: 0, of: 1e6 }, { count: 6, of: 1e6 }), 2 / 64, 1e-6);
});

Deno.test("twoProportions() changes from exact to normal without a jump and does not overflow", () => {
  const at = (failures: number) =>
    twoProportions({ count: failures, of: 1e5 }, { count: failures + 70, of: 1e5 });
  close(at(465), at(466), 0.001); // 1000 and 1002 failures in all
  assert.ok(at(465) > 0.02 && at(465) < 0.04);
  assert.equal(twoProportions({ count: 0, of: 1e6 }, { count: 1e6, of: 1e6 }), 0);
  const far = twoProportions({ count: 0, of: 1e4 }, { count: 900, of: 1e4 });
  assert.ok(far > 0 && far < 1e-200, `${far}`);
});
