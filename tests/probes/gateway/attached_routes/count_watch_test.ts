import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CountFaults,
  CountTracker,
} from "../../../../probes/gateway/attached_routes/count_watch.ts";

const HOLD_MS = 2_000;
const NONE: CountFaults = { overCount: 0, underCount: 0, residue: 0, flaps: 0 };

function tracker(count = 0): CountTracker {
  return new CountTracker({ count, holdMs: HOLD_MS, atMs: 0 });
}

function exactly(count: number) {
  return { least: count, most: count };
}

/** Counts at times, seconds apart. */
function observed(tracked: CountTracker, counts: readonly number[], fromS: number): void {
  counts.forEach((count, index) => tracked.observe(count, (fromS + index) * 1_000));
}

Deno.test("a count that rises in coarse steps and stands between them is late, not wrong", () => {
  const tracked = tracker();
  tracked.expect(exactly(300), 0);
  [7, 18, 37, 101, 232, 300].forEach((count, index) => tracked.observe(count, index * 5_000));
  assert.ok(tracked.isRight);
  assert.deepEqual(tracked.faults(60_000), NONE);
});

Deno.test("a count that falls late while routes are deleted is late, not wrong", () => {
  const tracked = tracker(1_000);
  for (let gone = 1; gone <= 783; gone++) {
    tracked.expect({ least: 1_000 - gone, most: 1_001 - gone }, gone * 10);
    tracked.expect(exactly(1_000 - gone), gone * 10 + 5);
  }
  tracked.expect(exactly(1), 8_000);
  tracked.observe(1, 20_000);
  assert.deepEqual(tracked.faults(60_000), NONE);
});

Deno.test("a count above what was ever made is wrong at once, and the highest is told", () => {
  const tracked = tracker(3);
  tracked.expect(exactly(10), 0);
  tracked.observe(13, 1);
  tracked.observe(11, 2);
  tracked.observe(10, 3);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, overCount: 3 });
});

Deno.test("a create that is under way may be counted already", () => {
  const tracked = tracker(5);
  tracked.expect({ least: 5, most: 6 }, 0);
  tracked.observe(6, 1);
  tracked.expect(exactly(6), 2);
  assert.deepEqual(tracked.faults(60_000), NONE);
  tracked.expect({ least: 5, most: 6 }, 60_000);
  tracked.observe(5, 60_001);
  tracked.expect(exactly(5), 60_002);
  assert.deepEqual(tracked.faults(90_000), NONE);
});

Deno.test("a whole phase can be expected at once, and what became of it afterwards", () => {
  const tracked = tracker();
  tracked.expect({ least: 0, most: 300 }, 0);
  [101, 232, 298].forEach((count, index) => tracked.observe(count, index * 5_000));
  tracked.expect(exactly(298), 20_000); // two creates failed
  assert.ok(tracked.isRight);
  assert.deepEqual(tracked.faults(30_000), NONE);
  tracked.observe(299, 30_000);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, overCount: 1, flaps: 1 });
  tracked.expect({ least: 0, most: 298 }, 60_000);
  tracked.expect(exactly(0), 70_000);
  tracked.observe(1, 71_000);
  assert.deepEqual(tracked.faults(90_000), { ...NONE, overCount: 1, flaps: 1 }, "no residue");
});

Deno.test("a count that stays too low is wrong from when it has stayed", () => {
  const tracked = tracker();
  tracked.expect(exactly(100), 0);
  tracked.observe(97, 1_000);
  assert.deepEqual(tracked.faults(2_999), NONE);
  assert.deepEqual(tracked.faults(3_000), { ...NONE, underCount: 3 });
});

Deno.test("what is wrong when something else is expected stays told", () => {
  const tracked = tracker();
  tracked.expect(exactly(100), 0);
  tracked.observe(97, 1_000);
  tracked.expect(exactly(97), 9_000);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, underCount: 3 });
});

Deno.test("a count that stays too high is over, or a residue once routes were deleted", () => {
  const over = tracker(5);
  over.expect(exactly(10), 0);
  over.expect(exactly(5), 1);
  over.observe(4, 2);
  over.expect(exactly(6), 3);
  over.observe(7, 4);
  assert.deepEqual(over.faults(60_000), { ...NONE, overCount: 1 });
  const residue = tracker(5);
  residue.expect(exactly(0), 0);
  residue.observe(2, 1);
  assert.deepEqual(residue.faults(2_000), NONE);
  assert.deepEqual(residue.faults(2_001), { ...NONE, residue: 2 });
});

