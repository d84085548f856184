import assert from "node:assert/strict";
import { constant, replay } from "../../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../../core/load/executor.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import { OperationFailedError } from "../../../core/errors.ts";
import { calling, lines, open, type TestRun, testRun } from "./harness.ts";

type Options = Partial<Extract<LoadModel, { kind: "open" }>>;

/** Executes `iterate` at each of the due times, and gives the run with the end to wait for. */
function start(
  iterate: (iteration: Iteration, run: TestRun) => Promise<void>,
  options: Options & { dueMs?: number[] } = {},
): TestRun & { ended: Promise<void> } {
  const run = testRun();
  const { dueMs = [0], ...limits } = options;
  const workload: Workload = {
    name: "test",
    firstOp: "create",
    iterate: (iteration) => iterate(iteration, run),
  };
  const model: LoadModel = {
    kind: "open",
    arrivals: replay(dueMs),
    maxInFlight: 1,
    whenFull: "queue",
    catchUp: "burst",
    ...limits,
  };
  return Object.assign(run, { ended: execute(run.context, { workload, model }) });
}

Deno.test("timed() gives the call's value, and records it with the iteration's due time and tags", async () => {
  let value = 0;
  const run = start(async (iteration, { clock }) => {
    value = await iteration.timed(async () => {
      await clock.sleepUntil(107);
      return 42;
    }, { op: "create", tags: { kind: "a" } });
  }, { dueMs: [100] });
  await run.clock.advance(200);
  await run.ended;
  assert.equal(value, 42);
  assert.deepEqual(run.recorder.samples, [{
    op: "create",
    dueMs: 100,
    sentMs: 100,
    doneMs: 107,
    outcome: { kind: "ok" },
    tags: { kind: "a" },
  }]);
});

Deno.test("a later call is due when it is made, unless the workload says when", async () => {
  const run = start(async (iteration, { clock }) => {
    await iteration.timed(() => clock.sleepUntil(10), { op: "create" });
    await clock.sleepUntil(50);
    await iteration.timed(() => clock.sleepUntil(60), { op: "update" });
    await iteration.timed(() => clock.sleepUntil(70), { op: "delete", dueMs: 55 });
  });
  await run.clock.advance(100);
  await run.ended;
  assert.deepEqual(lines(run), ["create 0 0 10 ok", "update 50 50 60 ok", "delete 55 60 70 ok"]);
});

Deno.test("timed() rethrows what the call threw, records why, and the run goes on", async () => {
  const errors = [new OperationFailedError("http-429", "too many requests"), "text", undefined];
  const seen: unknown[] = [];
  const run = start(async (iteration) => {
    try {
      await iteration.timed(() => Promise.reject(errors[iteration.index]), { op: "create" });
    } catch (thrown) {
      seen.push(thrown);
      throw new Error("Cannot go on", { cause: thrown });
    }
  }, { dueMs: [0, 1, 2] });
  await run.clock.advance(10);
  await run.ended;
  assert.deepEqual(seen, errors);
  assert.deepEqual(lines(run).slice(0, 2), ["create 0 0 0 http-429", "create 1 1 1 other"]);
});

Deno.test("a call that throws before it returns a promise is a failed operation", async () => {
  const run = start(async (iteration) => {
    await iteration.timed(() => {
      throw new TypeError("Invalid URL");
    }, { op: "create" });
  });
  await run.clock.advance(1);
  await run.ended;
  assert.deepEqual(lines(run), ["create 0 0 0 other"]);
});

Deno.test("an OperationFailedError outside timed() counts as a failure of the first operation", async () => {
  const run = start(async (_iteration, { clock }) => {
    await clock.sleepUntil(5);
    throw new OperationFailedError("dns", "no such host");
  });
  await run.clock.advance(10);
  await run.ended;
  assert.deepEqual(lines(run), ["create 0 5 5 dns"]);
});

Deno.test("when full, drop: a first call is dropped, a later call queues, and nothing follows a drop", async () => {
  let calls = 0;
  const run = start(async (iteration, { clock }) => {
    const call = () => {
      calls++;
      return clock.sleepUntil(clock.now() + 100);
    };
    // Even a workload that shrugs off errors sends nothing after its dropped first call.
    await iteration.timed(call, { op: "create" }).catch(() => {});
    await clock.sleepUntil(iteration.dueMs + 150);
    await iteration.timed(call, { op: "delete" });
  }, { dueMs: [0, 50, 120], whenFull: "drop" });
  await run.clock.advance(1_000);
  await run.ended;
  assert.deepEqual(lines(run), [
    "create 50 50 50 dropped",
    "create 0 0 100 ok",
    "create 120 120 220 ok",
    "delete 150 220 320 ok",
    "delete 270 320 420 ok",
  ]);
  assert.equal(calls, 4);
});

Deno.test("when full, a later call waits its turn behind first calls, and its wait is response time", async () => {
  const run = start(async (iteration, { clock }) => {
    const call = () => clock.sleepUntil(clock.now() + 100);
    await iteration.timed(call, { op: "create" });
    await iteration.timed(call, { op: "delete" });
  }, { dueMs: [0, 50], whenFull: "queue" });
  await run.clock.advance(1_000);
  await run.ended;
  assert.deepEqual(lines(run), [
    "create 0 0 100 ok",
    "create 50 100 200 ok",
    "delete 100 200 300 ok",
    "delete 200 300 400 ok",
  ]);
});

