import assert from "node:assert/strict";
import fc from "fast-check";
import type { Limit } from "../../../../sandbox/maas/limits/limit.ts";
import { Limiter } from "../../../../sandbox/maas/limits/limiter.ts";
import { AS_INSTALLED } from "../../../../sandbox/maas/settings.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const LIMIT: Limit = {
  namespace: "ns/gateway",
  name: "free",
  counts: "requests",
  maxValue: 3,
  windowSeconds: 10,
  conditions: ['auth.identity.tier == "free"'],
  variables: ["auth.identity.userid"],
};
const TOKENS: Limit = { ...LIMIT, counts: "tokens", maxValue: 10 };
const USER = { "auth.identity.tier": "free", "auth.identity.userid": "a" };
const SETTINGS = AS_INSTALLED.limiter;

function limiterOf(...limits: Limit[]) {
  const clock = new FakeClock();
  const limiter = new Limiter({ clock });
  limiter.configure(limits);
  const ask = async (user = USER) => (await limiter.request(user, SETTINGS)).kind;
  return { clock, limiter, ask };
}

Deno.test("a window begins with its first hit, and is over as a whole", async () => {
  const { clock, ask } = limiterOf(LIMIT);
  await clock.advance(7_000);
  assert.equal(await ask(), "allowed");
  await clock.advance(9_999);
  assert.deepEqual([await ask(), await ask(), await ask()], ["allowed", "allowed", "limited"]);
  await clock.advance(1);
  assert.equal(await ask(), "allowed");
});

Deno.test("a counter survives another maximum and another name, and nothing else", async () => {
  const { limiter, ask } = limiterOf(LIMIT);
  for (let hit = 0; hit < 3; hit++) assert.equal(await ask(), "allowed");
  limiter.configure([{ ...LIMIT, maxValue: 4, name: "other" }]);
  assert.deepEqual([await ask(), await ask()], ["allowed", "limited"]);
  limiter.configure([LIMIT]);
  assert.equal(await ask(), "limited");
  limiter.configure([{ ...LIMIT, windowSeconds: 11 }]);
  assert.equal(await ask(), "allowed");
  limiter.configure([]);
  limiter.configure([LIMIT]);
  assert.equal(await ask(), "allowed");
});

Deno.test("of two limits that differ in maximum and name alone the first counts", async () => {
  const { ask } = limiterOf({ ...LIMIT, maxValue: 2 }, { ...LIMIT, maxValue: 1, name: "strict" });
  assert.deepEqual([await ask(), await ask(), await ask()], ["allowed", "allowed", "limited"]);
});

Deno.test("whom a limit is not about it does not count", async () => {
  const { ask } = limiterOf({ ...LIMIT, maxValue: 1 });
  const premium = { ...USER, "auth.identity.tier": "premium" };
  assert.deepEqual([await ask(), await ask(), await ask(premium)], [
    "allowed",
    "limited",
    "allowed",
  ]);
});

Deno.test("tokens are looked at before and counted after, so that the last answer goes beyond", async () => {
  const { limiter, ask } = limiterOf(TOKENS);
  assert.equal(await limiter.report(USER, 9, SETTINGS), 9);
  assert.equal(await ask(), "allowed");
  assert.equal(await limiter.report(USER, 50, SETTINGS), 50);
  assert.equal(await ask(), "limited");
});

Deno.test("no usage costs what is set, and one of none a token", async () => {
  const { limiter } = limiterOf(TOKENS);
  assert.equal(await limiter.report(USER, undefined, SETTINGS), 0);
  assert.equal(await limiter.report(USER, undefined, { ...SETTINGS, tokensWithoutUsage: 1 }), 1);
  assert.equal(await limiter.report(USER, 0, SETTINGS), 1);
});

Deno.test("one that answers too late is as if it had not been asked", async () => {
  const { clock, limiter } = limiterOf({ ...LIMIT, maxValue: 0 });
  const verdict = limiter.request(USER, { ...SETTINGS, delayMs: 101 });
  await clock.advance(100);
  assert.equal((await verdict).kind, "unasked");
});

Deno.test("in no window does a user get more than the limit", async () => {
  const hits = fc.array(fc.record({ gapMs: fc.nat({ max: 4_000 }), user: fc.nat({ max: 2 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  await fc.assert(fc.asyncProperty(hits, fc.integer({ min: 1, max: 5 }), async (asks, maxValue) => {
    const { clock, ask } = limiterOf({ ...LIMIT, maxValue });
    /** By user: when its window began, and how many have passed in it. */
    const windows = new Map<string, { fromMs: number; passed: number }>();
    for (const { gapMs, user } of asks) {
      await clock.advance(gapMs);
      const id = String(user);
      const open = windows.get(id);
      const isOpen = open !== undefined && clock.now() < open.fromMs + 10_000;
      const window = isOpen ? open : { fromMs: clock.now(), passed: 0 };
      windows.set(id, window);
      const expected = window.passed < maxValue ? "allowed" : "limited";
      assert.equal(await ask({ ...USER, "auth.identity.userid": id }), expected);
      if (expected === "allowed") window.passed++;
    }
  }));
});
