import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { EncodedHistogram, Histogram } from "../../../core/measure/histogram.ts";

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Width of the bucket that holds a magnitude: 1 below 2048, then doubling with each power of two. */
function bucketWidth(magnitude: number): number {
  return magnitude < 2_048 ? 1 : 2 ** (Math.floor(Math.log2(magnitude)) - 10);
}

/** The bucket of a value as [lowest, highest]. */
function bucketOf(value: number): [lowest: number, highest: number] {
  const width = bucketWidth(Math.abs(value));
  const lowest = Math.floor(Math.abs(value) / width) * width;
  const highest = lowest + width - 1;
  return value < 0 ? [-highest, -lowest] : [lowest, highest];
}

const DAY_US = 86_400_000_000;
const value = fc.oneof(
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.integer({ min: -100_000_000, max: 100_000_000 }),
  fc.double({ min: -DAY_US, max: DAY_US, noNaN: true }).map((float) => Math.round(float) + 0),
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });

Deno.test("Histogram.countAtOrBelow() is the count of a sorted array, to bucket precision", () => {
  fc.assert(fc.property(values, value, (recorded, limit) => {
    const max = Math.max(...recorded);
    const min = Math.min(...recorded);
    const expected = limit >= max ? recorded.length : limit < min
      ? 0
      // A value counts when its bucket begins at or below the limit.
      : recorded.filter((one) => one < 0 === limit < 0 ? bucketOf(one)[0] <= limit : one <= limit)
        .length;
    strictEqual(histogramOf(recorded).countAtOrBelow(limit), expected);
  }));
});

Deno.test("Histogram.countAtOrBelow() counts every recorded value at that value", () => {
  fc.assert(fc.property(values, (recorded) => {
    const histogram = histogramOf(recorded);
    for (const one of recorded) {
      const exact = recorded.filter((other) => other <= one).length;
      const tolerant = recorded.filter((other) => other <= one + bucketWidth(Math.abs(one))).length;
      const count = histogram.countAtOrBelow(one);
      ok(count >= exact && count <= tolerant, `${exact} <= ${count} <= ${tolerant}`);
    }
  }));
});

Deno.test("Histogram.countAtOrBelow() with small integers is exact", () => {
  const histogram = histogramOf([-3, -3, 0, 1, 1, 5, 2_000]);
  const cases: [limit: number, count: number][] = [
    [-4, 0],
    [-3.5, 0],
    [-3, 2],
    [-2.5, 2],
    [-0.5, 2],
    [0, 3],
    [0.9, 3],
    [1, 5],
    [4.999, 5],
    [5, 6],
    [1_999, 6],
    [2_000, 7],
    [Infinity, 7],
    [-Infinity, 0],
  ];
  for (const [limit, count] of cases) {
    strictEqual(histogram.countAtOrBelow(limit), count, `${limit}`);
  }
  strictEqual(new Histogram().countAtOrBelow(1), 0);
});

Deno.test("Histogram.countAtOrBelow() is exact between negative values and at the maximum", () => {
  const negatives = histogramOf([-5, -3, -2]);
  const cases: [limit: number, count: number][] = [[-4.5, 1], [-3.5, 1], [-3, 2], [-2.5, 2]];
  for (const [limit, count] of cases) {
    strictEqual(negatives.countAtOrBelow(limit), count, `${limit}`);
  }
  strictEqual(histogramOf([1, 10 * DAY_US]).countAtOrBelow(10 * DAY_US), 2);
});

Deno.test("Histogram.percentileRows() are the smallest buckets that hold that share of all values", () => {
  // Powers of two make every percentile exact, so that the oracle needs no tolerance of its own.
  const ticks = fc.constantFrom(1, 2, 4, 8, 16);
  fc.assert(fc.property(values, ticks, (recorded, ticksPerHalfDistance) => {
    const sorted = [...recorded].sort((one, other) => one - other);
    const rows = [...histogramOf(recorded).percentileRows(ticksPerHalfDistance)];
    strictEqual(rows[0]?.percentile, 0);
    deepStrictEqual(rows.at(-1), {
      percentile: 100,
      value: sorted.at(-1),
      countAtOrBelow: sorted.length,
    });
    for (const row of rows) {
      const rank = Math.max(1, Math.ceil(row.percentile / 100 * sorted.length - 1e-9));
      const [, highest] = bucketOf(sorted[rank - 1] ?? NaN);
      strictEqual(row.value, Math.min(sorted.at(-1) ?? NaN, Math.max(sorted[0] ?? NaN, highest)));
      strictEqual(row.countAtOrBelow, sorted.filter((one) => bucketOf(one)[1] <= highest).length);
    }
  }));
});

