import assert from "node:assert/strict";
import { ReviewCache } from "../../../../sandbox/maas/auth/review_cache.ts";

const MIB = 2 ** 20;

Deno.test("an entry of up to 1,000 bytes fits into 1 MiB, and one of 2,024 into 2", () => {
  for (const [cacheBytes, most] of [[MIB, 1_000], [2 * MIB, 2_024]] as const) {
    const cache = new ReviewCache<string>();
    const put = (bytes: number) =>
      cache.put("0123456789", "value", { bytes: bytes - 10, untilMs: 100, cacheBytes });
    assert.deepEqual([put(most), put(most + 1)], [true, false]);
  }
});

Deno.test("what is kept is there until its time is over", () => {
  const cache = new ReviewCache<string>();
  cache.put("a", "value", { bytes: 5, untilMs: 100, cacheBytes: MIB });
  assert.deepEqual([cache.get("a", 99), cache.get("a", 100), cache.get("b", 0)], [
    "value",
    undefined,
    undefined,
  ]);
});

Deno.test("where there is no room left the oldest goes", () => {
  const cache = new ReviewCache<number>();
  const cacheBytes = MIB;
  const count = 2_000;
  for (let key = 0; key < count; key++) {
    cache.put(`key ${key}`, key, { bytes: 900, untilMs: 100, cacheBytes });
  }
  assert.equal(cache.get("key 0", 0), undefined);
  assert.equal(cache.get(`key ${count - 1}`, 0), count - 1);
});
