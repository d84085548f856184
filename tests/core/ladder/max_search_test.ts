/** How the highest level that holds is searched for, against targets whose limit is known. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Edge,
  edgeOf,
  isSettled,
  type MaxSearch,
  MOST_RUNGS,
  nextLevel,
  type Vote,
} from "../../../core/ladder/max_search.ts";
import { createRng, type Rng } from "../../../core/load/rng.ts";

const SEARCH: MaxSearch = {
  startLevel: 10,
  lowestLevel: 1,
  highestLevel: 10_000,
  toleranceRatio: 0.05,
  isWhole: false,
};

/** Climbs until the search has enough. */
function searched(search: MaxSearch, holds: (level: number) => boolean): readonly Vote[] {
  const votes: Vote[] = [];
  for (;;) {
    const level = nextLevel(search, votes);
    if (level === undefined) return votes;
    votes.push({ level, holds: holds(level) });
  }
}

const searches: fc.Arbitrary<MaxSearch> = fc.record({
  startLevel: fc.integer({ min: 1, max: 500 }),
  below: fc.integer({ min: 0, max: 500 }),
  above: fc.integer({ min: 0, max: 5_000 }),
  toleranceRatio: fc.constantFrom(0.01, 0.05, 0.2),
  isWhole: fc.boolean(),
}).map(({ startLevel, below, above, ...rest }) => ({
  startLevel,
  lowestLevel: Math.max(1, startLevel - below),
  highestLevel: startLevel + above,
  ...rest,
}));

Deno.test("a search doubles until a level breaks, bisects in round numbers and repeats the edge", () => {
  const levels = searched(SEARCH, (level) => level <= 130).map(({ level }) => level);
  assert.deepEqual(levels, [10, 20, 40, 80, 160, 120, 140, 130, 135, 130, 135]);
});

Deno.test("whole levels are told apart down to one", () => {
  const search = { ...SEARCH, startLevel: 1, isWhole: true };
  const levels = searched(search, (level) => level <= 6).map(({ level }) => level);
  assert.deepEqual(levels, [1, 2, 4, 8, 6, 7, 6, 7]);
});

Deno.test("the limit of a target that is always the same is between the levels of the edge, which are as close as asked", () => {
  const capacity = fc.double({ min: 0.5, max: 6_000, noNaN: true });
  fc.assert(fc.property(searches, capacity, (search, limit) => {
    const votes = searched(search, (level) => level <= limit);
    const { lastGood, firstBad } = edgeOf(votes);
    assert.ok(isSettled(search, votes));
    if (limit >= search.highestLevel) {
      assert.deepEqual({ lastGood, firstBad }, { lastGood: search.highestLevel, firstBad: null });
    } else if (limit < search.lowestLevel) {
      assert.deepEqual({ lastGood, firstBad }, { lastGood: null, firstBad: search.lowestLevel });
    } else {
      assert.ok(lastGood !== null && firstBad !== null && lastGood <= limit && limit < firstBad);
      const bearable = search.toleranceRatio * lastGood * 1.000001;
      assert.ok(firstBad - lastGood <= Math.max(bearable, search.isWhole ? 1 : 0));
    }
  }));
});

Deno.test("whatever comes out, a search ends, stays within its bounds and tries no level a fourth time", () => {
  fc.assert(
    fc.property(searches, fc.integer(), fc.double({ min: 0, max: 1 }), (search, seed, odds) => {
      const rng = createRng(Math.abs(seed));
      const votes = searched(search, () => rng.next() < odds);
      assert.ok(votes.length <= MOST_RUNGS);
      const counts = new Map<number, number>();
      for (const { level } of votes) {
        assert.ok(level >= search.lowestLevel && level <= search.highestLevel);
        if (search.isWhole) assert.ok(Number.isInteger(level));
        counts.set(level, (counts.get(level) ?? 0) + 1);
      }
      assert.ok([...counts.values()].every((count) => count <= 3));
    }),
  );
});

