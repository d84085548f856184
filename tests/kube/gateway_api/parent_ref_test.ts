import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isParentOf,
  isSameParent,
  type ParentRef,
  parentRefsOf,
} from "../../../kube/gateway_api/parent_ref.ts";
import { route, TO_GW } from "./written.ts";

Deno.test("a reference is the same with its defaults spelled out and without", () => {
  const short = { name: "gw" };
  const full = { ...TO_GW, namespace: "apps" };
  assert.ok(isSameParent(short, full, "apps"));
  assert.ok(!isSameParent(short, full, "other"), "the namespace is that of the route");
});

Deno.test("a reference to another listener, port, kind or group is another one", () => {
  const others: Partial<ParentRef>[] = [
    { sectionName: "http" },
    { port: 80 },
    { kind: "Service" },
    { group: "" },
    { name: "other" },
    { namespace: "other" },
  ];
  for (const other of others) {
    assert.ok(!isSameParent(TO_GW, { ...TO_GW, ...other }, "apps"), JSON.stringify(other));
  }
});

Deno.test("the parents of a route are those of its spec, whatever else is in it", () => {
  const refs = [{ name: "gw", namespace: "gw", port: "80" }, null, { name: "b", sectionName: "s" }];
  const asking = route({ parentRefs: refs });
  assert.deepEqual(parentRefsOf(asking), [{ name: "gw", namespace: "gw" }, {
    name: "b",
    sectionName: "s",
  }]);
  assert.ok(isParentOf(asking, TO_GW));
  assert.ok(isParentOf(asking, { name: "b", namespace: "apps", sectionName: "s" }));
  assert.ok(!isParentOf(asking, { name: "b" }));
  assert.deepEqual(parentRefsOf({ metadata: {}, spec: "none" }), []);
});

const reference: fc.Arbitrary<ParentRef> = fc.record({
  group: fc.constantFrom("", "gateway.networking.k8s.io"),
  kind: fc.constantFrom("Gateway", "Service"),
  namespace: fc.constantFrom("apps", "gw"),
  name: fc.constantFrom("a", "b"),
  sectionName: fc.constantFrom("http", "s"),
  port: fc.constantFrom(80, 81),
}, { requiredKeys: ["name"] });

Deno.test("sameness of references is an equivalence", () => {
  fc.assert(fc.property(reference, reference, reference, (a, b, c) => {
    assert.ok(isSameParent(a, a, "apps"));
    assert.equal(isSameParent(a, b, "apps"), isSameParent(b, a, "apps"));
    if (isSameParent(a, b, "apps") && isSameParent(b, c, "apps")) {
      assert.ok(isSameParent(a, c, "apps"));
    }
  }));
});
