import assert from "node:assert/strict";
import { Slots } from "../../../../sandbox/maas/model/slots.ts";

Deno.test("whoever comes first has the next slot, and beyond the queue nobody waits", async () => {
  const slots = new Slots();
  const limits = { slots: 1, queue: 2 };
  const order: string[] = [];
  const take = (name: string) => slots.take(limits)?.then(() => order.push(name));
  const first = take("first");
  const [second, third] = [take("second"), take("third")];
  assert.equal(take("fourth"), undefined);
  assert.deepEqual([slots.running, slots.waiting], [1, 2]);
  await first;
  slots.release();
  await second;
  slots.release();
  await third;
  assert.deepEqual(order, ["first", "second", "third"]);
  slots.release();
  assert.deepEqual([slots.running, slots.waiting], [0, 0]);
});

Deno.test("more slots than before serve those who wait, too", async () => {
  const slots = new Slots();
  await slots.take({ slots: 1, queue: 5 });
  const waiting = [1, 2].map(() => slots.take({ slots: 1, queue: 5 }));
  await slots.take({ slots: 4, queue: 5 });
  slots.release();
  await Promise.all(waiting);
  assert.deepEqual([slots.running, slots.waiting], [3, 0]);
});
