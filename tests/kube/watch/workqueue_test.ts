import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { WorkQueue } from "../../../kube/watch/workqueue.ts";

/** What a promise has become after the event loop turned; "pending" if nothing. */
async function stateOf<T>(promise: Promise<T>): Promise<T | "pending"> {
  return await Promise.race([promise, setImmediate("pending" as const)]);
}

Deno.test("WorkQueue is fair: items come out in the order in which they were added", async () => {
  const queue = new WorkQueue<string>();
  for (const item of ["b", "a", "c"]) queue.add(item);
  assert.equal(queue.length, 3);
  assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ["b", "a", "c"]);
  assert.equal(queue.length, 0);
});

Deno.test("WorkQueue is stingy: an item that is added while it waits keeps its place and waits once", async () => {
  const queue = new WorkQueue<string>();
  for (const item of ["a", "b", "a", "b", "a"]) queue.add(item);
  assert.equal(queue.length, 2);
  assert.deepEqual([await queue.get(), await queue.get()], ["a", "b"]);
  assert.equal(await stateOf(queue.get()), "pending");
});

Deno.test("WorkQueue hands an item that is added while it is processed out again only when it is done", async () => {
  const queue = new WorkQueue<string>();
  queue.add("a");
  assert.equal(await queue.get(), "a");
  queue.add("a");
  queue.add("a");
  queue.add("b");
  assert.equal(queue.length, 1);
  const [second, third] = [queue.get(), queue.get()];
  assert.deepEqual([await stateOf(second), await stateOf(third)], ["b", "pending"]);
  queue.done("a");
  assert.equal(await stateOf(third), "a");
  queue.done("a");
  assert.equal(await stateOf(queue.get()), "pending");
});

Deno.test("WorkQueue puts an item that was added while it was processed behind those that wait", async () => {
  const queue = new WorkQueue<string>();
  queue.add("a");
  await queue.get();
  for (const item of ["a", "b", "c"]) queue.add(item);
  queue.done("a");
  assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ["b", "c", "a"]);
});

Deno.test("WorkQueue serves waiting consumers in the order in which they came", async () => {
  const queue = new WorkQueue<number>();
  const served: string[] = [];
  for (const name of ["x", "y", "z"]) queue.get().then((item) => served.push(`${name}${item}`));
  for (const item of [1, 2, 3]) queue.add(item);
  assert.equal(queue.length, 0);
  await setImmediate();
  assert.deepEqual(served, ["x1", "y2", "z3"]);
});

Deno.test("WorkQueue can hold undefined and null like any other item", async () => {
  const queue = new WorkQueue<undefined | null>();
  queue.add(undefined);
  queue.add(null);
  assert.equal(queue.length, 2);
  assert.deepEqual([await queue.get(), await queue.get()], [undefined, null]);
  queue.done(undefined);
  queue.done(null);
});

Deno.test("WorkQueue.done refuses an item that is not processed, and does not let it wait twice", async () => {
  const queue = new WorkQueue<string>();
  queue.add("a");
  const message = "Cannot mark a as done: expected an item that get() handed out before";
  assert.throws(() => queue.done("a"), { name: "RangeError", message });
  assert.equal(queue.length, 1);
  assert.equal(await queue.get(), "a");
  queue.done("a");
  assert.throws(() => queue.done("a"), { name: "RangeError", message });
});

Deno.test("WorkQueue.shutDown accepts nothing more, lets get() drain what waits, then gives undefined", async () => {
  const queue = new WorkQueue<string>();
  queue.add("a");
  queue.add("b");
  queue.shutDown();
  queue.add("c");
  assert.equal(queue.length, 2);
  assert.deepEqual([await queue.get(), await queue.get()], ["a", "b"]);
  assert.equal(await queue.get(), undefined);
  assert.equal(await queue.get(), undefined);
});

Deno.test("WorkQueue.shutDown wakes every waiting consumer with undefined", async () => {
  const queue = new WorkQueue<string>();
  const waiting = [queue.get(), queue.get(), queue.get()];
  queue.shutDown();
  queue.shutDown();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined, undefined]);
});

Deno.test("WorkQueue.shutDown still hands out what was added before it while it was processed", async () => {
  const queue = new WorkQueue<string>();
  queue.add("a");
  await queue.get();
  queue.add("a");
  queue.shutDown();
  queue.done("a");
  assert.equal(await queue.get(), "a");
  queue.done("a");
  assert.equal(await queue.get(), undefined);
});

