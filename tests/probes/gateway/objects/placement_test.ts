import assert from "node:assert/strict";
import fc from "fast-check";
import {
  listenerFor,
  namespaceOf,
  namespacesFor,
  sharesOf,
} from "../../../../probes/gateway/objects/placement.ts";

Deno.test("namespaces are filled one after another", () => {
  const plan = { base: "ns", routesPerNamespace: 100 };
  assert.deepEqual(namespacesFor(250, plan), ["ns", "ns-2", "ns-3"]);
  assert.deepEqual([1, 100, 101, 250].map((index) => namespaceOf(index, plan)), [
    "ns",
    "ns",
    "ns-2",
    "ns-3",
  ]);
  assert.deepEqual(namespacesFor(0, plan), ["ns"]);
});

Deno.test("every route is in one of the namespaces, and none has more than it may", () => {
  const numbers = [fc.nat(500), fc.integer({ min: 1, max: 100 })] as const;
  fc.assert(fc.property(...numbers, (routes, routesPerNamespace) => {
    const plan = { base: "ns", routesPerNamespace };
    const used = Array.from({ length: routes }, (_, index) => namespaceOf(index + 1, plan));
    const counts = Map.groupBy(used, (name) => name);
    assert.deepEqual([...counts.keys()], routes === 0 ? [] : namespacesFor(routes, plan));
    assert.ok([...counts.values()].every((some) => some.length <= routesPerNamespace));
  }));
});

Deno.test("listeners take turns", () => {
  const listeners = ["a", "b", "c"];
  assert.deepEqual([1, 2, 3, 4].map((index) => listenerFor(index, listeners)), [
    "a",
    "b",
    "c",
    "a",
  ]);
  assert.throws(() => listenerFor(1, []), RangeError);
});

Deno.test("Gateways share the routes, and the first has the remainder too", () => {
  assert.deepEqual(sharesOf(1_000, 3), [334, 333, 333]);
  assert.deepEqual(sharesOf(5, 3), [3, 1, 1]);
  assert.deepEqual(sharesOf(1_000, 1), [1_000]);
  fc.assert(fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 9 }), (routes, gateways) => {
    const shares = sharesOf(routes, gateways);
    assert.equal(shares.length, gateways);
    assert.equal(shares.reduce((sum, share) => sum + share, 0), routes);
  }));
});
