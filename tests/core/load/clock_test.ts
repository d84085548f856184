import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import {
  type Clock,
  SystemClock,
  withFineSleeps,
  yieldToEventLoop,
} from "../../../core/load/clock.ts";
import { fineSleep } from "../../../core/load/fine_sleep.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("SystemClock wakes every sleeper that is due, and none before its time", async () => {
  const clock = new SystemClock();
  const startMs = clock.now();
  // Fractions and disorder on purpose; one in ten is due at the same time as its neighbour.
  const dueMs = Array.from({ length: 500 }, (_, k) => startMs + (k * 7 % 450) / 10 + 0.37);
  const early = await Promise.all(dueMs.map(async (atMs) => {
    await clock.sleepUntil(atMs);
    return Math.max(0, atMs - clock.now());
  }));
  assert.equal(Math.max(...early), 0);
  assert.equal(early.length, 500);
});

Deno.test("SystemClock wakes a sleeper that came later but is due earlier first", async () => {
  const clock = new SystemClock();
  const order: string[] = [];
  const startMs = clock.now();
  await Promise.all([
    clock.sleepUntil(startMs + 20).then(() => order.push("late")),
    clock.sleepUntil(startMs + 5).then(() => order.push("early")),
  ]);
  assert.deepEqual(order, ["early", "late"]);
});

Deno.test("SystemClock.sleepUntil gives up a sleep of months when its signal aborts", async () => {
  const clock = new SystemClock();
  const controller = new AbortController();
  // Beyond 2^31 ms, where a bare timer would fire at once. The leak check of the test runner
  // shows that no timer stays behind.
  const sleeps = [1e11, 1e11, Infinity].map((ms) =>
    clock.sleepUntil(clock.now() + ms, controller.signal)
  );
  let awake = 0;
  for (const sleep of sleeps) sleep.then(() => awake++);
  await clock.sleepUntil(clock.now() + 3);
  assert.equal(awake, 0);
  controller.abort();
  await Promise.all(sleeps);
  assert.equal(awake, 3);
});

Deno.test("SystemClock keeps one abort listener however many sleep, and none after", async () => {
  const clock = new SystemClock();
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, "abort").length;
  const startMs = clock.now();
  const sleeps = [1, 2, 3].map((ms) => clock.sleepUntil(startMs + ms, signal));
  assert.equal(listeners(), 1);
  await Promise.all(sleeps);
  assert.equal(listeners(), 0);
});

Deno.test("SystemClock.callAt calls back in time, and not what was taken back", async () => {
  const clock = new SystemClock();
  const calls: string[] = [];
  const startMs = clock.now();
  // Also the one whose timer is set: what is later keeps its own time.
  const takeBack = [1, 1e11, Infinity].map((ms) =>
    clock.callAt(startMs + ms, () => calls.push("taken back"))
  );
  for (const back of takeBack) back();
  let earlyMs = 0;
  await new Promise<void>((resolve) => {
    clock.callAt(startMs + 6, () => {
      earlyMs = Math.max(0, startMs + 6 - clock.now());
      resolve();
    });
    clock.callAt(startMs + 3, () => calls.push("kept"));
    clock.callAt(startMs - 1, () => calls.push("past"));
    calls.push("never at once");
  });
  for (const back of takeBack) back(); // no harm
  assert.equal(earlyMs, 0);
  assert.deepEqual(calls, ["never at once", "past", "kept"]);
  // The leak check of the test runner shows that no timer stays behind.
});

