import assert from "node:assert/strict";
import { Backoff } from "../../../core/load/backoff.ts";
import { createRng, type Rng } from "../../../core/load/rng.ts";
import { WATCH_BACKOFF } from "../../../kube/watch/watch_policy.ts";

/** Draws the same number every time. */
function constantRng(value: number): Rng {
  return { ...createRng(1), next: () => value };
}

/** Failures that follow each other as soon as the wait is over. */
function waits(backoff: Backoff, count: number): number[] {
  let nowMs = 5_000;
  return Array.from({ length: count }, () => {
    const waitMs = backoff.failedAt(nowMs);
    nowMs += waitMs;
    return waitMs;
  });
}

Deno.test("a watcher doubles its wait from 0.8 s up to 30 s while failures follow each other", () => {
  const expected = [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000];
  assert.deepEqual(waits(new Backoff(WATCH_BACKOFF, constantRng(0)), 9), expected);
});

Deno.test("a watcher adds its jitter after the cap: half as much again at a draw of 0.5", () => {
  const expected = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 45_000, 45_000];
  assert.deepEqual(waits(new Backoff(WATCH_BACKOFF, constantRng(0.5)), 8), expected);
});

Deno.test("a watcher begins anew only when its last failure is more than 2 min ago", () => {
  for (
    const [quietMs, expectedMs] of [[119_999, 3_200], [120_000, 3_200], [120_001, 800]] as const
  ) {
    const backoff = new Backoff(WATCH_BACKOFF, constantRng(0));
    backoff.failedAt(1_000);
    backoff.failedAt(2_000);
    assert.equal(backoff.failedAt(2_000 + quietMs), expectedMs, `quiet for ${quietMs}`);
    assert.equal(backoff.failedAt(3_000 + quietMs), 2 * expectedMs);
  }
});
