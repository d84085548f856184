import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Histogram } from "../../../core/measure/histogram.ts";
import { percentileCurve } from "../../../core/report/percentile_curve.ts";

function curveOf(values: Iterable<number>) {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return percentileCurve("request response", histogram).points;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

Deno.test("percentileCurve() goes from percentile 0 to the exact maximum at 100, never down", () => {
  for (const count of [1, 2, 10, 1_000, 100_000]) {
    const points = curveOf(upTo(count));
    strictEqual(points[0]?.percentile, 0);
    deepStrictEqual(points.at(-1), { percentile: 100, ms: count / 1_000 });
    for (const [index, point] of points.slice(1).entries()) {
      ok(point.percentile > (points[index]?.percentile ?? NaN));
      ok(point.ms >= (points[index]?.ms ?? NaN));
    }
  }
});

/** An exponential distribution with a mean of 10 ms, as times tend to have. */
function skewed(count: number): number[] {
  return upTo(count).map((rank) => -10_000 * Math.log((rank - 0.5) / count));
}

Deno.test("percentileCurve() has 100 to 150 points for a large count, denser towards 100", () => {
  for (const count of [1_000, 10_000, 100_000, 1_000_000]) {
    const points = curveOf(skewed(count));
    ok(points.length >= 100 && points.length <= 150, `${points.length} points for ${count}`);
    const within = (from: number, to: number) =>
      points.filter(({ percentile }) => percentile >= from && percentile < to).length;
    ok(within(0, 50) <= within(50, 100));
    ok(within(99, 100) > 5 * within(0, 1));
  }
});

Deno.test("percentileCurve() values are those of the sorted values", () => {
  const count = 2_000;
  for (const { percentile, ms } of curveOf(upTo(count))) {
    const rank = Math.max(1, Math.ceil(percentile / 100 * count - 1e-6));
    strictEqual(ms, rank / 1_000);
  }
});

Deno.test("percentileCurve() of nothing has no points", () => {
  deepStrictEqual(curveOf([]), []);
});

Deno.test("percentileCurve() keeps negative values", () => {
  deepStrictEqual(curveOf([-2_000, 1_000]), [
    { percentile: 0, ms: -2 },
    ...curveOf([-2_000, 1_000]).slice(1, -1),
    { percentile: 100, ms: 1 },
  ]);
});
