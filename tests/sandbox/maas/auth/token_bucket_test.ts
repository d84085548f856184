import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "../../../../sandbox/maas/auth/token_bucket.ts";

const SIZE = { qps: 5, burst: 10 };

Deno.test("as many calls as the burst go at once, and the next ones wait for their turn", () => {
  const bucket = new TokenBucket();
  const take = () => bucket.take(1_000, { ...SIZE, deadlineMs: Infinity });
  assert.deepEqual(Array.from({ length: 12 }, take), [...Array(10).fill(0), 200, 400]);
});

Deno.test("a call that could not have its turn before its deadline is refused, and takes none", () => {
  const bucket = new TokenBucket();
  for (let call = 0; call < 10; call++) bucket.take(0, { ...SIZE, deadlineMs: 0 });
  for (let call = 0; call < 3; call++) {
    assert.equal(bucket.take(0, { ...SIZE, deadlineMs: 199 }), undefined);
  }
  assert.equal(bucket.take(0, { ...SIZE, deadlineMs: 200 }), 200);
});

Deno.test("in no stretch of time do more calls go than the burst and the rate allow", () => {
  const gapsMs = fc.array(fc.nat({ max: 500 }), { minLength: 1, maxLength: 200 });
  fc.assert(fc.property(
    gapsMs,
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 50 }),
    (gaps, qps, burst) => {
      const bucket = new TokenBucket();
      let nowMs = 0;
      const wentMs: number[] = [];
      for (const gapMs of gaps) {
        nowMs += gapMs;
        const waitMs = bucket.take(nowMs, { qps, burst, deadlineMs: nowMs + 200 });
        if (waitMs !== undefined) wentMs.push(nowMs + waitMs);
      }
      wentMs.forEach((fromMs, first) => {
        wentMs.slice(first).forEach((toMs, between) => {
          const most = burst + (toMs - fromMs) / 1_000 * qps;
          assert.ok(between + 1 <= most + 1e-6, `${between + 1} within ${toMs - fromMs} ms`);
        });
      });
    },
  ));
});
