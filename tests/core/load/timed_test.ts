import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { timed } from "../../../core/load/timed.ts";
import { until } from "../../../core/load/until.ts";
import { lines, testRun } from "./harness.ts";

Deno.test("timed() outside an iteration is due when it is made, and gives the call's value", async () => {
  const run = testRun({ startMs: 100 });
  const { clock, context } = run;
  const call = async () => {
    await clock.sleepUntil(130);
    return "value";
  };
  const result = timed(context, call, { op: "attach", tags: { gateway: "a" } });
  await clock.advance(50);
  assert.equal(await result, "value");
  assert.deepEqual(run.recorder.samples, [{
    op: "attach",
    dueMs: 100,
    sentMs: 100,
    doneMs: 130,
    outcome: { kind: "ok" },
    tags: { gateway: "a" },
  }]);
});

Deno.test("timed() says why a call failed, and rethrows what it threw", async () => {
  const run = testRun();
  for (const thrown of [new OperationFailedError("http-503", "busy"), new Error("defect")]) {
    const result = timed(run.context, () => Promise.reject(thrown), { op: "attach" });
    await assert.rejects(result, (error) => error === thrown);
  }
  assert.deepEqual(lines(run), ["attach 0 0 0 http-503", "attach 0 0 0 other"]);
});

Deno.test("timed() counts what the end of the run cut off as cancelled", async () => {
  const run = testRun();
  const { clock, context, stop } = run;
  const wait = until(clock, () => undefined, {
    pollMs: 10,
    timeoutMs: 1_000,
    signal: context.stopping,
  });
  const result = timed(context, () => wait, { op: "attach" });
  const rejected = assert.rejects(result, { message: "over" });
  await clock.advance(25);
  stop.abort(new Error("over"));
  await clock.settle();
  await rejected;
  assert.deepEqual(lines(run), ["attach 0 0 25 cancelled"]);
});

Deno.test("a timed wait that runs out is a failed sample `stalled`, never a missing one", async () => {
  const run = testRun();
  const { clock, context } = run;
  const never = () => until(clock, () => undefined, { pollMs: 100, timeoutMs: 1_000 });
  const rejected = assert.rejects(timed(context, never, { op: "attach" }), { reason: "stalled" });
  await clock.advance(2_000);
  await rejected;
  assert.deepEqual(lines(run), ["attach 0 0 1000 stalled"]);
});

Deno.test("a timed wait that had to hold is over when the value came, not when it had held", async () => {
  const run = testRun();
  const { clock, context } = run;
  const result = timed(context, (onSettled) =>
    until(clock, () => clock.now() >= 300 || undefined, {
      pollMs: 100,
      timeoutMs: 1_000,
      holdMs: 500,
      onSettled,
    }), { op: "attach" });
  await clock.advance(2_000);
  assert.equal(await result, true);
  assert.deepEqual(lines(run), ["attach 0 0 300 ok"]);
});
