import assert from "node:assert/strict";
import fc from "fast-check";
import { Fifo } from "../../../core/h2/fifo.ts";

Deno.test("it gives what an array would", () => {
  const step = fc.oneof(fc.constant("shift" as const), fc.constant("drain" as const), fc.nat());
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const fifo = new Fifo<number>();
    let items: number[] = [];
    for (const step of steps) {
      if (step === "shift") assert.equal(fifo.shift(), items.shift());
      else if (step === "drain") {
        assert.deepEqual(fifo.drain(), items);
        items = [];
      } else {
        fifo.push(step);
        items.push(step);
      }
      assert.deepEqual([...fifo], items);
      assert.equal(fifo.isEmpty, items.length === 0);
    }
  }));
});

Deno.test("a hundred thousand go through without the start growing", () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 100_000; item++) fifo.push(item);
  for (let item = 0; item < 100_000; item++) assert.equal(fifo.shift(), item);
  assert.equal(fifo.shift(), undefined);
});