Deno.test("what was too high before routes were deleted is no residue of them", () => {
  const tracked = tracker();
  tracked.expect(exactly(10), 0);
  tracked.observe(13, 1);
  tracked.expect(exactly(9), 5_000);
  tracked.observe(12, 5_001);
  assert.deepEqual(tracked.faults(9_000), { ...NONE, overCount: 3 });
  tracked.observe(13, 9_001);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, overCount: 3, residue: 1 });
});

Deno.test("faults that were taken are told again only if they go on", () => {
  const tracked = tracker();
  tracked.expect(exactly(10), 0);
  tracked.observe(13, 1);
  assert.deepEqual(tracked.take(1), { ...NONE, overCount: 3 });
  assert.deepEqual(tracked.take(1_000), NONE);
  assert.deepEqual(tracked.take(3_000), { ...NONE, overCount: 3 });
  tracked.observe(10, 3_001);
  assert.deepEqual(tracked.take(60_000), NONE);
});

Deno.test("a count that leaves what it had come to flaps, each time", () => {
  const tracked = tracker();
  tracked.expect(exactly(10), 0);
  observed(tracked, [4, 10, 9, 10, 8, 9, 10], 1);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, flaps: 2 });
});

Deno.test("a count that had been right and was wrong for as long as that counts is no lag", () => {
  const tracked = tracker();
  tracked.expect(exactly(10), 0);
  tracked.observe(10, 1_000);
  tracked.observe(6, 2_000);
  tracked.observe(10, 2_000 + HOLD_MS);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, flaps: 1, underCount: 4 });
});

Deno.test("a count that had been right before anything was done, for long, flaps too", () => {
  const tracked = tracker(10);
  tracked.observe(9, HOLD_MS);
  tracked.observe(10, HOLD_MS + 1);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, flaps: 1 });
});

Deno.test("a count that came while the create was under way has come", () => {
  const tracked = tracker(10);
  tracked.expect({ least: 10, most: 11 }, 0);
  tracked.observe(11, 1);
  tracked.expect(exactly(11), 2);
  tracked.observe(10, 3);
  tracked.observe(11, 4);
  assert.deepEqual(tracked.faults(60_000), { ...NONE, flaps: 1 });
});

/** A phase: how many routes are made, or deleted, and how far the count is behind at each step. */
const phase = fc.record({
  routes: fc.integer({ min: 1, max: 30 }),
  lags: fc.array(fc.nat(40), { minLength: 30, maxLength: 30 }),
  stepMs: fc.integer({ min: 1, max: 5_000 }),
});

Deno.test("a count that is only ever late is never wrong, whatever the pace", () => {
  fc.assert(fc.property(fc.nat(50), fc.array(phase, { maxLength: 4 }), (start, phases) => {
    const tracked = tracker(start);
    let [truth, atMs] = [start, 0];
    phases.forEach(({ routes, lags, stepMs }, index) => {
      const step = index % 2 === 0 ? 1 : -Math.min(1, truth);
      let seen = truth; // what the controller says is what once was, and never goes back
      for (let made = 0; made < routes && (step > 0 || truth > 0); made++) {
        const next = truth + step;
        tracked.expect(
          { least: Math.min(truth, next), most: Math.max(truth, next) },
          atMs += stepMs,
        );
        truth = next;
        const behind = truth - step * lags[made]!;
        seen = step > 0 ? Math.max(seen, behind) : Math.min(seen, behind);
        tracked.observe(seen, atMs += stepMs);
        tracked.expect(exactly(truth), atMs += stepMs);
      }
      tracked.observe(truth, atMs += stepMs);
    });
    assert.deepEqual(tracked.faults(atMs + HOLD_MS), NONE);
  }));
});

Deno.test("whatever stays wrong at the end is told by how much", () => {
  const target = fc.integer({ min: 1, max: 100 });
  fc.assert(fc.property(target, fc.nat(200), fc.boolean(), (count, final, isDown) => {
    const tracked = tracker(isDown ? 200 : 0);
    tracked.expect(exactly(count), 0);
    tracked.observe(final, 1);
    const excess = Math.max(0, final - count);
    assert.deepEqual(tracked.faults(1 + HOLD_MS), {
      ...NONE,
      underCount: Math.max(0, count - final),
      ...(isDown ? { residue: excess } : { overCount: excess }),
    });
  }));
});
