import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../../../core/h2/byte_queue.ts";

const step = fc.oneof(
  fc.record({ append: fc.uint8Array({ maxLength: 3_000 }) }),
  fc.record({ move: fc.integer({ min: 0, max: 4_000 }) }),
);

Deno.test("bytes come out in the order in which they went in", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const queue = new ByteQueue();
    const model: number[] = [];
    for (const step of steps) {
      if ("append" in step) {
        const at = queue.append(step.append.length);
        queue.bytes.set(step.append, at);
        model.push(...step.append);
      } else {
        const target = new Uint8Array(step.move + 1);
        const count = queue.moveInto(target, 1);
        assert.equal(count, Math.min(step.move, model.length));
        assert.deepEqual([...target.subarray(1, 1 + count)], model.splice(0, count));
      }
      assert.equal(queue.length, model.length);
    }
  }));
});

Deno.test("memory of a burst is given back", () => {
  const queue = new ByteQueue();
  queue.append(1_000_000);
  queue.moveInto(new Uint8Array(1_000_000), 0);
  assert.ok(queue.bytes.length <= 65_536);
});