Deno.test("Histogram.percentileRows() halve the step each time the distance to 100 is halved", () => {
  const rows = [...histogramOf(Array.from({ length: 64 }, (_, index) => index)).percentileRows(2)];
  deepStrictEqual(rows.map(({ percentile }) => percentile), [
    0,
    25,
    50,
    62.5,
    75,
    81.25,
    87.5,
    90.625,
    93.75,
    95.3125,
    96.875,
    97.65625,
    98.4375,
    98.828125,
    100,
  ]);
});

Deno.test("Histogram.percentileRows() of nothing are none", () => {
  deepStrictEqual([...new Histogram().percentileRows(5)], []);
});

Deno.test("Histogram.stdDeviation is the population's, exact for small values", () => {
  strictEqual(new Histogram().stdDeviation, 0);
  strictEqual(histogramOf([7, 7, 7]).stdDeviation, 0);
  strictEqual(histogramOf([2, 4, 4, 4, 5, 5, 7, 9]).stdDeviation, 2);
  strictEqual(histogramOf([-3, 3]).stdDeviation, 3);
});

Deno.test("Histogram.valueAt() is the value of that rank in a sorted array, to bucket precision", () => {
  const quantile = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(values, quantile, (recorded, q) => {
    const sorted = [...recorded].sort((one, other) => one - other);
    const exact = sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1] ?? NaN;
    const got = histogramOf(recorded).valueAt(q);
    ok(Math.abs(got - exact) < bucketWidth(Math.abs(exact)), `${got} for ${exact}`);
  }));
});

Deno.test("Histogram.encode() and decode() lose nothing, negative values included", () => {
  fc.assert(fc.property(fc.array(value, { maxLength: 50 }), (recorded) => {
    const histogram = histogramOf(recorded);
    const copy = Histogram.decode(histogram.encode());
    deepStrictEqual(copy.encode(), histogram.encode());
    for (const q of [0, 0.5, 0.9, 1]) strictEqual(copy.valueAt(q), histogram.valueAt(q));
  }));
});

Deno.test("Histogram.add() is recording both sequences into one", () => {
  fc.assert(fc.property(values, values, (one, other) => {
    const merged = histogramOf(one);
    merged.add(histogramOf(other));
    deepStrictEqual(merged.encode(), histogramOf([...one, ...other]).encode());
  }));
});

Deno.test("Histogram.record() makes no negative zero of a small negative value", () => {
  const histogram = histogramOf([-0.4]);
  ok(Object.is(histogram.min, 0) && Object.is(histogram.max, 0) && Object.is(histogram.sum, 0));
});

Deno.test("Histogram.record() refuses what is not finite and counts what is beyond a day", () => {
  throws(() => new Histogram().record(NaN), RangeError);
  const histogram = histogramOf([DAY_US + 1, -2 * DAY_US, 1]);
  strictEqual(histogram.overflowCount, 2);
  strictEqual(histogram.max, DAY_US);
  strictEqual(histogram.min, -DAY_US);
});

Deno.test("Histogram gives exact count, sum, mean, min and max of the recorded integers", () => {
  const cases: [title: string, recorded: number[]][] = [
    ["one value", [1_234_567]],
    ["all equal", Array.from({ length: 1_000 }, () => 98_765)],
    ["huge", [DAY_US, DAY_US - 1, DAY_US - 2]],
    ["negative only", [-1, -2_049, -7_000_001]],
    ["mixed signs", [-5_000, 0, 3, 1_000_003]],
  ];
  for (const [title, recorded] of cases) {
    const histogram = histogramOf(recorded);
    const sum = recorded.reduce((total, one) => total + one, 0);
    strictEqual(histogram.count, recorded.length, title);
    strictEqual(histogram.sum, sum, title);
    strictEqual(histogram.mean, sum / recorded.length, title);
    strictEqual(histogram.min, Math.min(...recorded), title);
    strictEqual(histogram.max, Math.max(...recorded), title);
    strictEqual(histogram.overflowCount, 0, title);
  }
});

