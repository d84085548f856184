import assert from "node:assert/strict";
import fc from "fast-check";
import { parseArrival } from "../../../core/load/arrival_spec.ts";
import { type ArrivalProcess, constant, replay } from "../../../core/load/arrival.ts";
import { execute, type Load } from "../../../core/load/executor.ts";
import type { Share } from "../../../core/load/share.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import { calling, instant, open, type TestRun, testRun } from "./harness.ts";

type Started = Pick<Iteration, "index" | "worker" | "dueMs">;

/** What one generator starts of a load within 3 s, in its order. */
async function startedBy(
  share: Share,
  load: Omit<Load, "workload">,
  run: TestRun = testRun({ share, seed: 7 }),
): Promise<Started[]> {
  const started: Started[] = [];
  const workload = calling(async ({ index, worker, dueMs }) => {
    started.push({ index, worker, dueMs });
    await run.clock.sleepUntil(run.clock.now() + 25);
  });
  const ended = execute(run.context, { ...load, workload });
  await run.clock.advance(3_000);
  run.stop.abort();
  await run.clock.advance(100);
  await ended;
  return started;
}

function byIndex(started: readonly Started[]): Started[] {
  return started.toSorted((one, other) => one.index - other.index);
}

async function startedByAll(of: number, load: Omit<Load, "workload">): Promise<Started[]> {
  const shares = Array.from({ length: of }, (_, index) => startedBy({ index, of }, load));
  return byIndex((await Promise.all(shares)).flat());
}

const processes: readonly ArrivalProcess[] = [
  ...[
    "constant:40/s",
    "poisson:40/s",
    "uniform:40/s",
    "ramp:5/s..60/s@2s",
    "step:20/s@1s,0/s@500ms,50/s@1s",
    "burst:7@300ms",
  ].map((text) => parseArrival(text)),
  replay([0, 0, 3, 500, 501, 2_000]),
];

for (const arrivals of processes) {
  Deno.test(`all shares of ${arrivals.label} together start what one generator starts`, async () => {
    const counts = fc.record({
      of: fc.integer({ min: 1, max: 9 }),
      maxIterations: fc.option(fc.integer({ min: 1, max: 40 }), { nil: Infinity }),
    });
    await fc.assert(
      fc.asyncProperty(counts, async ({ of, maxIterations }) => {
        const load = { model: open(arrivals), maxIterations };
        const whole = await startedBy({ index: 0, of: 1 }, load);
        assert.deepEqual(whole.map(({ index }) => index), [...whole.keys()]);
        assert.deepEqual(await startedByAll(of, load), whole);
      }),
      { numRuns: 10 },
    );
  });
}

Deno.test("all shares of a closed load together have its workers, each number once, and its iterations", async () => {
  const counts = fc.record({
    of: fc.integer({ min: 1, max: 5 }),
    workers: fc.integer({ min: 1, max: 12 }),
    rounds: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(counts, async ({ of, workers, rounds }) => {
      const model = { kind: "closed", workers, thinkMs: 5 } as const;
      const load = { model, maxIterations: workers * rounds };
      const whole = byIndex(await startedBy({ index: 0, of: 1 }, load));
      const all = await startedByAll(of, load);
      assert.deepEqual(all.map(({ index }) => index), [...Array(workers * rounds).keys()]);
      const first = (started: readonly Started[]) => started.slice(0, workers);
      // One iteration for each worker, as loads whose iterations are one a worker need it.
      assert.deepEqual(first(all), first(whole));
      assert.deepEqual(first(all).map(({ worker }) => worker), [...Array(workers).keys()]);
    }),
    { numRuns: 20 },
  );
});

Deno.test("a share that nothing falls to is over at once", async () => {
  for (
    const load of [
      { model: { kind: "closed", workers: 2, thinkMs: 0 }, maxIterations: 2 },
      { model: open(constant(10)), maxIterations: 2 },
    ] satisfies Omit<Load, "workload">[]
  ) {
    const run = testRun({ share: { index: 2, of: 3 } });
    await execute(run.context, { ...load, workload: instant });
    assert.deepEqual(run.recorder.samples, []);
  }
});

Deno.test("the places in flight are divided, and each share has one at least", async () => {
  const peaks = async (of: number) =>
    await Promise.all(Array.from({ length: of }, async (_, index) => {
      const run = testRun({ share: { index, of } });
      let inFlight = 0;
      let peak = 0;
      const workload = calling(async () => {
        peak = Math.max(peak, ++inFlight);
        await run.clock.sleepUntil(run.clock.now() + 1_000);
        inFlight--;
      });
      const model = open(constant(1_000), { maxInFlight: 5 });
      const ended = execute(run.context, { workload, model, maxIterations: 100 });
      await run.clock.advance(60_000);
      await ended;
      return peak;
    }));
  assert.deepEqual(await peaks(1), [5]);
  assert.deepEqual(await peaks(2), [3, 2]);
  assert.deepEqual(await peaks(7), [1, 1, 1, 1, 1, 1, 1]);
});

Deno.test("what a late share had not started at the end are its own arrivals", async () => {
  const run = testRun({ share: { index: 1, of: 2 } });
  const ended = execute(run.context, { workload: instant, model: open(constant(10)) });
  await run.clock.advance(150);
  run.clock.stall(300);
  run.stop.abort();
  await run.clock.advance(0);
  await ended;
  const due = run.recorder.samples.map(({ dueMs, outcome }) => [dueMs, outcome.kind]);
  assert.deepEqual(due, [[100, "ok"], [300, "dropped"]]);
});
