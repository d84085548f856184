import assert from "node:assert/strict";
import type { LoadContext } from "../../../core/load/executor.ts";
import { partOf, together } from "../../../core/load/parts.ts";
import { createRng } from "../../../core/load/rng.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A load that can be stopped. */
function load() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const context: LoadContext = {
    clock,
    rng: createRng(1),
    recorder: new Recorder({ startMs: 0 }),
    stopping: stop.signal,
    aborted: new AbortController().signal,
  };
  return { clock, stop, context };
}

Deno.test("a part of a load ends at its time, and the load goes on", async () => {
  const { clock, context } = load();
  const part = partOf(context, { name: "writes", endMs: 100 });
  await clock.advance(99);
  assert.equal(part.stopping.aborted, false);
  await clock.advance(1);
  assert.deepEqual([part.stopping.aborted, context.stopping.aborted], [true, false]);
  assert.deepEqual([part.aborted, part.recorder], [context.aborted, context.recorder]);
});

Deno.test("a part ends with its load, and without a time of its own not before", async () => {
  const { clock, stop, context } = load();
  const parts = [partOf(context, { name: "reads" }), partOf(context, { name: "w", endMs: 1e9 })];
  await clock.advance(1e6);
  assert.deepEqual(parts.map(({ stopping }) => stopping.aborted), [false, false]);
  stop.abort();
  await clock.advance(0);
  assert.deepEqual(parts.map(({ stopping }) => stopping.aborted), [true, true]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a part whose time is over, or whose load is stopped, is over from the start", () => {
  const { stop, context } = load();
  assert.equal(partOf(context, { name: "late", endMs: -1 }).stopping.aborted, true);
  assert.equal(partOf(context, { name: "changes", endMs: 0 }).stopping.aborted, true);
  stop.abort();
  assert.equal(partOf(context, { name: "reads" }).stopping.aborted, true);
});

Deno.test("each part has chance of its own, the same in each run", () => {
  const draw = (name: string) => partOf(load().context, { name }).rng.next();
  assert.equal(draw("a"), draw("a"));
  assert.notEqual(draw("a"), draw("b"));
});

Deno.test("the first part that breaks has the others ended, and is thrown once they have", async () => {
  const order: string[] = [];
  const over = Promise.withResolvers<void>();
  const first = new Error("first");
  const parts = [
    over.promise.then(() => {
      order.push("other ended");
      throw new Error("on the way out");
    }),
    Promise.reject(first),
    undefined,
  ];
  const done = together(parts, () => {
    order.push("others are ended");
    over.resolve();
  });
  await assert.rejects(done, first);
  assert.deepEqual(order, ["others are ended", "other ended"]);
});

Deno.test("parts that end by themselves end nobody", async () => {
  await together([Promise.resolve(1), undefined], () => assert.fail("none broke"));
});
