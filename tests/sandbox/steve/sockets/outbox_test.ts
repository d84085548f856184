import assert from "node:assert/strict";
import { FixedDelayQueue } from "../../../../sandbox/steve/sockets/fixed_delay_queue.ts";
import { Outbox } from "../../../../sandbox/steve/sockets/outbox.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** A socket that takes what fits into its buffer, and an outbox of two places in front of it. */
function boxOf({ socketBufferBytes }: { socketBufferBytes: number }) {
  const sent: string[] = [];
  const socket = {
    readyState: WebSocket.OPEN,
    bufferedAmount: 0,
    send(text: string) {
      sent.push(text);
      socket.bufferedAmount += text.length;
    },
  };
  const clock = new FakeClock();
  const ended = new AbortController().signal;
  const behind = new FixedDelayQueue<Outbox>(
    { clock, delayMs: 5, ended },
    (outbox) => outbox.drain(),
  );
  const account = { sent: 0 };
  const onSent = () => void account.sent++;
  const options = { behind, queueMessages: 2, socketBufferBytes, onSent };
  const outbox = new Outbox(socket as unknown as WebSocket, options);
  return { outbox, socket, sent, account, clock };
}

Deno.test("what the socket takes is sent at once", () => {
  const { outbox, sent, account } = boxOf({ socketBufferBytes: 10 });
  assert.deepEqual(["a", "b", "c"].map((text) => outbox.offer(text)), [true, true, true]);
  assert.deepEqual(sent, ["a", "b", "c"]);
  assert.equal(account.sent, 3);
});

Deno.test("what it does not take waits, until all places are taken", () => {
  const { outbox, sent } = boxOf({ socketBufferBytes: 1 });
  assert.deepEqual(["a", "b", "c", "d"].map((text) => outbox.offer(text)), [
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(sent, ["a"]);
});

Deno.test("what waits is sent in order once the socket takes more", async () => {
  const { outbox, socket, sent, clock } = boxOf({ socketBufferBytes: 1 });
  for (const text of ["a", "b", "c"]) outbox.offer(text);
  await clock.advance(20);
  assert.deepEqual(sent, ["a"]);
  socket.bufferedAmount = 0;
  await clock.advance(5);
  assert.deepEqual(sent, ["a", "b"]);
  outbox.offer("d");
  socket.bufferedAmount = -10;
  await clock.advance(5);
  assert.deepEqual(sent, ["a", "b", "c", "d"]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a start or stop needs no place", () => {
  const { outbox, sent } = boxOf({ socketBufferBytes: 0 });
  for (const text of ["a", "b"]) outbox.offer(text);
  outbox.put("stop");
  assert.equal(outbox.offer("c"), false);
  assert.deepEqual(sent, []);
});

Deno.test("of a closed socket nothing is kept", async () => {
  const { outbox, socket, sent, clock } = boxOf({ socketBufferBytes: 0 });
  outbox.offer("a");
  socket.readyState = WebSocket.CLOSED as typeof socket.readyState;
  await clock.advance(5);
  assert.equal(outbox.offer("b"), true);
  assert.deepEqual(sent, []);
  assert.equal(clock.sleeperCount, 0);
});