Deno.test("stopping cancels first calls that wait, and lets later calls and those in flight end", async () => {
  const run = start(async (iteration, { clock }) => {
    const call = () => clock.sleepUntil(clock.now() + 100);
    await iteration.timed(call, { op: "create" });
    await iteration.timed(call, { op: "delete" });
  }, { dueMs: [0, 10, 20] });
  await run.clock.advance(150);
  run.stop.abort();
  await run.clock.advance(1_000);
  await run.ended;
  assert.deepEqual(lines(run), [
    "create 0 0 100 ok",
    "create 20 150 150 cancelled",
    "create 10 100 200 ok",
    "delete 100 200 300 ok",
    "delete 200 300 400 ok",
  ]);
});

Deno.test("aborting cancels what waits and what is in flight", async () => {
  const run = start(async (iteration, { clock }) => {
    const call = async () => {
      await clock.sleepUntil(clock.now() + 100, iteration.aborted);
      if (iteration.aborted.aborted) throw new Error("connection closed under the call");
    };
    await iteration.timed(call, { op: "create" });
    await iteration.timed(call, { op: "delete" });
  }, { dueMs: [0, 10] });
  // At 150 the delete of the first waits for the create of the second.
  await run.clock.advance(150);
  run.stop.abort();
  run.abort.abort();
  await run.clock.advance(0);
  await run.ended;
  assert.deepEqual(lines(run).toSorted(), [
    "create 0 0 100 ok",
    "create 10 100 150 cancelled",
    "delete 100 150 150 cancelled",
  ]);
  assert.equal(run.clock.sleeperCount, 0);
});

const afterStopping: readonly [string, (run: TestRun) => unknown, string][] = [
  ["the signal's reason", ({ stop }) => stop.signal.reason, "cancelled"],
  [
    "an AbortError",
    () => new DOMException("The signal has been aborted", "AbortError"),
    "cancelled",
  ],
  ["any other error", () => new OperationFailedError("timeout", "no answer in 5 s"), "timeout"],
];

for (const [name, error, outcome] of afterStopping) {
  Deno.test(`a call in flight at stopping that throws ${name} is ${outcome}`, async () => {
    const run = start(async (iteration, run) => {
      await iteration.timed(async () => {
        await run.clock.sleepUntil(100);
        throw error(run);
      }, { op: "create" });
    });
    await run.clock.advance(50);
    run.stop.abort("duration over");
    await run.clock.advance(50);
    await run.ended;
    assert.deepEqual(lines(run), [`create 0 0 100 ${outcome}`]);
  });
}

Deno.test("an AbortError while the run goes on is a failure and no cancellation", async () => {
  const run = start(async (iteration) => {
    const call = () => Promise.reject(new DOMException("own time limit", "AbortError"));
    await iteration.timed(call, { op: "create" });
  });
  await run.clock.advance(1);
  await run.ended;
  assert.deepEqual(lines(run), ["create 0 0 0 other"]);
});

Deno.test("an iteration that gives up between its calls because the run stopped is no defect", async () => {
  const run = start(async (iteration, { clock }) => {
    await clock.sleepUntil(1_000, iteration.stopping);
    iteration.stopping.throwIfAborted();
  });
  await run.clock.advance(50);
  run.stop.abort();
  await run.ended;
  assert.deepEqual(lines(run), []);
});

Deno.test("calls that nobody awaits are waited for, and their rejections bring nothing down", async () => {
  const run = start((iteration, { clock }) => {
    const call = async (ms: number) => {
      await clock.sleepUntil(ms);
      throw new Error("refused");
    };
    iteration.timed(() => call(10), { op: "create" });
    iteration.timed(() => call(30), { op: "update" });
    return Promise.resolve();
  }, { maxInFlight: 2 });
  let isOver = false;
  run.ended.then(() => isOver = true);
  await run.clock.advance(29);
  assert.equal(isOver, false);
  await run.clock.advance(1);
  await run.ended;
  assert.deepEqual(lines(run), ["create 0 0 10 other", "update 0 0 30 other"]);
});

Deno.test("a worker starts its next iteration only when the calls of the last one have settled", async () => {
  const run = testRun();
  const { clock, stop, context } = run;
  const workload: Workload = {
    name: "hasty",
    firstOp: "a",
    iterate: async (iteration) => {
      const until = (ms: number) => () => clock.sleepUntil(iteration.dueMs + ms);
      const failing = iteration.timed(() => Promise.reject(new Error("refused")), { op: "a" });
      await Promise.all([failing, iteration.timed(until(40), { op: "b" })]);
    },
  };
  const model = { kind: "closed", workers: 1, thinkMs: 0 } as const;
  const ended = execute(context, { workload, model });
  await clock.advance(60);
  stop.abort();
  await clock.advance(100);
  await ended;
  assert.deepEqual(lines(run), [
    "a 0 0 0 other",
    "b 0 0 40 ok",
    "a 40 40 40 other",
    "b 40 40 80 ok",
  ]);
});

Deno.test("the inFlight gauge reads what is outstanding at wake-ups and at ends", async () => {
  const run = testRun();
  const { clock, stop, context } = run;
  const workload = calling(() => clock.sleepUntil(clock.now() + 25));
  const ended = execute(context, { workload, model: open(constant(100)) });
  await clock.advance(1_000);
  stop.abort();
  await clock.advance(100);
  await ended;
  const gauge = run.totals().gauge("inFlight");
  // Little's law: 100/s for 25 ms each is 2 to 3 at a time.
  assert.deepEqual([gauge?.min, gauge?.max, gauge?.last], [1, 3, 1]);
});
