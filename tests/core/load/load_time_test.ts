import assert from "node:assert/strict";
import fc from "fast-check";
import { LoadTime } from "../../../core/load/load_time.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("LoadTime is the clock's time until it is told to go otherwise", () => {
  const clock = new FakeClock(1_234.5);
  const time = new LoadTime(clock);
  assert.equal(time.now(), 1_234.5);
  assert.equal(time.clockTimeOf(1_234.5 + 0.1), 1_234.5 + 0.1);
  assert.equal(time.at(99_999.25), 99_999.25);
});

Deno.test("LoadTime goes faster, slower and not at all from the moment it is told to", async () => {
  const clock = new FakeClock(1_000);
  const time = new LoadTime(clock);
  await clock.advance(1_000);
  time.goAt(4);
  assert.equal(time.clockTimeOf(2_400), 2_100);
  await clock.advance(500);
  time.goAt(0);
  assert.deepEqual([time.now(), time.clockTimeOf(4_000), time.isStandingStill], [
    4_000,
    Infinity,
    true,
  ]);
  await clock.advance(10_000);
  assert.equal(time.now(), 4_000);
  time.goAt(0.5);
  // What it said before it still did then; what is due as it stood still is due as it goes on.
  assert.deepEqual([1_500, 2_400, 3_999.6, 4_000, 4_001].map((ms) => time.clockTimeOf(ms)), [
    1_500,
    2_100,
    2_499.9,
    12_500,
    12_502,
  ]);
  assert.equal(time.at(2_100), 2_400);
  // And so is what was due before and had not begun.
  assert.deepEqual([time.dueTimeOf(2_400), time.dueTimeOf(4_001)], [12_500, 12_502]);
});

/** What is done to it, each after so many ms. */
const changes = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 1_000 }),
    factor: fc.constantFrom(0, 0, 0.25, 0.5, 1, 2, 8),
  }),
  { maxLength: 12 },
);

Deno.test("LoadTime never goes back, and clock times are the inverse of it", async () => {
  await fc.assert(fc.asyncProperty(changes, async (all) => {
    const clock = new FakeClock(500);
    const time = new LoadTime(clock);
    let lastMs = time.now();
    for (const { afterMs, factor } of all) {
      await clock.advance(afterMs);
      time.goAt(factor);
      assert.ok(time.now() >= lastMs);
      lastMs = time.now();
      const atMs = time.clockTimeOf(lastMs + 10);
      if (factor === 0) assert.equal(atMs, Infinity);
      else assert.ok(Math.abs(time.at(atMs) - lastMs - 10) < 1e-6 && atMs > clock.now());
    }
    for (let ms = 500; ms < clock.now(); ms += 37) {
      const againMs = time.clockTimeOf(time.at(ms));
      assert.ok(Math.abs(time.at(againMs) - time.at(ms)) < 1e-6 || againMs === Infinity);
    }
  }));
});

Deno.test("who sleeps by a LoadTime wakes when it says so, however often it changes, or at the signal", async () => {
  const clock = new FakeClock();
  const time = new LoadTime(clock);
  const stop = new AbortController();
  const woken: [string, number][] = [];
  const sleep = (name: string, ownMs: number) =>
    time.sleepUntil(ownMs, stop.signal).then(() => void woken.push([name, clock.now()]));
  const sleeps = [sleep("soon", 1_000), sleep("late", 3_000), sleep("never", 60_000)];
  await clock.advance(500);
  time.goAt(0);
  await clock.advance(4_000);
  time.goAt(2);
  await clock.advance(1_000);
  assert.deepEqual(woken, [["soon", 4_750]]);
  time.goAt(10);
  await clock.advance(50);
  assert.deepEqual(woken.at(-1), ["late", 5_550]);
  stop.abort();
  await Promise.all(sleeps);
  assert.deepEqual(woken.at(-1), ["never", 5_550]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("who is called back by a LoadTime is, once and before sleepers go on, unless it takes that back", async () => {
  const clock = new FakeClock();
  const time = new LoadTime(clock);
  const events: string[] = [];
  const call = (name: string, ownMs: number) =>
    time.callAt(ownMs, () => void events.push(`${name} at ${clock.now()}`));
  const { signal } = new AbortController();
  const slept = time.sleepUntil(1_000, signal).then(() => events.push("slept"));
  call("called", 1_000);
  const takeBack = call("never", 2_000);
  await clock.advance(500);
  time.goAt(0);
  call("while it stands still", 400);
  await clock.advance(500);
  assert.deepEqual(events, []);
  time.goAt(0.5);
  await clock.advance(1_000);
  await slept;
  assert.deepEqual(events, ["while it stands still at 1000", "called at 2000", "slept"]);
  takeBack();
  assert.equal(clock.sleeperCount, 0);
});
