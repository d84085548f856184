import assert from "node:assert/strict";
import fc from "fast-check";
import { gatewayChange, routeChange } from "../../../kube/gateway_api/status_change.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { condition, entry, gateway, listener, NOW, route, TO_GW } from "./written.ts";

const LATER = "2026-11-03T10:00:09Z";
const A = "a.example.com/controller";
const B = "b.example.com/controller";

/** With this many routes at http, and its conditions of this time. */
function counted(attachedRoutes: number, at = NOW): KubeObject {
  const conditions = [condition("Accepted", { at }), condition("Programmed", { at })];
  const listeners = [listener("http", { attachedRoutes, conditions }), listener("other")];
  return gateway({ conditions, listeners });
}

function withMetadata(object: KubeObject, metadata: Readonly<Record<string, unknown>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

Deno.test("a write of a Gateway is a count, whatever else it changed", () => {
  assert.equal(gatewayChange(counted(1), counted(2), "http"), "count");
  assert.equal(gatewayChange(counted(1), counted(2, LATER), "http"), "count");
  assert.equal(gatewayChange(gateway(), counted(0), "http"), "count", "0 after none");
});

Deno.test("the count of another listener is status", () => {
  assert.equal(gatewayChange(counted(1), counted(2), "other"), "status");
});

Deno.test("a write of nothing but transition times is told apart", () => {
  assert.equal(gatewayChange(counted(1), counted(1, LATER), "http"), "times");
});

Deno.test("a write of nothing but managed fields is told apart", () => {
  const by = (manager: string) => ({ resourceVersion: manager, managedFields: [{ manager }] });
  const [before, after] = [by("one"), by("two")].map((meta) => withMetadata(counted(1), meta));
  assert.equal(gatewayChange(before!, after!, "http"), "managed-fields");
});

Deno.test("a change of what users write is one of the spec", () => {
  const labelled = withMetadata(counted(1), { labels: { a: "b" } });
  assert.equal(gatewayChange(counted(1), labelled, "http"), "spec");
  const edited = { ...counted(1), spec: { gatewayClassName: "other" } };
  assert.equal(gatewayChange(counted(1), edited, "http"), "spec");
  assert.equal(gatewayChange(counted(1, LATER), labelled, "http"), "spec", "and times");
});

Deno.test("an object of a list, which does not tell its kind, is no other object", () => {
  const { apiVersion: _, kind: _1, ...listed } = counted(1);
  assert.equal(gatewayChange(listed, counted(1, LATER), "http"), "times");
});

function accepted(controllerName: string, fields: Parameters<typeof condition>[1] = {}) {
  return entry(controllerName, [condition("Accepted", fields), condition("ResolvedRefs")]);
}

function changed(before: readonly unknown[] | undefined, after: readonly unknown[]) {
  return routeChange(
    route(before === undefined ? {} : { parents: before }),
    route({ parents: after }),
  );
}

Deno.test("a write of a route's status is that of the controller whose entry is another", () => {
  const nobody = { removedForeign: [] };
  assert.deepEqual(changed(undefined, [accepted(A)]), {
    kind: "status",
    controllers: [A],
    ...nobody,
  });
  assert.deepEqual(changed([accepted(A)], [accepted(B), accepted(A)]), {
    kind: "status",
    controllers: [B],
    ...nobody,
  });
  assert.deepEqual(
    changed([accepted(A), accepted(B)], [accepted(A, { status: "False" }), accepted(B)]),
    { kind: "status", controllers: [A], ...nobody },
  );
});

Deno.test("a change of a route's spec is nobody's entry", () => {
  const before = route({ parents: [accepted(A)] });
  const after = { ...before, spec: { parentRefs: [TO_GW], rules: [{}] } };
  assert.deepEqual(routeChange(before, after), {
    kind: "spec",
    controllers: [],
    removedForeign: [],
  });
});

Deno.test("renewed times are told with whose they are", () => {
  const { kind, controllers } = changed([accepted(A), accepted(B)], [
    accepted(A),
    accepted(B, { at: LATER }),
  ]);
  assert.deepEqual([kind, controllers], ["times", [B]]);
});

Deno.test("an entry that one controller takes from another is told, and by whom", () => {
  const { controllers, removedForeign } = changed([accepted(A), accepted(B)], [
    accepted(A, { message: "rebuilt" }),
  ]);
  assert.deepEqual(controllers, [A, B]);
  assert.deepEqual(removedForeign, [{ controllerName: B, parentRef: TO_GW, by: A }]);
});

Deno.test("an entry that is gone without any other change is told, by nobody knows whom", () => {
  const { removedForeign } = changed([accepted(A), accepted(B)], [accepted(A)]);
  assert.deepEqual(removedForeign, [{ controllerName: B, parentRef: TO_GW, by: undefined }]);
});

Deno.test("a controller that tidies up after a parent that is asked for no more takes nothing", () => {
  const parents = [accepted(A), accepted(B)];
  const before = route({
    parentRefs: [{ name: "gw", namespace: "gw", sectionName: "s" }],
    parents,
  });
  const after = route({
    parentRefs: [{ name: "gw", namespace: "gw", sectionName: "s" }],
    parents: [],
  });
  const { controllers, removedForeign } = routeChange(before, after);
  assert.deepEqual([controllers, removedForeign], [[A, B], []]);
});

Deno.test("a second entry of one controller for one parent is a change of that controller's", () => {
  const { kind, controllers } = changed([accepted(A)], [accepted(A), accepted(A)]);
  assert.deepEqual([kind, controllers], ["status", [A]]);
});

Deno.test("no order of entries and conditions, and no manager, is a change of an entry", () => {
  const entries = [accepted(A), accepted(B), accepted("c.example.com/controller")];
  const order = fc.shuffledSubarray(entries, { minLength: 3 });
  fc.assert(fc.property(order, fc.boolean(), fc.string(), (parents, isReversed, manager) => {
    const turned = parents.map((one) => ({
      ...one,
      conditions: isReversed ? one.conditions.toReversed() : one.conditions,
    }));
    const after = withMetadata(route({ parents: turned }), { managedFields: [{ manager }] });
    const { controllers, removedForeign } = routeChange(route({ parents: entries }), after);
    assert.deepEqual([controllers, removedForeign], [[], []]);
  }));
});
