import assert from "node:assert/strict";
import fc from "fast-check";
import { equalRates } from "../../../kube/kuadrant/equal_rates.ts";
import {
  MAAS_SUBSCRIPTIONS,
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
} from "../../../kube/kuadrant/kinds.ts";
import { ratesOf, windowMsOf } from "../../../kube/kuadrant/rates.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { valueAt } from "../../../kube/owned/borrowed/fields.ts";

function policy(spec: unknown): KubeObject {
  return { metadata: { namespace: "n", name: "p" }, spec };
}

function limitWhen(predicate: string) {
  return { rates: [{ limit: 5, window: "2m" }], when: [{ predicate }] };
}

Deno.test("windows are read as the definitions have them, and nothing else", () => {
  const unitMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const part = fc.tuple(
    fc.integer({ min: 0, max: 99_999 }),
    fc.constantFrom(...Object.keys(unitMs)),
  );
  fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
    const text = parts.map(([count, unit]) => `${count}${unit}`).join("");
    const sumMs = parts.reduce(
      (sum, [count, unit]) => sum + count * unitMs[unit as keyof typeof unitMs],
      0,
    );
    assert.equal(windowMsOf(text), sumMs);
  }));
  for (
    const wrong of ["", "5", "1d", "1.5s", "123456s", "1s1s1s1s1s", " 1s", 60, null, undefined]
  ) {
    assert.equal(windowMsOf(wrong), undefined, String(wrong));
  }
});

Deno.test("the path of each rate leads to its number, whatever the limits are called", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom("limits", "defaults", "overrides"),
    (names, holder) => {
      const limits = Object.fromEntries(
        names.filter((name) => name !== "__proto__").map((
          name,
          at,
        ) => [name, { rates: [{ limit: at, window: "1s" }, { limit: at + 100, window: "1m" }] }]),
      );
      const object = policy(holder === "limits" ? { limits } : { [holder]: { limits } });
      const { rates, unread } = ratesOf(RATE_LIMIT_POLICIES, object);
      assert.equal(rates.length, 2 * Object.keys(limits).length);
      assert.deepEqual(unread, []);
      for (const { path, limit } of rates) assert.equal(valueAt(object, path), limit);
    },
  ));
});

Deno.test("a tier is taken from a predicate that can be about that one alone", () => {
  const tiers = [
    ['auth.identity.tier == "free"', "free"],
    ["auth.identity.tier == 'premium' && !request.path.endsWith(\"/v1/models\")", "premium"],
    ['"gold" == auth.identity.tier', "gold"],
    ['auth.identity.tier == "free" || auth.identity.tier == "premium"', undefined],
    ['!(auth.identity.tier == "free")', undefined],
    ['auth.identity.tier != "free"', undefined],
    ['auth.identity.tier == "a" && auth.identity.tier == "b"', undefined],
    ['auth.identity.frontier == "free"', undefined],
    ["true", undefined],
  ] as const;
  for (const [predicate, tier] of tiers) {
    const { rates } = ratesOf(RATE_LIMIT_POLICIES, policy({ limits: { a: limitWhen(predicate) } }));
    assert.equal(rates[0]?.tier, tier, predicate);
  }
});

Deno.test("requests and tokens are told apart by kind, and a subscription counts tokens of its models", () => {
  const limits = { a: limitWhen("true") };
  assert.equal(ratesOf(RATE_LIMIT_POLICIES, policy({ limits })).rates[0]?.counts, "requests");
  assert.equal(ratesOf(TOKEN_RATE_LIMIT_POLICIES, policy({ limits })).rates[0]?.counts, "tokens");
  const modelRefs = [{ name: "a" }, { name: "b", tokenRateLimits: [{ limit: 7, window: "1h" }] }];
  const { rates } = ratesOf(MAAS_SUBSCRIPTIONS, policy({ modelRefs }));
  assert.deepEqual(
    rates.map((
      { path, limitName, counts, limit, windowMs },
    ) => [path, limitName, counts, limit, windowMs]),
    [["/spec/modelRefs/1/tokenRateLimits/0/limit", "b", "tokens", 7, 3_600_000]],
  );
});

Deno.test("what is no rate is named, and what is missing is nothing", () => {
  const odd = [{ limit: "5", window: "1m" }, { limit: 5, window: "soon" }, null];
  const { rates, unread } = ratesOf(
    RATE_LIMIT_POLICIES,
    policy({
      limits: { "a/b": { rates: odd }, c: { rates: {} }, d: {}, e: null },
    }),
  );
  assert.deepEqual(rates, []);
  assert.deepEqual(unread, [
    "/spec/limits/a~1b/rates/0",
    "/spec/limits/a~1b/rates/1",
    "/spec/limits/a~1b/rates/2",
    "/spec/limits/c/rates",
  ]);
  for (const spec of [undefined, null, {}, { limits: null }, { limits: [] }, { defaults: 7 }]) {
    assert.deepEqual(ratesOf(RATE_LIMIT_POLICIES, policy(spec)), { rates: [], unread: [] });
  }
});

Deno.test("of rates that differ in maximum or name only, the first counts", () => {
  const free = { when: [{ predicate: "b" }, { predicate: "a" }], counters: [{ expression: "u" }] };
  const same = { ...free, when: free.when.toReversed() };
  const rate = (limit: number, window: string) => ({ rates: [{ limit, window }] });
  const namesOf = (limits: unknown) =>
    equalRates(ratesOf(RATE_LIMIT_POLICIES, policy({ limits })).rates)
      .map((rates) => rates.map(({ limitName, limit }) => `${limitName} ${limit}`));
  const equal = { one: { ...free, ...rate(50, "60s") }, two: { ...same, ...rate(5, "1m") } };
  assert.deepEqual(namesOf(equal), [["one 50", "two 5"]]);
  assert.deepEqual(namesOf({ ...equal, two: { ...same, ...rate(5, "2m") } }), []);
  assert.deepEqual(namesOf({ ...equal, two: { ...same, counters: [], ...rate(5, "1m") } }), []);
  assert.deepEqual(namesOf({ ...equal, two: { ...same, when: [], ...rate(5, "1m") } }), []);
});

Deno.test("limits of several models of a subscription are not the same one", () => {
  const tokenRateLimits = [{ limit: 7, window: "1h" }];
  const modelRefs = [{ name: "a", tokenRateLimits }, { name: "b", tokenRateLimits }];
  const { rates } = ratesOf(MAAS_SUBSCRIPTIONS, policy({ modelRefs }));
  assert.equal(rates.length, 2);
  assert.deepEqual(equalRates(rates), []);
});
