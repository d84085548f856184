import assert from "node:assert/strict";
import { ConnectQueue } from "../../../../watchers/steve/fleet/connect_queue.ts";

function fill(queue: ConnectQueue<number>, count: number): void {
  for (let item = 0; item < count; item++) queue.add(item, item);
}

Deno.test("so many per second come out, first come first served, with when they wanted to", () => {
  const queue = new ConnectQueue<number>(50, 0);
  fill(queue, 30);
  assert.deepEqual(queue.take(0), []);
  assert.deepEqual(queue.take(20), [{ item: 0, dueMs: 0 }]);
  assert.deepEqual(queue.take(30), []);
  const taken = Array.from({ length: 20 }, (_, turn) => queue.take(120 + turn * 20)).flat();
  assert.equal(taken.length, 5 + 19);
  assert.deepEqual(taken.map(({ item }) => item), Array.from({ length: 24 }, (_, i) => i + 1));
});

Deno.test("an idle time is not made up for with a burst", () => {
  const queue = new ConnectQueue<number>(100, 0);
  fill(queue, 1_000);
  assert.equal(queue.take(60_000).length, 20);
});

Deno.test("less than one in a fifth of a second comes out all the same", () => {
  const queue = new ConnectQueue<number>(0.5, 0);
  fill(queue, 3);
  const counts = [1_000, 2_000, 2_100, 4_000, 6_000].map((ms) => queue.take(ms).length);
  assert.deepEqual(counts, [0, 1, 0, 1, 1]);
});
