/** Growth of a quantile, and what it may really be. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createRng } from "../../../../core/load/rng.ts";
import { Times } from "../../../../core/measure/times.ts";
import { quantileGrowth } from "../../../../probes/maas/tokens/quantile_growth.ts";

/** @param lagOf how much of a time may be lag of our own */
function measured(values: Iterable<number>, lagOf = (_: number) => 0): Times {
  const all = new Times();
  for (const value of values) all.record(value, lagOf(value));
  return all;
}

/** Long-tailed, as answers are. */
function times(seed: number, { count, scale }: { count: number; scale: number }): number[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => Math.round(scale * (1 - Math.log(1 - rng.next()))));
}

Deno.test("a set against itself has not grown", () => {
  const one = measured(times(1, { count: 1_000, scale: 5_000 }));
  const growth = quantileGrowth(one, one, 0.95)!;
  assert.equal(growth.ratio, 1);
  assert.ok(growth.low < 1 && growth.high > 1);
});

Deno.test("what is twice as slow has grown to about twice, and surely by more than half", () => {
  const base = measured(times(1, { count: 1_000, scale: 5_000 }));
  const grown = measured(times(2, { count: 1_000, scale: 10_000 }));
  const { ratio, low, high } = quantileGrowth(base, grown, 0.95)!;
  assert.ok(ratio > 1.7 && ratio < 2.3, String(ratio));
  assert.ok(low > 1.5 && high < 2.6, `${low} to ${high}`);
});

Deno.test("of few answers there is no interval, and so no growth", () => {
  const few = measured(times(1, { count: 20, scale: 5_000 }));
  const many = measured(times(2, { count: 1_000, scale: 5_000 }));
  assert.equal(quantileGrowth(few, many, 0.95), undefined);
  assert.equal(quantileGrowth(many, few, 0.95), undefined);
  assert.equal(quantileGrowth(many, new Times(), 0.95), undefined);
});

Deno.test("what may be lag of our own is within the bounds, whichever of both it was in", () => {
  const slow = times(1, { count: 1_000, scale: 10_000 });
  const halved = measured(slow, (value) => value / 2);
  const grown = quantileGrowth(measured(times(2, { count: 1_000, scale: 5_000 })), halved, 0.95)!;
  assert.ok(grown.ratio > 1.7 && grown.low < 1, JSON.stringify(grown));
  const shrunk = quantileGrowth(halved, measured(slow), 0.95)!;
  assert.ok(shrunk.ratio === 1 && shrunk.high > 1.9, JSON.stringify(shrunk));
});

Deno.test("the interval has the truth in it nearly as often as it says", () => {
  const ROUNDS = 400;
  let inside = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const base = measured(times(2 * round + 1, { count: 400, scale: 5_000 }));
    const grown = measured(times(2 * round + 2, { count: 400, scale: 6_000 }));
    const { low, high } = quantileGrowth(base, grown, 0.95)!;
    if (low <= 1.2 && high >= 1.2) inside++;
  }
  assert.ok(inside / ROUNDS > 0.93, String(inside / ROUNDS));
});

Deno.test("bounds stand on both sides of the ratio, and more answers bring them nearer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const near = { count: 4_000, scale: 5_000 };
      const far = { count: 200, scale: 5_000 };
      const [few, many] = [far, near].map((of) =>
        quantileGrowth(measured(times(seed, of)), measured(times(seed + 1, of)), 0.95)!
      );
      for (const { ratio, low, high } of [few!, many!]) assert.ok(low <= ratio && ratio <= high);
      assert.ok(many!.high / many!.low < few!.high / few!.low);
    }),
    { numRuns: 20, seed: 1 },
  );
});
