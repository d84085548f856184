/** How many of so many users are of each tier. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { mostOfEach, parseTiers, someOf, spread } from "../../../../probes/maas/frame/tiers.ts";

const anyTiers = fc.uniqueArray(
  fc.record({
    tier: fc.constantFrom("free", "premium", "enterprise"),
    share: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, selector: ({ tier }) => tier },
);

Deno.test("tiers are named alone or with their shares, each once", () => {
  assert.deepEqual(parseTiers("free"), [{ tier: "free", share: 1 }]);
  assert.deepEqual(parseTiers("free=8, premium=2"), [
    { tier: "free", share: 8 },
    { tier: "premium", share: 2 },
  ]);
  for (const bad of ["", "free=0", "Free", "free=x", "free,free=2"]) {
    assert.throws(() => parseTiers(bad), SyntaxError, bad);
  }
});

Deno.test("users are spread by share, all of them, and none is off by a whole user", () => {
  fc.assert(fc.property(anyTiers, fc.nat(1_000), (tiers, count) => {
    const counts = spread(tiers, count);
    const sum = tiers.reduce((total, { share }) => total + share, 0);
    assert.equal(counts.reduce((total, one) => total + one.count, 0), count);
    for (const [index, { share }] of tiers.entries()) {
      assert.ok(Math.abs(counts[index]!.count - count * share / sum) < 1);
    }
  }));
});

Deno.test("the most of each tier on any level serve every level", () => {
  const levels = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(anyTiers, levels, (tiers, levels) => {
    const users = mostOfEach(tiers, levels).flatMap(({ tier, count }) =>
      Array.from({ length: count }, (_, index) => ({
        name: `${tier}-${index}`,
        tier,
        headers: () => [],
      }))
    );
    for (const level of levels) {
      const some = someOf(users, tiers, level);
      assert.equal(new Set(some).size, level);
      assert.deepEqual(
        tiers.map(({ tier }) => some.filter((user) => user.tier === tier).length),
        spread(tiers, level).map(({ count }) => count),
      );
    }
  }));
});
