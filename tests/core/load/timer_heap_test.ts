import assert from "node:assert/strict";
import fc from "fast-check";
import { type HeapTimer, TimerHeap } from "../../../core/load/timer_heap.ts";

function ignore(): void {}

function drain(heap: TimerHeap): HeapTimer[] {
  const taken: HeapTimer[] = [];
  for (let timer = heap.takeDue(Infinity); timer; timer = heap.takeDue(Infinity)) taken.push(timer);
  return taken;
}

Deno.test("TimerHeap gives timers back by due time, ties by order of arrival, like a stable sort", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 80, size: "max" }),
      (times) => {
        const heap = new TimerHeap();
        const added = times.map((atMs) => heap.add(atMs, ignore));
        assert.deepEqual(
          drain(heap),
          added.toSorted((one, other) => one.atMs - other.atMs),
        );
        assert.equal(heap.size, 0);
      },
    ),
  );
});

Deno.test("TimerHeap.remove takes out any timer, once, and keeps the order of the others", () => {
  const entry = fc.record({ atMs: fc.integer({ min: 0, max: 50 }), isRemoved: fc.boolean() });
  fc.assert(fc.property(fc.array(entry, { maxLength: 80, size: "max" }), (entries) => {
    const heap = new TimerHeap();
    const added = entries.map(({ atMs, isRemoved }) => ({
      timer: heap.add(atMs, ignore),
      isRemoved,
    }));
    for (const { timer, isRemoved } of added) {
      if (!isRemoved) continue;
      assert.equal(heap.remove(timer), true);
      assert.equal(heap.remove(timer), false);
    }
    const kept = added.filter(({ isRemoved }) => !isRemoved).map(({ timer }) => timer);
    assert.equal(heap.size, kept.length);
    assert.deepEqual(drain(heap), kept.toSorted((one, other) => one.atMs - other.atMs));
  }));
});

Deno.test("TimerHeap.takeDue gives nothing before the earliest due time", () => {
  const heap = new TimerHeap();
  assert.equal(heap.earliestMs, Infinity);
  const timer = heap.add(5, ignore);
  assert.equal(heap.earliestMs, 5);
  assert.equal(heap.takeDue(4.999), undefined);
  assert.equal(heap.takeDue(5), timer);
  assert.equal(heap.takeDue(5), undefined);
});
