import assert from "node:assert/strict";
import fc from "fast-check";
import { type Arrival, type CatchUp, Pacer } from "../../../core/load/catch_up.ts";
import { LoadTime } from "../../../core/load/load_time.ts";
import { FakeClock } from "../../support/fake_clock.ts";

interface Row {
  /** When the generator wakes up. */
  readonly nowMs: number;
  readonly started: readonly number[];
  readonly skipped: readonly number[];
  /** What it sleeps until then. */
  readonly nextStartMs: number;
}

interface Case {
  readonly name: string;
  readonly catchUp: CatchUp;
  /** Due times; the schedule starts at 0. */
  readonly due: readonly number[];
  readonly rows: readonly Row[];
}

const everyHundred = [0, 100, 200, 300, 400, 500, 600];

const cases: readonly Case[] = [
  {
    name: "burst starts all that is due",
    catchUp: "burst",
    due: everyHundred,
    rows: [
      { nowMs: 0.4, started: [0], skipped: [], nextStartMs: 100 },
      { nowMs: 350, started: [100, 200, 300], skipped: [], nextStartMs: 400 },
      { nowMs: 399.9, started: [], skipped: [], nextStartMs: 400 },
      { nowMs: 1_000, started: [400, 500, 600], skipped: [], nextStartMs: Infinity },
    ],
  },
  {
    name: "skip starts the latest and skips what is more than a gap late",
    catchUp: "skip",
    due: everyHundred,
    rows: [
      { nowMs: 0.4, started: [0], skipped: [], nextStartMs: 100 },
      { nowMs: 350, started: [300], skipped: [100, 200], nextStartMs: 400 },
      // 400 is exactly one gap late, and not more.
      { nowMs: 500, started: [400, 500], skipped: [], nextStartMs: 600 },
      { nowMs: 900, started: [600], skipped: [], nextStartMs: Infinity },
    ],
  },
  {
    name: "skip leaves alone what is late by the grain of timers only",
    catchUp: "skip",
    due: [0, 1, 2, 3, 20, 21, 22, 40],
    rows: [
      { nowMs: 3.5, started: [0, 1, 2, 3], skipped: [], nextStartMs: 20 },
      { nowMs: 31.5, started: [22], skipped: [20, 21], nextStartMs: 40 },
    ],
  },
  {
    name: "skip keeps a burst of equal due times together",
    catchUp: "skip",
    due: [0, 0, 100, 100, 200, 200, 300],
    rows: [{ nowMs: 250, started: [200, 200], skipped: [0, 0, 100, 100], nextStartMs: 300 }],
  },
  {
    name: "none starts the rest in its own rhythm, later by the delay",
    catchUp: "none",
    due: everyHundred,
    rows: [
      { nowMs: 0, started: [0], skipped: [], nextStartMs: 100 },
      // 250 ms late: 100 at 350, 200 at 450, ...
      { nowMs: 350, started: [100], skipped: [], nextStartMs: 450 },
      { nowMs: 450.5, started: [200], skipped: [], nextStartMs: 550 },
      // 70 ms late once more: 320 ms in all.
      { nowMs: 620, started: [300], skipped: [], nextStartMs: 720 },
      { nowMs: 720, started: [400], skipped: [], nextStartMs: 820 },
    ],
  },
  {
    name: "none does not drift with the grain of timers",
    catchUp: "none",
    due: [0, 1, 2, 3, 4, 5],
    rows: [
      { nowMs: 1.2, started: [0, 1], skipped: [], nextStartMs: 2 },
      { nowMs: 3.1, started: [2, 3], skipped: [], nextStartMs: 4 },
    ],
  },
];

function arrivalsAt(due: readonly number[]): IterableIterator<Arrival> {
  return due.map((offsetMs, index) => ({ index, offsetMs })).values();
}

for (const { name, catchUp, due, rows } of cases) {
  Deno.test(`Pacer: ${name}`, () => {
    const pacer = new Pacer(arrivalsAt(due), { time: new LoadTime(new FakeClock()), catchUp });
    for (const row of rows) {
      const taken = pacer.take(row.nowMs);
      const dueOf = (isSkipped: boolean) =>
        taken.filter((one) => one.isSkipped === isSkipped).map(({ dueMs }) => dueMs);
      assert.deepEqual({
        nowMs: row.nowMs,
        started: dueOf(false),
        skipped: dueOf(true),
        nextStartMs: pacer.nextStartMs,
      }, row);
    }
  });
}

Deno.test("Pacer counts offsets from its start", () => {
  const pacer = new Pacer(arrivalsAt([5, 6]), {
    time: new LoadTime(new FakeClock(1_000)),
    catchUp: "burst",
  });
  assert.equal(pacer.nextStartMs, 1_005);
  assert.deepEqual(pacer.take(1_005), [{ index: 0, dueMs: 1_005, isSkipped: false }]);
});

Deno.test("Pacer.takeMissed takes what is overdue by more than the grain", () => {
  const pacer = new Pacer(arrivalsAt([0, 80, 89, 91, 100]), {
    time: new LoadTime(new FakeClock()),
    catchUp: "none",
  });
  pacer.take(0);
  assert.deepEqual(pacer.takeMissed(100), [80, 89]);
  assert.deepEqual(pacer.takeMissed(100), []);
});

const schedules = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 }).map((gaps) => {
  let offsetMs = 0;
  return gaps.map((gapMs) => offsetMs += gapMs);
});
const wakeUps = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 });

Deno.test("Pacer gives every arrival once, in order and never early, with each policy", () => {
  const policy = fc.constantFrom<CatchUp>("burst", "skip", "none");
  fc.assert(fc.property(schedules, wakeUps, policy, (due, sleeps, catchUp) => {
    const pacer = new Pacer(arrivalsAt(due), { time: new LoadTime(new FakeClock()), catchUp });
    const taken: number[] = [];
    let nowMs = 0;
    for (const sleepMs of [0, ...sleeps]) {
      nowMs += sleepMs;
      for (const { dueMs } of pacer.take(nowMs)) {
        assert.ok(dueMs <= nowMs);
        taken.push(dueMs);
      }
      assert.ok(pacer.nextStartMs > nowMs);
    }
    while (pacer.nextStartMs < Infinity) {
      taken.push(...pacer.take(pacer.nextStartMs).map(({ dueMs }) => dueMs));
    }
    assert.deepEqual(taken, due);
  }));
});

Deno.test("Pacer with none never starts closer than the schedule, but for the grain", () => {
  fc.assert(fc.property(schedules, wakeUps, (due, sleeps) => {
    const pacer = new Pacer(arrivalsAt(due), {
      time: new LoadTime(new FakeClock()),
      catchUp: "none",
    });
    const starts: { dueMs: number; atMs: number }[] = [];
    let nowMs = 0;
    for (const sleepMs of [0, ...sleeps]) {
      nowMs = Math.max(nowMs + sleepMs, Math.min(pacer.nextStartMs, nowMs + 1_000));
      for (const { dueMs } of pacer.take(nowMs)) starts.push({ dueMs, atMs: nowMs });
    }
    starts.slice(1).forEach((start, index) => {
      const previous = starts[index] ?? start;
      assert.ok(start.atMs - previous.atMs >= start.dueMs - previous.dueMs - 10);
    });
  }));
});