Deno.test("FakeClock.callAt calls back when the time has come, and not what was taken back", async () => {
  const clock = new FakeClock();
  const calls: number[] = [];
  clock.callAt(10, () => calls.push(clock.now()));
  clock.callAt(5, () => calls.push(-1))();
  await clock.advance(9);
  assert.deepEqual(calls, []);
  await clock.advance(1);
  assert.deepEqual(calls, [10]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("SystemClock.now grows with a fraction and wallNow is the calendar time", () => {
  const clock = new SystemClock();
  const before = clock.now();
  const calendar = [new Date(), clock.wallNow(), new Date()].map((date) => date.getTime());
  assert.deepEqual(calendar, calendar.toSorted((one, other) => one - other));
  assert.ok(clock.now() >= before);
});

Deno.test("yieldToEventLoop lets timers fire in a loop that never waits", async () => {
  const clock = new SystemClock();
  let isAwake = false;
  clock.sleepUntil(clock.now() + 2).then(() => isAwake = true);
  let turns = 0;
  while (!isAwake && turns < 10_000_000) {
    await yieldToEventLoop();
    turns++;
  }
  assert.equal(isAwake, true);
});

const clocks: readonly [string, () => Clock][] = [
  ["SystemClock", () => new SystemClock()],
  ["FakeClock", () => new FakeClock(1_000)],
];

for (const [name, create] of clocks) {
  Deno.test(`${name}.sleepUntil does not wait for the past, nor with an aborted signal`, async () => {
    const clock = create();
    await clock.sleepUntil(clock.now() - 1);
    await clock.sleepUntil(clock.now());
    await clock.sleepUntil(NaN);
    await clock.sleepUntil(clock.now() + 1e9, AbortSignal.abort());
    // No timer was set: otherwise the leak check fails this test.
  });
}

Deno.test("FakeClock.advance wakes sleepers in turn, those of later sleeps included", async () => {
  const clock = new FakeClock(100);
  const wakeUps: number[] = [];
  const loop = (async () => {
    for (let k = 1; k <= 4; k++) {
      await clock.sleepUntil(100 + 10 * k);
      wakeUps.push(clock.now());
    }
  })();
  await clock.advance(25);
  assert.deepEqual(wakeUps, [110, 120]);
  assert.equal(clock.now(), 125);
  assert.equal(clock.sleeperCount, 1);
  await clock.advance(15);
  await loop;
  assert.deepEqual(wakeUps, [110, 120, 130, 140]);
  assert.equal(clock.sleeperCount, 0);
  assert.equal(clock.wallNow().toISOString(), "2026-01-01T00:00:00.040Z");
});

Deno.test("FakeClock wakes all who became due during a stall at its end", async () => {
  const clock = new FakeClock();
  const wakeUps: number[] = [];
  for (const atMs of [5, 10, 60]) clock.sleepUntil(atMs).then(() => wakeUps.push(clock.now()));
  clock.stall(50);
  await clock.advance(0);
  assert.deepEqual(wakeUps, [50, 50]);
  await clock.advance(10);
  assert.deepEqual(wakeUps, [50, 50, 60]);
});

Deno.test("an aborted sleeper of FakeClock wakes without time passing and leaves nothing behind", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const sleep = clock.sleepUntil(1_000, controller.signal);
  controller.abort();
  await sleep;
  assert.deepEqual([clock.now(), clock.sleeperCount], [0, 0]);
});

Deno.test("fine sleeps wake every sleeper that is due, and none before its time", async () => {
  const clock = new SystemClock({ fineSleep: fineSleep() });
  const startMs = clock.now();
  const dueMs = Array.from({ length: 200 }, (_, k) => startMs + k / 10 + 0.37);
  const early = await Promise.all(dueMs.map(async (atMs) => {
    await clock.sleepUntil(atMs);
    return Math.max(0, atMs - clock.now());
  }));
  assert.equal(Math.max(...early), 0);
});

Deno.test("the last of a wait is a fine sleep, of half a millisecond at least", () => {
  const { clock, sleeps } = withSleepsByHand();
  clock.callAt(clock.now() + 0.1, () => {});
  assert.deepEqual(sleeps.map(({ us }) => us), [500]);
  clock.callAt(clock.now() + 0.05, () => {});
  assert.equal(sleeps.length, 1, "they wake together");
});

Deno.test("a fine sleep whose sleeper was taken back wakes nobody and is not set anew", async () => {
  const { clock, sleeps } = withSleepsByHand();
  const calls: string[] = [];
  const takeBack = clock.callAt(clock.now() + 0.6, () => calls.push("never"));
  takeBack();
  sleeps[0]!.end();
  await yieldToEventLoop();
  assert.deepEqual(calls, []);
  assert.equal(sleeps.length, 1);
});

Deno.test("only the system's clock is given fine sleeps", () => {
  const fake = new FakeClock();
  assert.equal(withFineSleeps(fake), fake);
  assert.ok(withFineSleeps(new SystemClock()) instanceof SystemClock);
});

function withSleepsByHand() {
  const sleeps: { us: number; end: () => void }[] = [];
  const fineSleep = (us: number) =>
    new Promise<void>((resolve) => sleeps.push({ us, end: resolve }));
  return { clock: new SystemClock({ fineSleep }), sleeps };
}
