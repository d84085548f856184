/** Which rates a run has to raise. @module */

import assert from "node:assert/strict";
import type { LimitPolicy } from "../../../../probes/maas/policies/policy.ts";
import { areAllToRaise, ratesToRaise } from "../../../../probes/maas/policies/raised.ts";

const POLICIES = [
  { rates: [{ counts: "requests", limit: 5 }, { counts: "requests", limit: 50 }] },
  { rates: [{ counts: "tokens", limit: 100 }] },
] as unknown as LimitPolicy[];

Deno.test("a rate as high as is wanted stays, and what it refuses was not raised", () => {
  const raised = (requests: number) =>
    ratesToRaise(POLICIES, { requests, tokens: 1_000 }).map((one) => one.raised.length);
  assert.deepEqual(raised(10_000), [2, 1]);
  assert.equal(areAllToRaise(POLICIES, { requests: 10_000, tokens: 1_000 }), true);
  assert.deepEqual(raised(50), [1, 1]);
  for (const requests of [1, 50]) {
    assert.equal(areAllToRaise(POLICIES, { requests, tokens: 1_000 }), false);
  }
});