Deno.test("a settled edge was agreed upon by two rungs of each of its levels", () => {
  fc.assert(fc.property(searches, fc.integer({ min: 0 }), (search, seed) => {
    const rng = createRng(seed);
    const votes = searched(search, (level) => rng.next() < 1 / (1 + (level / 100) ** 8));
    if (!isSettled(search, votes)) return;
    const { lastGood, firstBad } = edgeOf(votes);
    const agreed = (of: number | null, side: boolean) =>
      of === null ||
      votes.filter(({ level, holds }) => level === of && holds === side).length === 2;
    assert.ok(agreed(lastGood, true) && agreed(firstBad, false));
  }));
});

Deno.test("a rung that broke by chance on the way up does not end the way up", () => {
  let rungs = 0;
  const votes = searched(SEARCH, (level) => ++rungs !== 3 && level <= 1_000);
  const { lastGood } = edgeOf(votes);
  assert.ok(lastGood !== null && lastGood > 950 && lastGood <= 1_000, `found ${lastGood}`);
});

Deno.test("a rung that held by chance beyond the limit is found out when the edge is repeated", () => {
  let rungs = 0;
  // The fifth is the first beyond the limit.
  const votes = searched(SEARCH, (level) => ++rungs === 5 || level <= 90);
  const { lastGood } = edgeOf(votes);
  assert.equal(votes[4]?.level, 160);
  assert.ok(lastGood !== null && lastGood > 85 && lastGood <= 90, `found ${lastGood}`);
});

Deno.test("when the first level breaks already, lower ones are tried down to the lowest", () => {
  const low = searched({ ...SEARCH, startLevel: 100 }, (level) => level <= 30);
  assert.deepEqual(low.slice(0, 3).map(({ level }) => level), [100, 50, 25]);
  const none = searched({ ...SEARCH, startLevel: 8 }, () => false);
  assert.deepEqual(none.map(({ level }) => level), [8, 4, 2, 1, 1]);
  assert.deepEqual(edgeOf(none), { lastGood: null, firstBad: 1 });
});

Deno.test("a search whose target is never the same gives up, and is not called settled", () => {
  const search = { ...SEARCH, toleranceRatio: 0.001, highestLevel: 1e9 };
  // It holds twice wherever it broke once: the limit goes up with each rung.
  const seen = new Set<number>();
  const votes = searched(search, (level) => {
    const isNew = !seen.has(level);
    seen.add(level);
    return !isNew || seen.size % 2 === 1;
  });
  assert.equal(votes.length, MOST_RUNGS);
  assert.equal(isSettled(search, votes), false);
});

Deno.test("an edge is the lowest level that broke and the highest that held below it", () => {
  const cases: [Vote[], Edge][] = [
    [[], { lastGood: null, firstBad: null }],
    [[vote(1, true), vote(2, true)], { lastGood: 2, firstBad: null }],
    [[vote(1, true), vote(2, false), vote(3, true)], { lastGood: 1, firstBad: 2 }],
    [[vote(1, false)], { lastGood: null, firstBad: 1 }],
    [[vote(1, true), vote(2, true), vote(2, false)], { lastGood: 1, firstBad: 2 }],
    [[vote(2, true), vote(2, false), vote(2, true)], { lastGood: 2, firstBad: null }],
  ];
  for (const [votes, edge] of cases) assert.deepEqual(edgeOf(votes), edge);
});

function vote(level: number, holds: boolean): Vote {
  return { level, holds };
}

/** A limit that is seldom twice the same, and one rung in twenty that says nothing about it. */
function noisyTarget(capacity: number, rng: Rng): (level: number) => boolean {
  return (level) => {
    if (rng.next() < 0.05) return rng.next() < 0.5;
    const spread = (rng.next() + rng.next() + rng.next() - 1.5) * 0.06;
    return level <= capacity * (1 + spread);
  };
}

Deno.test("the limit of a noisy target is found within the tolerance in nine of ten seeds", () => {
  for (const isWhole of [false, true]) {
    let found = 0;
    for (let seed = 0; seed < 200; seed++) {
      const rng = createRng(seed);
      const capacity = 50 + rng.next() * 2_000;
      const votes = searched({ ...SEARCH, isWhole }, noisyTarget(capacity, rng));
      const { lastGood } = edgeOf(votes);
      if (lastGood !== null && Math.abs(lastGood - capacity) <= 0.05 * capacity) found++;
    }
    assert.ok(found >= 180, `${found} of 200 seeds, ${isWhole ? "whole levels" : "any level"}`);
  }
});
