import assert from "node:assert/strict";
import fc from "fast-check";
import { createRng } from "../../../core/load/rng.ts";
import { shuffled } from "../../../core/load/shuffled.ts";

Deno.test("nothing is lost or changed, and the same chance gives the same order", () => {
  fc.assert(fc.property(fc.array(fc.integer()), fc.integer({ min: 0 }), (items, seed) => {
    const before = [...items];
    const all = shuffled(items, createRng(seed));
    assert.deepEqual(items, before);
    assert.deepEqual(all.toSorted((a, b) => a - b), items.toSorted((a, b) => a - b));
    assert.deepEqual(shuffled(items, createRng(seed)), all);
  }));
});

Deno.test("each order of three is as likely as any other", () => {
  const rng = createRng(1);
  const counts = new Map<string, number>();
  for (let turn = 0; turn < 6_000; turn++) {
    const order = shuffled(["a", "b", "c"], rng).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  // Six standard deviations of a binomial distribution.
  for (const [order, count] of counts) {
    assert.ok(Math.abs(count - 1_000) < 175, `${order} ${count}`);
  }
});
