import assert from "node:assert/strict";
import fc from "fast-check";
import { Backoff, type BackoffPolicy } from "../../../core/load/backoff.ts";
import { createRng, type Rng } from "../../../core/load/rng.ts";

/** Draws the same number every time. */
function constantRng(value: number): Rng {
  return { ...createRng(1), next: () => value };
}

function undrawn(): Rng {
  return {
    ...createRng(1),
    next: () => {
      throw new Error("drawn");
    },
  };
}

/** Waits after so many failures, each as soon as the wait before is over. */
function waits(backoff: Backoff, count: number): number[] {
  let nowMs = 5_000;
  return Array.from({ length: count }, () => {
    const waitMs = backoff.failedAt(nowMs);
    nowMs += waitMs;
    return waitMs;
  });
}

Deno.test("Backoff doubles each wait up to the longest, and draws nothing without a spread", () => {
  const backoff = new Backoff({ firstMs: 500, longestMs: 3_000 }, undrawn());
  assert.deepEqual(waits(backoff, 5), [500, 1_000, 2_000, 3_000, 3_000]);
});

Deno.test("Backoff spreads after the cap", () => {
  const policy: BackoffPolicy = { firstMs: 100, longestMs: 400, spread: [1, 1.5] };
  assert.deepEqual(waits(new Backoff(policy, constantRng(0)), 4), [100, 200, 400, 400]);
  assert.deepEqual(waits(new Backoff(policy, constantRng(0.5)), 4), [125, 250, 500, 500]);
});

Deno.test("Backoff begins anew after a success, and after a quiet time if it has one", () => {
  const backoff = new Backoff({ firstMs: 1, longestMs: 100, resetAfterMs: 1_000 }, undrawn());
  assert.equal(backoff.failedAt(0), 1);
  assert.equal(backoff.failedAt(1_000), 2);
  assert.equal(backoff.failedAt(2_001), 1);
  assert.equal(backoff.failedAt(2_002), 2);
  backoff.succeeded();
  assert.equal(backoff.failedAt(2_003), 1);
});

Deno.test("Backoff spreads what the server asks for too, which counts as a failure all the same", () => {
  const policy: BackoffPolicy = { firstMs: 100, longestMs: 400, spread: [1, 2] };
  const backoff = new Backoff(policy, constantRng(0.5));
  assert.equal(backoff.failedAt(0, { askedMs: 60_000 }), 90_000);
  assert.equal(backoff.failedAt(1), 300);
});

Deno.test("Backoff waits within its spread of a naive model, and repeats itself with the same seed", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 40 });
  const parts = fc.tuple(fc.constantFrom(0.5, 1), fc.constantFrom(1, 1.5, 2));
  fc.assert(fc.property(gaps, parts, fc.nat(), (gapsMs, [least, most], seed) => {
    const policy: BackoffPolicy = {
      firstMs: 800,
      longestMs: 30_000,
      spread: [least, most],
      resetAfterMs: 120_000,
    };
    const one = new Backoff(policy, createRng(seed));
    const same = new Backoff(policy, createRng(seed));
    let nowMs = 0;
    let inARow = 0;
    for (const gapMs of gapsMs) {
      nowMs += gapMs;
      inARow = gapMs > 120_000 ? 1 : inARow + 1;
      const plainMs = Math.min(30_000, 800 * 2 ** (inARow - 1));
      const waitMs = one.failedAt(nowMs);
      assert.ok(waitMs >= least * plainMs && waitMs <= most * plainMs, `${waitMs} after ${inARow}`);
      assert.equal(same.failedAt(nowMs), waitMs);
    }
  }));
});
