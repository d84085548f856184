import assert from "node:assert/strict";
import { burst, constant, replay } from "../../../core/load/arrival.ts";
import { execute } from "../../../core/load/executor.ts";
import type { Workload } from "../../../core/load/workload.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { calling, instant, open, testRun } from "./harness.ts";

Deno.test("stopping ends the arrivals, and execute waits for what is in flight", async () => {
  const run = testRun();
  const slow = calling(() => run.clock.sleepUntil(run.clock.now() + 500));
  let isOver = false;
  const ended = execute(run.context, { workload: slow, model: open(constant(10)) })
    .then(() => isOver = true);
  await run.clock.advance(250);
  run.stop.abort();
  await run.clock.advance(449);
  assert.equal(isOver, false);
  await run.clock.advance(1);
  await ended;
  assert.deepEqual(run.recorder.outcomes(), { ok: 3 });
});

Deno.test("nothing is started when the run has stopped before", async () => {
  for (const model of [open(constant(10)), { kind: "closed", workers: 2, thinkMs: 0 } as const]) {
    const run = testRun();
    run.stop.abort();
    await execute(run.context, { workload: instant, model });
    assert.equal(run.recorder.samples.length, 0);
  }
});

Deno.test("a schedule that ends and maxIterations both end the execution", async () => {
  const cases = [
    { model: open(burst({ size: 4, everyMs: 100 })), maxIterations: 6, count: 6 },
    { model: open(replay([1, 2, 3])), maxIterations: 6, count: 3 },
    { model: { kind: "closed", workers: 4, thinkMs: 10 } as const, maxIterations: 6, count: 6 },
  ];
  for (const { model, maxIterations, count } of cases) {
    const run = testRun();
    const indexes: number[] = [];
    const workload = calling(({ index }) => Promise.resolve(indexes.push(index)));
    const ended = execute(run.context, { workload, model, maxIterations });
    await run.clock.advance(1_000);
    await ended;
    assert.deepEqual(indexes, Array.from({ length: count }, (_, k) => k));
    assert.deepEqual(run.recorder.outcomes(), { ok: count });
  }
});

Deno.test("arrivals beyond maxIterations are not dropped, however late the generator is", async () => {
  const run = testRun();
  const model = open(constant(10), { catchUp: "none" });
  const ended = execute(run.context, { workload: instant, model, maxIterations: 3 });
  run.clock.stall(1_000);
  await run.clock.advance(1_000);
  await ended;
  assert.deepEqual(run.recorder.outcomes(), { ok: 3 });
});

Deno.test("what is due together with the arrival that stops the run is counted as dropped", async () => {
  const run = testRun();
  const workload = calling(({ index }) => {
    if (index === 1) run.stop.abort();
    return Promise.resolve();
  });
  const model = open(burst({ size: 4, everyMs: 100 }));
  await execute(run.context, { workload, model });
  assert.deepEqual(run.recorder.outcomes(), { ok: 2, dropped: 2 });
});

Deno.test("a defect of the workload stops the arrivals and rejects after the others have ended", async () => {
  for (const defect of [new TypeError("undefined is not an object"), new CannotRunError("gone")]) {
    const run = testRun();
    const workload: Workload = {
      name: "defective",
      firstOp: "call",
      iterate: async (iteration) => {
        if (iteration.index === 2) throw defect;
        await iteration.timed(() => run.clock.sleepUntil(iteration.dueMs + 500), { op: "call" });
      },
    };
    let isOver = false;
    const ended = execute(run.context, { workload, model: open(constant(10)) })
      .finally(() => isOver = true);
    const rejected = assert.rejects(ended, defect);
    await run.clock.advance(599);
    assert.equal(isOver, false);
    await run.clock.advance(1);
    await rejected;
    assert.deepEqual(run.recorder.outcomes(), { ok: 2 });
  }
});

Deno.test("a workload that throws before its first await is a defect too, in both models", async () => {
  for (const model of [open(constant(10)), { kind: "closed", workers: 2, thinkMs: 0 } as const]) {
    const run = testRun();
    const workload: Workload = {
      name: "defective",
      firstOp: "call",
      iterate: () => {
        throw new RangeError("no such block");
      },
    };
    await assert.rejects(execute(run.context, { workload, model }), RangeError);
  }
});

Deno.test("an error of the schedule itself rejects after what is in flight", async () => {
  const run = testRun();
  const arrivals = {
    ...constant(10),
    *offsets() {
      yield 0;
      yield 100;
      throw new RangeError("offsets lost");
    },
  };
  const slow = calling(() => run.clock.sleepUntil(1_000));
  const rejected = assert.rejects(
    execute(run.context, { workload: slow, model: open(arrivals) }),
    /offsets lost/,
  );
  await run.clock.advance(1_000);
  await rejected;
  // The arrival at 100 is lost with it: the one after is looked up before anything starts.
  assert.deepEqual(run.recorder.outcomes(), { ok: 1 });
});
