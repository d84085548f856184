import assert from "node:assert/strict";
import { normal } from "../../../core/load/normal_arrival.ts";
import { createRng } from "../../../core/load/rng.ts";

function first(count: number, seed: number, ratePerSec = 10): number[] {
  return Iterator.from(normal(ratePerSec).offsets(createRng(seed))).take(count).toArray();
}

function gapsOf(offsets: readonly number[]): number[] {
  return offsets.map((offset, index) => offset - (offsets[index - 1] ?? 0));
}

Deno.test("gaps are normal, with a fifth of their mean as deviation, and never go back", () => {
  const gaps = gapsOf(first(20_000, 3));
  const mean = gaps.reduce((sum, gap) => sum + gap) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  // Five standard errors: of a mean sd / sqrt(n), of a deviation sd / sqrt(2 n).
  assert.ok(Math.abs(mean - 100) < 5 * 20 / Math.sqrt(20_000), `mean ${mean}`);
  assert.ok(Math.abs(deviation - 20) < 5 * 20 / Math.sqrt(40_000), `deviation ${deviation}`);
  const within = gaps.filter((gap) => Math.abs(gap - 100) < 20).length / gaps.length;
  assert.ok(Math.abs(within - 0.6827) < 0.02, `within one deviation ${within}`);
  assert.ok(gaps.every((gap) => gap >= 0));
});

Deno.test("the expected number is the mean of many schedules, near the start and far from it", () => {
  for (const untilMs of [50, 100, 150, 450, 2_030]) {
    const counts = Array.from(
      { length: 4_000 },
      (_, seed) => first(40, seed).filter((offset) => offset < untilMs).length,
    );
    const mean = counts.reduce((sum, count) => sum + count) / counts.length;
    const expected = normal(10).expectedBy(untilMs);
    // A count varies by less than 1, its mean of 4,000 by less than 1 / 63.
    assert.ok(Math.abs(mean - expected) < 5 / 63, `${untilMs} ms: ${mean}, expected ${expected}`);
  }
  assert.equal(normal(10).expectedBy(0), 0);
});

Deno.test("the sum and the limit meet where one gives way to the other", () => {
  const [before, after] = [normal(1).expectedBy(199_999), normal(1).expectedBy(200_001)];
  assert.ok(Math.abs(after - before - 0.002) < 1e-4, `${before} ${after}`);
});

Deno.test("a rate that is none is refused", () => {
  for (const rate of [0, -1, NaN, Infinity]) assert.throws(() => normal(rate), RangeError);
});
