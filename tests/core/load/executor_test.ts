import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ArrivalProcess,
  constant,
  poisson,
  replay,
  step,
} from "../../../core/load/arrival.ts";
import type { CatchUp } from "../../../core/load/catch_up.ts";
import { execute, type LoadModel } from "../../../core/load/executor.ts";
import { createRng } from "../../../core/load/rng.ts";
import { calling, instant, open, testRun } from "./harness.ts";

Deno.test("a server stalled for 5 s never stops arrivals, and their response times show the stall", async () => {
  const run = testRun();
  const { clock, recorder, stop } = run;
  // 10 ms a request, but nothing is answered from 1 s to 6 s.
  const server = calling(() => {
    const sentMs = clock.now();
    return clock.sleepUntil((sentMs >= 1_000 && sentMs < 6_000 ? 6_000 : sentMs) + 10);
  });
  const ended = execute(run.context, { workload: server, model: open(constant(50)) });
  await clock.advance(9_999);
  stop.abort();
  await clock.advance(100);
  await ended;
  assert.deepEqual(recorder.outcomes(), { ok: 500 });
  for (const [k, sample] of recorder.samples.toSorted((a, b) => a.dueMs - b.dueMs).entries()) {
    const inStall = sample.dueMs >= 1_000 && sample.dueMs < 6_000;
    const doneMs = (inStall ? 6_000 : sample.dueMs) + 10;
    assert.deepEqual([sample.dueMs, sample.sentMs, sample.doneMs], [k * 20, k * 20, doneMs]);
  }
  const p99 = run.totals().operation("call")?.response.valueAt(0.99) ?? 0;
  assert.ok(p99 > 4_890_000 && p99 <= 5_010_000, `${p99} us`);
});

Deno.test("with few in flight the queue's wait is in the response time and not in the service time", async () => {
  const run = testRun();
  const { clock, recorder } = run;
  const server = calling(() => {
    const sentMs = clock.now();
    return clock.sleepUntil((sentMs < 5_000 ? 5_000 : sentMs) + 10);
  });
  const arrivals = step([{ ratePerSec: 50, durationMs: 5_000 }]);
  const model = open(arrivals, { maxInFlight: 4 });
  const ended = execute(run.context, { workload: server, model });
  await clock.advance(20_000);
  await ended;
  assert.deepEqual(recorder.outcomes(), { ok: 250 });
  // Four wait for the server; the others queue, and go four by four every 10 ms after it is back.
  for (const [k, { dueMs, sentMs, doneMs }] of recorder.samples.entries()) {
    const batch = Math.floor(k / 4);
    assert.equal(dueMs, (k + 1) * 20);
    assert.equal(sentMs, batch === 0 ? dueMs : 5_000 + batch * 10);
    assert.equal(doneMs, 5_010 + batch * 10);
  }
  const operation = run.totals().operation("call");
  const serviceP95 = operation?.service.valueAt(0.95) ?? 0;
  assert.ok(serviceP95 >= 10_000 && serviceP95 <= 10_010, `${serviceP95} us`);
  assert.ok((operation?.response.valueAt(0.95) ?? 0) > 4_700_000);
});

Deno.test("the same seed gives the same schedule, whatever the workload draws", async () => {
  const dueTimes = async (draws: number, seed: number) => {
    const run = testRun({ seed, startMs: 500 });
    const workload = calling(() => {
      for (let k = 0; k < draws; k++) run.context.rng.next();
      return Promise.resolve();
    });
    const load = { workload, model: open(poisson(20)), maxIterations: 30 };
    const ended = execute(run.context, load);
    await run.clock.advance(60_000);
    await ended;
    return run.recorder.samples.map(({ dueMs }) => dueMs);
  };
  const expected = testRun({ seed: 3 }).context.rng.fork("arrivals");
  const offsets = Iterator.from(poisson(20).offsets(expected)).take(30).toArray();
  assert.deepEqual(await dueTimes(0, 3), offsets.map((offsetMs) => 500 + offsetMs));
  assert.deepEqual(await dueTimes(5, 3), await dueTimes(0, 3));
  assert.notDeepEqual(await dueTimes(0, 4), await dueTimes(0, 3));
});

