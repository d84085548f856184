import assert from "node:assert/strict";
import { Deadline, TimeLimitError, withinTime } from "../../../core/load/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("a Deadline calls back once, when its time is over", async () => {
  const clock = new FakeClock();
  const overMs: number[] = [];
  using _deadline = new Deadline(clock, { limitMs: 100, onOver: () => overMs.push(clock.now()) });
  await clock.advance(99);
  assert.deepEqual(overMs, []);
  await clock.advance(1_000);
  assert.deepEqual(overMs, [100]);
});

Deno.test("a Deadline that is disposed of never calls back, and leaves no sleeper", async () => {
  const clock = new FakeClock();
  let calls = 0;
  new Deadline(clock, { limitMs: 100, onOver: () => calls++ })[Symbol.dispose]();
  await clock.advance(1_000);
  assert.equal(calls, 0);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("withinTime() gives the work's result, and what it throws", async () => {
  const clock = new FakeClock();
  assert.equal(await withinTime(clock, () => Promise.resolve(7), { limitMs: 100 }), 7);
  const failing = withinTime(clock, () => Promise.reject(new RangeError("no")), { limitMs: 100 });
  await assert.rejects(failing, RangeError);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("withinTime() gives up work that heeds no signal, and tells it", async () => {
  const clock = new FakeClock();
  let signal: AbortSignal | undefined;
  const result = withinTime(clock, (given) => {
    signal = given;
    return new Promise<never>(() => {});
  }, { limitMs: 1_500 });
  const rejected = assert.rejects(result, (error) => {
    assert.ok(error instanceof TimeLimitError);
    assert.equal(error.message, "no answer in 1.5s");
    assert.equal(signal?.reason, error);
    return true;
  });
  await clock.advance(1_500);
  await rejected;
});

Deno.test("withinTime() throws what its caller calls late", async () => {
  const clock = new FakeClock();
  const late = () => new SyntaxError("mine");
  const result = withinTime(clock, () => new Promise<never>(() => {}), { limitMs: 10, late });
  const rejected = assert.rejects(result, SyntaxError);
  await clock.advance(10);
  await rejected;
});

Deno.test("withinTime() ends with the caller's signal and its reason, also if that came first", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const options = { limitMs: Infinity, signal: stop.signal };
  const result = withinTime(clock, () => new Promise<never>(() => {}), options);
  stop.abort("stopped");
  await assert.rejects(result, (reason) => reason === "stopped");
  let isBegun = false;
  const next = withinTime(clock, () => Promise.resolve(isBegun = true), options);
  await assert.rejects(next, (reason) => reason === "stopped");
  assert.equal(isBegun, false);
  await clock.settle();
  assert.equal(clock.sleeperCount, 0);
});
