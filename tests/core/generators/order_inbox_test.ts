import assert from "node:assert/strict";
import type { Order } from "../../../core/generators/order.ts";
import { OrderInbox } from "../../../core/generators/order_inbox.ts";

function order(number: number): Order {
  return { order: number, what: { type: "begin", atMs: number } };
}

Deno.test("orders come once and in order, those from before anybody listened first", () => {
  const inbox = new OrderInbox();
  inbox.receive(order(1));
  const seen: number[] = [];
  const leave = inbox.subscribe((one) => seen.push(one.order));
  for (const number of [1, 2, 2, 1, 3]) inbox.receive(order(number));
  leave();
  inbox.receive(order(4));
  assert.deepEqual(seen, [1, 2, 3]);
});
