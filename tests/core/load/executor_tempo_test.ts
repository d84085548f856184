import assert from "node:assert/strict";
import fc from "fast-check";
import { parseArrival } from "../../../core/load/arrival_spec.ts";
import { type ArrivalProcess, constant, poisson, replay } from "../../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../../core/load/executor.ts";
import { Tempo } from "../../../core/load/tempo.ts";
import { calling, instant, open, type TestRun, testRun } from "./harness.ts";

function steered(options: Parameters<typeof testRun>[0] = {}): TestRun & { tempo: Tempo } {
  const run = testRun(options);
  const tempo = new Tempo(run.clock);
  return { ...run, tempo, context: { ...run.context, tempo } };
}

function dueTimes({ recorder }: Pick<TestRun, "recorder">): number[] {
  return recorder.samples.map(({ dueMs }) => dueMs);
}

Deno.test("after a change of the rate the rest of a constant schedule has the new gaps, from then on", async () => {
  const run = steered();
  const ended = execute(run.context, { workload: instant, model: open(constant(10)) });
  await run.clock.advance(250);
  run.tempo.change({ factor: 5 }); // 50/s: half a gap is left of the one that goes on
  await run.clock.advance(50);
  run.tempo.change({ factor: 0.5 }); // 5/s
  await run.clock.advance(700);
  run.stop.abort();
  await ended;
  assert.deepEqual(dueTimes(run), [0, 100, 200, 260, 280, 300, 500, 700, 900]);
  for (const { dueMs, sentMs } of run.recorder.samples) assert.equal(sentMs, dueMs);
});

Deno.test("while an open load is paused nothing starts, and it goes on where it was, without a burst", async () => {
  const run = steered();
  const ended = execute(run.context, { workload: instant, model: open(constant(10)) });
  await run.clock.advance(250);
  run.tempo.change({ isPaused: true });
  run.tempo.change({ isPaused: true });
  await run.clock.advance(5_000);
  run.tempo.change({ factor: 2 }); // of a paused load: when it goes on
  await run.clock.advance(5_000);
  assert.deepEqual(dueTimes(run), [0, 100, 200]);
  run.tempo.change({ isPaused: false });
  run.tempo.change({ isPaused: false });
  await run.clock.advance(150);
  run.stop.abort();
  await ended;
  assert.deepEqual(dueTimes(run), [0, 100, 200, 10_275, 10_325, 10_375]);
  assert.equal(run.clock.sleeperCount, 0);
});

Deno.test("an arrival at the moment of a pause comes after it, and an ended load does not wait for it", async () => {
  const run = steered();
  const arrivals = replay([0, 100, 200]);
  const ended = execute(run.context, { workload: instant, model: open(arrivals) });
  await run.clock.advance(99);
  run.clock.stall(1);
  run.tempo.change({ isPaused: true });
  await run.clock.advance(1_000);
  run.stop.abort();
  await ended;
  assert.deepEqual(dueTimes(run), [0]);
  assert.equal(run.clock.sleeperCount, 0);
});

Deno.test("what a late generator had not begun before a pause is due when it is over", async () => {
  const run = steered();
  const model = open(constant(10), { catchUp: "none" });
  const ended = execute(run.context, { workload: instant, model });
  await run.clock.advance(50);
  run.clock.stall(300); // arrivals come 250 ms late from here on
  await run.clock.advance(0);
  run.tempo.change({ isPaused: true });
  await run.clock.advance(1_000);
  run.tempo.change({ isPaused: false });
  await run.clock.advance(300);
  run.stop.abort();
  await ended;
  const seen = run.recorder.samples.map(({ dueMs, sentMs, outcome }) =>
    outcome.kind === "ok" ? [dueMs, sentMs] : [dueMs, outcome.kind]
  );
  // 200 and 300 were due before the pause, at 350; the next one after it is 250 ms late again.
  assert.deepEqual(seen, [
    ...[[0, 0], [100, 350], [1_350, 1_450], [1_350, 1_550], [1_400, 1_650]],
    ...[[1_500, "dropped"], [1_600, "dropped"]],
  ]);
});

/** What is done to a load, each after so many ms. */
const steps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 700 }),
    factor: fc.constantFrom<"pause" | "resume" | number>("pause", "resume", 0.3, 1, 3),
  }),
  { maxLength: 10 },
);
const processes: readonly ArrivalProcess[] = [
  ...["constant:40/s", "poisson:40/s", "uniform:40/s", "ramp:5/s..60/s@2s", "burst:7@300ms"]
    .map((text) => parseArrival(text)),
  replay([0, 0, 3, 500, 501, 2_000]),
];

for (const arrivals of processes) {
  Deno.test(`whatever is done to its tempo, ${arrivals.label} starts each arrival at its time of the schedule`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const run = steered({ startMs: 200, seed: 3 });
        const starts: { index: number; atMs: number; dueMs: number }[] = [];
        const workload = calling(({ index, dueMs }) => {
          assert.ok(!run.tempo.isPaused);
          starts.push({ index, atMs: run.clock.now(), dueMs });
          return Promise.resolve();
        });
        const ended = execute(run.context, { workload, model: open(arrivals) });
        for (const { afterMs, factor } of all) {
          await run.clock.advance(afterMs);
          if (factor === "pause") run.tempo.change({ isPaused: true });
          else if (factor === "resume") run.tempo.change({ isPaused: false });
          else run.tempo.change({ factor });
        }
        await run.clock.advance(500);
        run.stop.abort();
        await ended;
        const schedule = run.tempo.schedule;
        const offsets = Iterator.from(
          arrivals.offsets(testRun({ seed: 3 }).context.rng.fork("arrivals")),
        )
          .take(starts.length).toArray();
        assert.deepEqual(starts.map(({ index }) => index), [...starts.keys()]);
        let lastMs = -Infinity;
        starts.forEach(({ index, atMs, dueMs }) => {
          assert.ok(Math.abs(schedule.at(atMs) - 200 - offsets[index]!) < 1e-6);
          assert.ok(Math.abs(dueMs - atMs) < 1e-6 && atMs >= lastMs);
          lastMs = atMs;
        });
        // And nothing that the schedule had by then is missing.
        const next = Iterator.from(
          arrivals.offsets(testRun({ seed: 3 }).context.rng.fork("arrivals")),
        )
          .drop(starts.length).next();
        if (!next.done) assert.ok(schedule.now() <= 200 + next.value + 1e-6);
      }),
      { numRuns: 30 },
    );
  });
}

