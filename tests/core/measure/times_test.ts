import assert from "node:assert/strict";
import fc from "fast-check";
import { Times } from "../../../core/measure/times.ts";

type Recorded = readonly [value: number, ownLag: number];

function timesOf(all: readonly Recorded[]): Times {
  const times = new Times();
  for (const [value, ownLag] of all) times.record(value, ownLag);
  return times;
}

function encoded(times: Times) {
  return [times.measured.encode(), (times.withoutOwnLag ?? times.measured).encode()];
}

Deno.test("without lag there is one set of times", () => {
  const times = timesOf([[5, 0], [7, 0]]);
  assert.equal(times.withoutOwnLag, undefined);
  assert.equal(times.measured.count, 2);
});

Deno.test("from the first lag on both are kept, and no more is taken off than there is", () => {
  const { measured, withoutOwnLag } = timesOf([[5, 0], [10, 4], [3, 100], [-2, 50]]);
  assert.deepEqual([measured.count, measured.sum, measured.max], [4, 16, 10]);
  assert.deepEqual([withoutOwnLag?.count, withoutOwnLag?.sum, withoutOwnLag?.min], [4, 9, -2]);
});

Deno.test("times of two threads add up to those of one, by their intervals too", () => {
  const recorded = fc.array(
    fc.tuple(fc.integer({ min: -100, max: 1_000 }), fc.integer({ min: 0, max: 50 })),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(recorded, recorded, (one, other) => {
      const together = encoded(timesOf([...one, ...other]));
      const sum = timesOf(one);
      sum.add(timesOf(other));
      assert.deepEqual(encoded(sum), together);
      const decoded = new Times();
      for (const part of [one, other].filter(({ length }) => length > 0).map(timesOf)) {
        decoded.addEncoded(part.measured.encode(), part.withoutOwnLag?.encode());
      }
      assert.deepEqual(encoded(decoded), together);
    }),
    { numRuns: 30 },
  );
});