/** Arrivals every 100 ms; the generator sleeps through 150 to 450. What is sent when, by due time. */
const catchUps: readonly [CatchUp, Record<number, number | "dropped">][] = [
  ["burst", { 0: 0, 100: 100, 200: 450, 300: 450, 400: 450, 500: 500, 600: 600 }],
  ["skip", { 0: 0, 100: 100, 200: "dropped", 300: "dropped", 400: 450, 500: 500, 600: 600 }],
  ["none", { 0: 0, 100: 100, 200: 450, 300: 550, 400: 650, 500: 750, 600: 850 }],
];

for (const [catchUp, expected] of catchUps) {
  Deno.test(`after a pause of the generator, catch-up ${catchUp} keeps every due time`, async () => {
    const run = testRun();
    const arrivals = replay([0, 100, 200, 300, 400, 500, 600]);
    const ended = execute(run.context, { workload: instant, model: open(arrivals, { catchUp }) });
    await run.clock.advance(150);
    run.clock.stall(300);
    await run.clock.advance(1_000);
    await ended;
    const actual = Object.fromEntries(
      run.recorder.samples.map(({ dueMs, sentMs, outcome }) => [
        dueMs,
        outcome.kind === "dropped" ? "dropped" : sentMs,
      ]),
    );
    assert.deepEqual(actual, expected);
    assert.equal(run.recorder.samples.length, 7);
  });
}

Deno.test("what a paused generator had not started when the run stopped is counted as dropped", async () => {
  const run = testRun();
  const model = open(constant(10), { catchUp: "none" });
  const ended = execute(run.context, { workload: instant, model });
  await run.clock.advance(150);
  run.clock.stall(300);
  await run.clock.advance(0);
  run.stop.abort();
  await ended;
  // Due at 0, 100 and (at 450) 200 were started; 300 and 400 were still to come.
  assert.deepEqual(run.recorder.outcomes(), { ok: 3, dropped: 2 });
  assert.deepEqual(run.clock.sleeperCount, 0);
});

Deno.test("each worker of a closed load has one iteration at a time, and thinks between them", async () => {
  const run = testRun();
  const underWay = new Set<number>();
  const starts: [worker: number, dueMs: number][] = [];
  const workload = calling(async ({ worker, dueMs }) => {
    if (underWay.has(worker)) starts.push([worker, NaN]);
    underWay.add(worker);
    starts.push([worker, dueMs]);
    await run.clock.sleepUntil(dueMs + 30 + 10 * worker);
    underWay.delete(worker);
  });
  const model = { kind: "closed", workers: 2, thinkMs: 20 } as const;
  const ended = execute(run.context, { workload, model });
  await run.clock.advance(125);
  run.stop.abort();
  await run.clock.advance(100);
  await ended;
  assert.deepEqual(starts, [[0, 0], [1, 0], [0, 50], [1, 60], [0, 100], [1, 120]]);
  for (const { dueMs, sentMs } of run.recorder.samples) assert.equal(sentMs, dueMs);
  assert.equal(run.clock.sleeperCount, 0);
});

Deno.test("a worker thinks after its last iteration too, so that a load takes its time", async () => {
  const run = testRun();
  const model = { kind: "closed", workers: 2, thinkMs: 100 } as const;
  let endedMs: number | undefined;
  void execute(run.context, { workload: instant, model, maxIterations: 4 })
    .then(() => endedMs = run.clock.now());
  await run.clock.advance(1_000);
  assert.deepEqual([run.recorder.samples.length, endedMs], [4, 200]);
});

Deno.test("workers of a closed load begin when they are told to, and not after its end", async () => {
  const run = testRun();
  const starts: [worker: number, dueMs: number][] = [];
  const workload = calling(async ({ worker, dueMs }) => {
    starts.push([worker, dueMs]);
    await run.clock.sleepUntil(dueMs + 100);
  });
  const beginsMs = (worker: number) => worker * 60;
  const model = { kind: "closed", workers: 4, thinkMs: 0, beginsMs } as const;
  const ended = execute(run.context, { workload, model });
  await run.clock.advance(150);
  run.stop.abort();
  await run.clock.advance(100);
  await ended;
  assert.deepEqual(starts, [[0, 0], [1, 60], [0, 100], [2, 120]]);
  assert.equal(run.clock.sleeperCount, 0);
});

