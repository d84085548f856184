import assert from "node:assert/strict";
import fc from "fast-check";
import { isOurs, ourCount, ourNumbers } from "../../../core/load/share.ts";

Deno.test("each number of a load belongs to one share, and a share knows how many are its own", () => {
  const dealt = fc.record({ of: fc.integer({ min: 1, max: 60 }), count: fc.nat({ max: 200 }) });
  fc.assert(fc.property(dealt, ({ of, count }) => {
    const all: number[] = [];
    for (let index = 0; index < of; index++) {
      const share = { index, of };
      const numbers = [...ourNumbers(share, count)];
      assert.equal(numbers.length, ourCount(share, count));
      assert.ok(numbers.every((number) => isOurs(share, number)));
      all.push(...numbers);
    }
    assert.deepEqual(all.toSorted((one, other) => one - other), [...Array(count).keys()]);
  }));
});

Deno.test("of an endless load each share has endlessly many", () => {
  assert.equal(ourCount({ index: 3, of: 4 }, Infinity), Infinity);
  const first = ourNumbers({ index: 3, of: 4 }, Infinity);
  assert.deepEqual([first.next().value, first.next().value], [3, 7]);
});
