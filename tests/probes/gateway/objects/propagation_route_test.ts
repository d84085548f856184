import assert from "node:assert/strict";
import { propagationRoute } from "../../../../probes/gateway/objects/propagation_route.ts";

Deno.test("a route of the propagation probe has a rule that answers, and one that cannot", () => {
  const route = propagationRoute({
    name: "r-1",
    namespace: "apps",
    hostnames: ["route-1.example.com"],
    path: "/route-1",
    parents: [{ name: "a" }, { name: "b" }],
    backend: { kind: "backend", service: "be", namespace: "apps", port: 80 },
    missing: "be-missing",
  });
  const add = [{ name: "x-scaletool-route", value: "r-1" }];
  const filters = [
    { type: "RequestHeaderModifier", requestHeaderModifier: { add } },
    { type: "ResponseHeaderModifier", responseHeaderModifier: { add } },
  ];
  const ref = { group: "", kind: "Service", namespace: "apps", port: 80, weight: 1 };
  assert.deepEqual((route["spec"] as { rules: unknown }).rules, [
    {
      matches: [{ path: { type: "PathPrefix", value: "/route-1" } }],
      filters,
      backendRefs: [{ ...ref, name: "be" }],
    },
    {
      matches: [{ path: { type: "PathPrefix", value: "/" } }],
      filters,
      backendRefs: [{ ...ref, name: "be-missing" }],
    },
  ]);
});
