import assert from "node:assert/strict";
import { referenceGrants } from "../../../../probes/gateway/objects/reference_grant.ts";

Deno.test("a grant lets routes of other namespaces use all Services of its own", () => {
  const labels = { run: "1" };
  const routeNamespaces = ["apps", "sim"];
  assert.deepEqual(referenceGrants({ namespace: "sim", routeNamespaces, labels }), [{
    metadata: { name: "routes-to-services-1", namespace: "sim", labels },
    spec: {
      from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "apps" }],
      to: [{ group: "", kind: "Service" }],
    },
  }]);
});

Deno.test("a namespace needs no grant for its own routes", () => {
  const own = { namespace: "sim", routeNamespaces: ["sim"], labels: {} };
  assert.deepEqual(referenceGrants(own), []);
});

Deno.test("there are as many grants as the namespaces of the routes need", () => {
  const routeNamespaces = Array.from({ length: 33 }, (_, index) => `ns-${index}`);
  const grants = referenceGrants({ namespace: "sim", routeNamespaces, labels: {} });
  const from = grants.map(({ spec }) => (spec as { from: { namespace: string }[] }).from);
  assert.deepEqual(from.map(({ length }) => length), [16, 16, 1]);
  assert.deepEqual(from.flat().map(({ namespace }) => namespace), routeNamespaces);
  assert.equal(new Set(grants.map(({ metadata }) => metadata.name)).size, 3);
});