Deno.test("WorkQueue.shutDownWithDrain resolves when the last item is done, and not before", async () => {
  const queue = new WorkQueue<string>();
  queue.add("a");
  queue.add("b");
  await queue.get();
  queue.add("a");
  const drained = queue.shutDownWithDrain().then(() => "drained");
  for (const [done, next] of [["a", "b"], ["b", "a"]] as const) {
    queue.done(done);
    assert.equal(await stateOf(drained), "pending");
    assert.equal(await queue.get(), next);
    assert.equal(await stateOf(drained), "pending");
  }
  queue.done("a");
  assert.equal(await stateOf(drained), "drained");
});

Deno.test("WorkQueue.shutDownWithDrain of an idle queue resolves at once, again and again", async () => {
  const queue = new WorkQueue<string>();
  await queue.shutDownWithDrain();
  await queue.shutDownWithDrain();
  assert.equal(await queue.get(), undefined);
});

Deno.test("WorkQueue loses nothing and never hands one item to two of many consumers", async () => {
  const queue = new WorkQueue<number>();
  const processing = new Set<number>();
  const version = new Map<number, number>();
  const processed = new Map<number, number>();
  async function consume(): Promise<void> {
    for (let item = await queue.get(); item !== undefined; item = await queue.get()) {
      assert.ok(!processing.has(item), `${item} is processed twice at a time`);
      processing.add(item);
      const seen = version.get(item) ?? 0;
      for (let turn = item % 3; turn > 0; turn--) await setImmediate();
      processing.delete(item);
      processed.set(item, seen);
      queue.done(item);
    }
  }
  async function produce(offset: number): Promise<void> {
    for (let k = 0; k < 200; k++) {
      const item = (k * 7 + offset) % 10;
      version.set(item, (version.get(item) ?? 0) + 1);
      queue.add(item);
      if (k % 5 === 0) await setImmediate();
    }
  }
  const consumers = [1, 2, 3, 4].map(consume);
  await Promise.all([0, 1, 2].map(produce));
  await queue.shutDownWithDrain();
  await Promise.all(consumers);
  // The last processing of each item began after its last change.
  assert.equal(version.size, 10);
  assert.deepEqual(processed.entries().toArray().sort(), version.entries().toArray().sort());
});

/** The semantics again, with nothing but arrays and no thought of time. */
class NaiveQueue {
  waiting: number[] = [];
  processing: number[] = [];
  again: number[] = [];
  isShut = false;

  add(item: number): void {
    if (this.isShut || this.waiting.includes(item) || this.again.includes(item)) return;
    if (this.processing.includes(item)) this.again.push(item);
    else this.waiting.push(item);
  }

  get(): number | undefined {
    const item = this.waiting.shift();
    if (item !== undefined) this.processing.push(item);
    return item;
  }

  done(item: number): void {
    this.processing = this.processing.filter((other) => other !== item);
    if (!this.again.includes(item)) return;
    this.again = this.again.filter((other) => other !== item);
    this.waiting.push(item);
  }
}

Deno.test("WorkQueue does what a naive model does, whatever the order of calls", async () => {
  const item = fc.nat(4);
  const call = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("add"), item }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("get"), item }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("done"), item }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("shutDown"), item }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
      const queue = new WorkQueue<number>();
      const model = new NaiveQueue();
      for (const { kind, item } of calls) {
        if (kind === "add") {
          queue.add(item);
          model.add(item);
        } else if (kind === "get" && (model.waiting.length > 0 || model.isShut)) {
          assert.equal(await queue.get(), model.get());
        } else if (kind === "done" && model.processing.includes(item)) {
          queue.done(item);
          model.done(item);
        } else if (kind === "shutDown") {
          queue.shutDown();
          model.isShut = true;
        }
        assert.equal(queue.length, model.waiting.length);
      }
      const drained = queue.shutDownWithDrain().then(() => "drained");
      const mustBeDrained = model.waiting.length + model.processing.length === 0;
      assert.equal(await stateOf(drained), mustBeDrained ? "drained" : "pending");
    }),
  );
});

Deno.test("WorkQueue hands each waiting consumer exactly one item, in both orders of add and get", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (isAdds) => {
      const queue = new WorkQueue<number>();
      const handed: Promise<number | undefined>[] = [];
      let added = 0;
      for (const isAdd of isAdds) {
        if (isAdd) queue.add(added++);
        else handed.push(queue.get());
      }
      assert.equal(queue.length, Math.max(0, added - handed.length));
      queue.shutDown();
      const expected = handed.map((_, k) => k < added ? k : undefined);
      assert.deepEqual(await Promise.all(handed), expected);
    }),
  );
});
