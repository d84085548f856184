import assert from "node:assert/strict";
import { limitsOf, type Policy } from "../../../../sandbox/maas/controller/compile.ts";

const TARGET = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" };
const FREE = {
  rates: [{ limit: 5, window: "2m" }, { limit: 100, window: "1h30m" }],
  when: [{ predicate: 'auth.identity.tier == "free"' }],
  counters: [{ expression: "auth.identity.userid" }],
};

function policy(spec: Omit<Policy["spec"], "targetRef">): Policy {
  return { metadata: { namespace: "ns", name: "p" }, spec: { targetRef: TARGET, ...spec } };
}

const ABOUT = { counts: "requests", gateway: "ns/gw" } as const;

Deno.test("each rate of each limit is a limit of its own", () => {
  const common = {
    namespace: "ns/gw",
    name: "ns/p/free",
    counts: "requests",
    conditions: ['auth.identity.tier == "free"'],
    variables: ["auth.identity.userid"],
  };
  assert.deepEqual(limitsOf(policy({ limits: { free: FREE } }), ABOUT), [
    { ...common, maxValue: 5, windowSeconds: 120 },
    { ...common, maxValue: 100, windowSeconds: 5_400 },
  ]);
});

Deno.test("limits may be defaults or overrides, too; a limit may be without rates", () => {
  for (const holder of ["limits", "defaults", "overrides"] as const) {
    const limits = { free: FREE, none: {} };
    const spec = holder === "limits" ? { limits } : { [holder]: { limits } };
    assert.equal(limitsOf(policy(spec), ABOUT).length, 2, holder);
  }
  assert.deepEqual(limitsOf(policy({}), ABOUT), []);
});

Deno.test("what cannot be evaluated is refused as a whole", () => {
  const odd = { ...FREE, when: [{ predicate: "auth.identity.groups.exists(g, true)" }] };
  assert.throws(() => limitsOf(policy({ limits: { free: FREE, odd } }), ABOUT), SyntaxError);
});
