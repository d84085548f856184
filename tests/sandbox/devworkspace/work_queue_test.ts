import assert from "node:assert/strict";
import { WorkQueue } from "../../../sandbox/devworkspace/work_queue.ts";
import { FakeClock } from "../../support/fake_clock.ts";

interface Looked {
  readonly clock: FakeClock;
  readonly queue: WorkQueue;
  readonly ending: AbortController;
  /** Begun and ended, in order. */
  readonly log: string[];
}

function looking(
  { concurrency = 2, fails = [] }: { concurrency?: number; fails?: string[] } = {},
): Looked {
  const clock = new FakeClock();
  const ending = new AbortController();
  const log: string[] = [];
  const queue = new WorkQueue({
    clock,
    concurrency,
    signal: ending.signal,
    onError: (key, message) => log.push(`${key}: ${message}`),
    async work(key) {
      log.push(`+${key}`);
      await clock.sleepUntil(clock.now() + 10);
      if (fails.shift() === key) throw new Error("not yet");
      log.push(`-${key}`);
    },
  });
  return { clock, queue, ending, log };
}

Deno.test("as many are looked at at once as allowed, in the order in which they came", async () => {
  const { clock, queue, log } = looking();
  for (const key of ["a", "b", "c", "a"]) queue.add(key);
  await clock.advance(5);
  assert.deepEqual(log, ["+a", "+b"], "c waits, and a is not looked at twice at once");
  await clock.advance(30);
  assert.deepEqual(log.filter((line) => line.startsWith("-")), ["-a", "-b", "-c", "-a"]);
});

Deno.test("what changes while it waits is looked at once, while it is looked at once more", async () => {
  const { clock, queue, log } = looking({ concurrency: 1 });
  for (const key of ["a", "b", "b", "b"]) queue.add(key);
  await clock.advance(15);
  queue.add("b");
  queue.add("b");
  await clock.advance(100);
  assert.deepEqual(log, ["+a", "-a", "+b", "-b", "+b", "-b"]);
});

Deno.test("what fails is told and tried again, and what is for later comes once", async () => {
  const { clock, queue, log } = looking({ fails: ["a"] });
  queue.add("a");
  await clock.advance(500);
  assert.deepEqual(log, ["+a", "a: not yet"]);
  await clock.advance(1_000);
  assert.deepEqual(log.slice(2), ["+a", "-a"]);
  queue.addAfter("b", 1_000);
  queue.addAfter("b", 2_000);
  queue.addAfter("c", 1_000);
  queue.forgetLater("c");
  await clock.advance(5_000);
  assert.deepEqual(log.slice(4), ["+b", "-b"]);
});

Deno.test("at its end nothing follows, and nothing waits", async () => {
  const { clock, queue, ending, log } = looking({ concurrency: 1 });
  queue.addAfter("later", 1_000);
  queue.add("a");
  queue.add("b");
  ending.abort();
  queue.add("c");
  await clock.advance(5_000);
  assert.deepEqual([log, clock.sleeperCount], [["+a", "-a"], 0]);
});
