import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { Permits } from "../../../core/load/permits.ts";

const { signal: never } = new AbortController();

Deno.test("Permits.take resolves waiters in the order in which they came", async () => {
  const permits = new Permits(1);
  const order: number[] = [];
  assert.equal(permits.tryTake(), true);
  assert.equal(permits.tryTake(), false);
  for (const k of [1, 2, 3]) permits.take(never).then(() => order.push(k));
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    permits.release();
    await setImmediate();
    assert.deepEqual(order, expected);
    assert.equal(permits.taken, 1);
  }
  permits.release();
  assert.equal(permits.taken, 0);
});

Deno.test("Permits.take gives up without a permit when its signal aborts, and keeps the others' order", async () => {
  const permits = new Permits(1);
  const controller = new AbortController();
  const results: string[] = [];
  permits.tryTake();
  for (const [name, signal] of [["a", controller.signal], ["b", never], ["c", controller.signal]]) {
    permits.take(signal as AbortSignal).then((taken) => results.push(`${name} ${taken}`));
  }
  permits.take(AbortSignal.abort()).then((taken) => results.push(`d ${taken}`));
  controller.abort();
  await setImmediate();
  assert.deepEqual(results.toSorted(), ["a false", "c false", "d false"]);
  permits.release();
  await setImmediate();
  assert.equal(results.at(-1), "b true");
  permits.release();
  assert.equal(permits.taken, 0);
});

Deno.test("Permits never has more out than the limit, and loses none, whatever the order of events", async () => {
  const event = fc.constantFrom("take", "try", "release", "abort", "turn");
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(event), async (limit, events) => {
      const permits = new Permits(limit);
      let controller = new AbortController();
      let held = 0;
      let waiting = 0;
      for (const kind of events) {
        if (kind === "try" && permits.tryTake()) held++;
        else if (kind === "take") {
          waiting++;
          permits.take(controller.signal).then((taken) => {
            waiting--;
            if (taken) held++;
          });
        } else if (kind === "release" && held > 0) {
          held--;
          permits.release();
        } else if (kind === "abort") {
          controller.abort();
          controller = new AbortController();
        }
        assert.ok(permits.taken <= limit && held <= limit);
        if (kind === "turn") {
          await setImmediate();
          assert.equal(permits.taken, held);
          // Nobody waits while a permit is free.
          assert.ok(waiting === 0 || held === limit);
        }
      }
      await setImmediate();
      for (; held > 0; await setImmediate()) {
        held--;
        permits.release();
      }
      assert.deepEqual([permits.taken, waiting], [0, 0]);
    }),
  );
});
