import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CHANGE_HEADER,
  changingRoute,
  type ChangingRouteFields,
} from "../../../../probes/gateway/objects/changing_route.ts";

const FIELDS: ChangingRouteFields = {
  name: "r",
  namespace: "apps",
  hostnames: ["route.example.com"],
  parents: [{ name: "gw" }],
  service: { service: "be", namespace: "apps" },
  ports: [80, 8080],
};

Deno.test("each change is to the other port, and names its number in answers", () => {
  const rule = (change: number) =>
    (changingRoute(FIELDS, change)["spec"] as { rules: Record<string, unknown>[] }).rules[0];
  const of = (change: number, port: number) => ({
    matches: [{ path: { type: "PathPrefix", value: "/" } }],
    filters: [{
      type: "ResponseHeaderModifier",
      responseHeaderModifier: { set: [{ name: CHANGE_HEADER, value: String(change) }] },
    }],
    backendRefs: [{ group: "", kind: "Service", name: "be", namespace: "apps", port, weight: 1 }],
  });
  assert.deepEqual([0, 1, 2].map(rule), [of(0, 80), of(1, 8080), of(2, 80)]);
});

Deno.test("no two changes write the same route", () => {
  fc.assert(fc.property(fc.nat(1_000), fc.nat(1_000), fc.boolean(), (one, other, hasOnePort) => {
    const fields = hasOnePort ? { ...FIELDS, ports: [80] as const } : FIELDS;
    const text = (change: number) => JSON.stringify(changingRoute(fields, change));
    assert.equal(text(one) === text(other), one === other);
  }));
});
