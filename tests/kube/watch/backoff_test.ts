import assert from "node:assert/strict";
import fc from "fast-check";
import { createRng, type Rng } from "../../../core/load/rng.ts";
import { Backoff } from "../../../kube/watch/backoff.ts";

/** Draws the same number every time. */
function constantRng(value: number): Rng {
  return { ...createRng(1), next: () => value };
}

/** Failures that follow each other as soon as the wait is over. */
function waits(backoff: Backoff, count: number): number[] {
  let nowMs = 5_000;
  return Array.from({ length: count }, () => {
    const waitMs = backoff.waitAfterFailureAt(nowMs);
    nowMs += waitMs;
    return waitMs;
  });
}

Deno.test("Backoff doubles the wait from 0.8 s up to 30 s while failures follow each other", () => {
  const expected = [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000];
  assert.deepEqual(waits(new Backoff(constantRng(0)), 9), expected);
});

Deno.test("Backoff adds its jitter after the cap: half as much again at a draw of 0.5", () => {
  const expected = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 45_000, 45_000];
  assert.deepEqual(waits(new Backoff(constantRng(0.5)), 8), expected);
});

Deno.test("Backoff starts again only when the last failure is more than 2 min ago", () => {
  for (
    const [quietMs, expectedMs] of [[119_999, 3_200], [120_000, 3_200], [120_001, 800]] as const
  ) {
    const backoff = new Backoff(constantRng(0));
    backoff.waitAfterFailureAt(1_000);
    backoff.waitAfterFailureAt(2_000);
    assert.equal(backoff.waitAfterFailureAt(2_000 + quietMs), expectedMs, `quiet for ${quietMs}`);
    assert.equal(backoff.waitAfterFailureAt(3_000 + quietMs), 2 * expectedMs);
  }
});

Deno.test("Backoff measures the 2 min from the last failure, not from the first", () => {
  const backoff = new Backoff(constantRng(0));
  for (const [atMs, expectedMs] of [[0, 800], [100_000, 1_600], [200_000, 3_200]] as const) {
    assert.equal(backoff.waitAfterFailureAt(atMs), expectedMs);
  }
});

Deno.test("Backoff waits within [w, 2 w) of a naive model, and repeats itself with the same seed", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 40 });
  fc.assert(fc.property(gaps, fc.nat(), (gapsMs, seed) => {
    const [one, same] = [new Backoff(createRng(seed)), new Backoff(createRng(seed))];
    let nowMs = 0;
    let inARow = 0;
    for (const gapMs of gapsMs) {
      nowMs += gapMs;
      inARow = gapMs > 120_000 ? 1 : inARow + 1;
      const leastMs = Math.min(30_000, 800 * 2 ** (inARow - 1));
      const waitMs = one.waitAfterFailureAt(nowMs);
      assert.ok(waitMs >= leastMs && waitMs < 2 * leastMs, `${waitMs} after ${inARow} in a row`);
      assert.equal(same.waitAfterFailureAt(nowMs), waitMs);
    }
  }));
});