Deno.test("a Poisson schedule is the same one at another pace", async () => {
  const due = async (factor: number) => {
    const run = steered();
    run.tempo.change({ factor });
    const load = { workload: instant, model: open(poisson(20)), maxIterations: 50 };
    const ended = execute(run.context, load);
    await run.clock.advance(60_000);
    await ended;
    return dueTimes(run);
  };
  const [plain, fast] = [await due(1), await due(8)];
  plain.forEach((dueMs, index) => assert.ok(Math.abs(dueMs / 8 - fast[index]!) < 1e-6));
});

/** Who began when, each iteration taking so long. */
async function workersOf(
  model: LoadModel & { kind: "closed" },
  { tookMs, steer }: { tookMs: number; steer: (run: ReturnType<typeof steered>) => Promise<void> },
): Promise<[worker: number, atMs: number][]> {
  const run = steered();
  const starts: [number, number][] = [];
  const workload = calling(async ({ worker }) => {
    starts.push([worker, run.clock.now()]);
    await run.clock.sleepUntil(run.clock.now() + tookMs);
  });
  const ended = execute(run.context, { workload, model });
  await steer(run);
  run.stop.abort();
  await run.clock.advance(tookMs);
  await ended;
  assert.equal(run.clock.sleeperCount, 0);
  return starts;
}

Deno.test("workers of a paused load end what they do, and go on as far from each other as they were", async () => {
  const model = {
    kind: "closed",
    workers: 3,
    thinkMs: 0,
    beginsMs: (worker: number) => worker * 30,
  } as const;
  const starts = await workersOf(model, {
    tookMs: 100,
    steer: async ({ clock, tempo }) => {
      await clock.advance(150);
      tempo.change({ isPaused: true });
      await clock.advance(1_000);
      tempo.change({ isPaused: false });
      await clock.advance(99);
    },
  });
  const before = [[0, 0], [1, 30], [2, 60], [0, 100], [1, 130]];
  // Without the pause: 160 (2), 200 (0), 230 (1).
  assert.deepEqual(starts, [...before, [2, 1_160], [0, 1_200], [1, 1_230]]);
});

Deno.test("a pause stops a worker's thinking, and one within an iteration costs its worker nothing", async () => {
  const starts = await workersOf({ kind: "closed", workers: 1, thinkMs: 50 }, {
    tookMs: 100,
    steer: async ({ clock, tempo }) => {
      await clock.advance(120); // thinks from 100 to 150
      tempo.change({ isPaused: true });
      await clock.advance(1_000);
      tempo.change({ isPaused: false });
      await clock.advance(40); // at work from 1,150 on
      tempo.change({ isPaused: true });
      await clock.advance(30);
      tempo.change({ isPaused: false });
      await clock.advance(150);
    },
  });
  assert.deepEqual(starts, [[0, 0], [0, 1_150], [0, 1_300]]);
});

Deno.test("workers that are added get the next numbers, those that are taken away end after their iteration", async () => {
  const starts = await workersOf({ kind: "closed", workers: 2, thinkMs: 0 }, {
    tookMs: 100,
    steer: async ({ clock, tempo }) => {
      await clock.advance(50);
      tempo.change({ workers: 4 });
      await clock.advance(70);
      tempo.change({ workers: 1 });
      await clock.advance(100);
      tempo.change({ workers: 2 });
      await clock.advance(50);
    },
  });
  assert.deepEqual(starts, [
    ...[[0, 0], [1, 0], [2, 50], [3, 50], [0, 100], [1, 100]],
    ...[[0, 200], [1, 220]],
  ]);
});

Deno.test("each share adds its own of the workers that are asked for, also one that had none", async () => {
  const numbers = async (index: number) => {
    const run = steered({ share: { index, of: 3 } });
    const seen = new Set<number>();
    const workload = calling(async ({ worker }) => {
      seen.add(worker);
      await run.clock.sleepUntil(run.clock.now() + 10);
    });
    const model = { kind: "closed", workers: 2, thinkMs: 0 } as const;
    const ended = execute(run.context, { workload, model });
    await run.clock.advance(50);
    run.tempo.change({ workers: 8 });
    await run.clock.advance(50);
    run.stop.abort();
    await run.clock.advance(50);
    await ended;
    return [...seen];
  };
  assert.deepEqual([await numbers(0), await numbers(1), await numbers(2)], [[0, 3, 6], [1, 4, 7], [
    2,
    5,
  ]]);
});

Deno.test("workers that are added to a paused load begin when it goes on", async () => {
  const starts = await workersOf({ kind: "closed", workers: 1, thinkMs: 0 }, {
    tookMs: 100,
    steer: async ({ clock, tempo }) => {
      await clock.advance(50);
      tempo.change({ isPaused: true });
      tempo.change({ workers: 2 });
      await clock.advance(500);
      tempo.change({ isPaused: false });
      await clock.advance(60);
    },
  });
  assert.deepEqual(starts, [[0, 0], [1, 550], [0, 600]]);
});
