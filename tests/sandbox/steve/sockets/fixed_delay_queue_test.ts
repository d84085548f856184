import assert from "node:assert/strict";
import { FixedDelayQueue } from "../../../../sandbox/steve/sockets/fixed_delay_queue.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

function queueOn(clock: FakeClock) {
  const seen: string[] = [];
  const ending = new AbortController();
  const queue = new FixedDelayQueue<string>(
    { clock, delayMs: 10, ended: ending.signal },
    (item) => seen.push(`${item}@${clock.now()}`),
  );
  return { queue, seen, ending };
}

Deno.test("each item is due after the delay, in the order of coming", async () => {
  const clock = new FakeClock();
  const { queue, seen } = queueOn(clock);
  queue.add("a");
  await clock.advance(4);
  queue.add("b");
  queue.add("c");
  await clock.advance(6);
  assert.deepEqual(seen, ["a@10"]);
  await clock.advance(100);
  assert.deepEqual(seen, ["a@10", "b@14", "c@14"]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("an empty queue that gets an item again waits again", async () => {
  const clock = new FakeClock();
  const { queue, seen } = queueOn(clock);
  queue.add("a");
  await clock.advance(50);
  queue.add("b");
  await clock.advance(10);
  assert.deepEqual(seen, ["a@10", "b@60"]);
});

Deno.test("after the end nothing is due any more", async () => {
  const clock = new FakeClock();
  const { queue, seen, ending } = queueOn(clock);
  queue.add("a");
  ending.abort();
  await clock.advance(50);
  assert.deepEqual(seen, []);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("more than one batch at once all get their turn", async () => {
  const clock = new FakeClock();
  const { queue, seen } = queueOn(clock);
  for (let index = 0; index < 10_000; index++) queue.add(String(index));
  await clock.advance(10);
  // Between two batches the event loop gets a turn; advancing by nothing gives it more of them.
  for (let turn = 0; turn < 100; turn++) await clock.advance(0);
  assert.equal(seen.length, 10_000);
  assert.equal(seen.at(-1), "9999@10");
});