Deno.test("An empty histogram is 0 throughout, before and after its serial form", () => {
  const empty = new Histogram();
  for (const histogram of [empty, Histogram.decode(empty.encode())]) {
    const { count, sum, mean, min, max, overflowCount, stdDeviation } = histogram;
    deepStrictEqual([count, sum, mean, min, max, overflowCount, stdDeviation], Array(7).fill(0));
    for (const q of [0, 0.5, 1]) strictEqual(histogram.valueAt(q), 0);
  }
  strictEqual(empty.encode().negativeHdr, undefined);
});

Deno.test("Histogram.valueAt() of one value, or of equal values, is that value at every quantile", () => {
  for (const one of [0, 1, -1, 2_049, -987_654_321, DAY_US - 1, -DAY_US]) {
    for (const recorded of [[one], [one, one, one]]) {
      const histogram = histogramOf(recorded);
      for (const q of [0, 0.001, 0.5, 0.999, 1]) strictEqual(histogram.valueAt(q), one);
    }
  }
});

Deno.test("Histogram.valueAt() is within one part in 10^3 of the sorted array's value", () => {
  const quantile = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(values, quantile, (recorded, q) => {
    const sorted = [...recorded].sort((one, other) => one - other);
    const exact = sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1] ?? NaN;
    const got = histogramOf(recorded).valueAt(q);
    ok(Math.abs(got - exact) <= Math.abs(exact) / 1_000, `${got} for ${exact}`);
  }));
});

Deno.test("Histogram.valueAt() never falls as the quantile grows, and stays within the extremes", () => {
  fc.assert(fc.property(values, (recorded) => {
    const histogram = histogramOf(recorded);
    const curve = Array.from({ length: 101 }, (_, index) => histogram.valueAt(index / 100));
    deepStrictEqual(curve, [...curve].sort((one, other) => one - other));
    const [first = NaN, last = NaN] = [curve[0], curve[100]];
    ok(first >= histogram.min && last <= histogram.max);
    // A bucket of negative values stands for its lowest, so the last is exact only from 0 on.
    ok(histogram.max - last < (last < 0 ? bucketWidth(-last) : 1));
  }));
});

Deno.test("Histogram.add() is associative and has the empty histogram as its neutral element", () => {
  const list = fc.array(value, { maxLength: 30 });
  fc.assert(fc.property(list, list, list, (a, b, c) => {
    const left = histogramOf(a);
    left.add(histogramOf(b));
    left.add(histogramOf(c));
    const tail = histogramOf(b);
    tail.add(histogramOf(c));
    const right = histogramOf(a);
    right.add(tail);
    right.add(new Histogram());
    deepStrictEqual(left.encode(), right.encode());
    const backwards = histogramOf(c);
    backwards.add(histogramOf(b));
    backwards.add(histogramOf(a));
    deepStrictEqual(backwards.encode(), left.encode());
  }));
});

Deno.test("Values beyond the range stay counted through merge and serial form", () => {
  const histogram = histogramOf([2 * DAY_US, 1]);
  histogram.add(Histogram.decode(histogramOf([-3 * DAY_US]).encode()));
  const copy = Histogram.decode(EncodedHistogram.parse(JSON.parse(JSON.stringify(
    histogram.encode(),
  ))));
  strictEqual(copy.overflowCount, 2);
  strictEqual(copy.count, 3);
  strictEqual(copy.sum, 1);
  deepStrictEqual([copy.min, copy.max], [-DAY_US, DAY_US]);
});

Deno.test("A refused value leaves the histogram as it was", () => {
  const histogram = histogramOf([5]);
  for (const refused of [NaN, Infinity, -Infinity]) {
    throws(() => histogram.record(refused), {
      name: "RangeError",
      message: `Cannot record ${refused}: it is not finite`,
    });
  }
  deepStrictEqual(histogram.encode(), histogramOf([5]).encode());
});

Deno.test("Histogram.decode() refuses text that is no HDR V2 encoding", () => {
  throws(() => Histogram.decode({ hdr: "AAAA", sum: 0, min: 0, max: 0, overflowCount: 0 }));
});