Deno.test("a closed worker that fails at once does not starve the event loop", async () => {
  const run = testRun();
  const failing = calling(() => Promise.reject(new Error("refused")));
  const model = { kind: "closed", workers: 3, thinkMs: 0 } as const;
  const ended = execute(run.context, { workload: failing, model });
  // Were the loop starved, this would never come back.
  await run.clock.advance(1);
  run.stop.abort();
  await ended;
  const failures = run.recorder.outcomes()["failed other"] ?? 0;
  assert.ok(failures >= 3);
  assert.equal(run.recorder.samples.length, failures);
});

Deno.test("an open load that is always late does not starve the event loop", async () => {
  const run = testRun();
  // Each call costs the generator itself 2 ms, and then the next one is due.
  const workload = calling(() => Promise.resolve(run.clock.stall(2)));
  const ended = execute(run.context, { workload, model: open(constant(500)) });
  await run.clock.settle();
  run.stop.abort();
  await ended;
  assert.ok((run.recorder.outcomes().ok ?? 0) > 0);
});

/** How many arrivals are due before `endMs`. */
function before(process: ArrivalProcess, endMs: number): number {
  return Iterator.from(process.offsets(createRng(1))).take(1_000)
    .filter((offsetMs) => offsetMs < endMs).toArray().length;
}

Deno.test("issued = ok + failed + dropped + cancelled, and never more in flight than allowed", async () => {
  const property = fc.asyncProperty(
    fc.record({
      ratePerSec: fc.integer({ min: 1, max: 200 }),
      maxInFlight: fc.integer({ min: 1, max: 5 }),
      whenFull: fc.constantFrom("drop", "queue"),
      catchUp: fc.constantFrom("burst", "skip", "none"),
      serviceMs: fc.integer({ min: 0, max: 120 }),
      stallMs: fc.constantFrom(0, 200),
      abortAfterMs: fc.constantFrom(0, 50, 10_000),
    }),
    async ({ ratePerSec, serviceMs, stallMs, abortAfterMs, ...limits }) => {
      const run = testRun();
      let inFlight = 0;
      let peak = 0;
      let issued = 0;
      const workload = calling(async ({ index, aborted }) => {
        peak = Math.max(peak, ++inFlight);
        issued++;
        await run.clock.sleepUntil(run.clock.now() + serviceMs, aborted);
        inFlight--;
        aborted.throwIfAborted();
        if (index % 3 === 0) throw new Error("refused");
      });
      const ended = execute(run.context, { workload, model: open(constant(ratePerSec), limits) });
      await run.clock.advance(205);
      run.clock.stall(stallMs);
      await run.clock.advance(300);
      const stopMs = run.clock.now();
      run.stop.abort();
      await run.clock.advance(abortAfterMs);
      run.abort.abort();
      await ended;
      const { ok = 0, dropped = 0, cancelled = 0, ...failed } = run.recorder.outcomes();
      const failures = failed["failed other"] ?? 0;
      assert.equal(run.recorder.samples.length, ok + failures + dropped + cancelled);
      assert.ok(issued <= ok + failures + cancelled);
      assert.ok(peak <= limits.maxInFlight);
      // Everything that was due is accounted for, but for the grain of timers at the end.
      const due = before(constant(ratePerSec), stopMs - 10);
      assert.ok(run.recorder.samples.length >= due, `${run.recorder.samples.length} of ${due}`);
      assert.deepEqual([inFlight, run.clock.sleeperCount], [0, 0]);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("execute refuses numbers out of range", async () => {
  const cases: readonly [LoadModel, string][] = [
    [open(constant(1), { maxInFlight: 0 }), "Cannot use 0 as the most in flight"],
    [open(constant(1), { maxInFlight: 1.5 }), "Cannot use 1.5 as the most in flight"],
    [{ kind: "closed", workers: 0, thinkMs: 0 }, "Cannot use 0 as the number of workers"],
    [{ kind: "closed", workers: 1, thinkMs: -1 }, "Cannot use -1 ms of think time"],
    [{ kind: "closed", workers: Infinity, thinkMs: 0 }, "Cannot use Infinity workers"],
  ];
  for (const [model, message] of cases) {
    await assert.rejects(execute(testRun().context, { workload: instant, model }), (error) => {
      assert.ok(error instanceof RangeError && error.message.startsWith(message));
      return true;
    });
  }
  const none = { workload: instant, model: open(constant(1)), maxIterations: 0 };
  await assert.rejects(execute(testRun().context, none), RangeError);
});
