import assert from "node:assert/strict";
import fc from "fast-check";
import {
  acceptanceOf,
  duplicateEntries,
  parentEntry,
} from "../../../kube/gateway_api/route_status.ts";
import { condition, entry, NOW, route, TO_GW } from "./written.ts";

const CONTOUR = "projectcontour.io/gateway-controller";
const TRAEFIK = "traefik.io/gateway-controller";
const QUERY = { gateway: { namespace: "gw", name: "gw" }, controllerName: CONTOUR };

type Fields = Parameters<typeof condition>[1];

/** Of a route whose parent has this condition Accepted, and this ResolvedRefs. */
function acceptance(accepted: Fields, refs: Fields = {}, generation = 1) {
  const conditions = [condition("Accepted", accepted), condition("ResolvedRefs", refs)];
  return acceptanceOf(route({ generation, parents: [entry(CONTOUR, conditions)] }), QUERY);
}

Deno.test("a route is accepted by what its controller says of it as it is now", () => {
  assert.deepEqual(acceptance({ message: "Accepted HTTPRoute" }), {
    state: "accepted",
    status: "True",
    observation: "current",
    observedGeneration: 1,
    reason: "Accepted",
    message: "Accepted HTTPRoute",
    refs: "resolved",
    refsReason: "ResolvedRefs",
    refsMessage: "",
  });
});

Deno.test("an accepted route may have backends that are not there", () => {
  const refs = { status: "False", reason: "BackendNotFound", message: 'service "b" not found' };
  const { state, refs: found, refsReason, refsMessage } = acceptance({}, refs);
  assert.deepEqual([state, found, refsReason, refsMessage], [
    "accepted",
    "unresolved",
    "BackendNotFound",
    'service "b" not found',
  ]);
});

Deno.test("a refused route has the reason", () => {
  const { state, reason } = acceptance({ status: "False", reason: "RuleMatchConflict" });
  assert.deepEqual([state, reason], ["refused", "RuleMatchConflict"]);
});

Deno.test("what was said of another generation, or of none, is stale and still told", () => {
  const told = (observed: number | null) => {
    const { state, status, observation, observedGeneration, refs } = acceptance(
      { generation: observed },
      { generation: observed },
      2,
    );
    return [state, status, observation, observedGeneration, refs].join(" ");
  };
  assert.equal(told(1), "stale True stale 1 unknown");
  assert.equal(told(0), "stale True zero 0 unknown");
  assert.equal(told(null), "stale True absent  unknown");
  assert.equal(told(2), "accepted True current 2 resolved");
});

Deno.test("a route of which nothing is said yet is pending", () => {
  const pending = [
    route(),
    route({ parents: [] }),
    route({ parents: [entry(CONTOUR)] }),
    route({ parents: [entry(CONTOUR, [condition("Accepted", { status: "Unknown" })])] }),
    route({ parents: [entry(TRAEFIK, [condition("Accepted")])] }),
  ];
  for (const one of pending) {
    assert.equal(acceptanceOf(one, QUERY).state, "pending", JSON.stringify(one["status"]));
  }
});

Deno.test("a parent that the route does not ask for any more counts for nothing", () => {
  const left = entry(CONTOUR, [condition("Accepted"), condition("ResolvedRefs")]);
  const moved = route({ generation: 2, parentRefs: [{ name: "b" }], parents: [left] });
  const { state, status, observation } = acceptanceOf(moved, QUERY);
  assert.deepEqual([state, status, observation], ["unrequested", "True", "stale"]);
});

Deno.test("of several entries it is one that is asked for, of the very listener if there is", () => {
  const at = (sectionName?: string) =>
    sectionName === undefined ? TO_GW : { ...TO_GW, sectionName };
  const parents = [
    entry(CONTOUR, [], at("old")),
    entry(CONTOUR, [], at()),
    entry(CONTOUR, [], at("http")),
  ];
  const both = route({ parentRefs: [at(), at("http")], parents });
  const section = (listener?: string) =>
    parentEntry(both, { ...QUERY, ...(listener === undefined ? {} : { listener }) })?.parentRef
      .sectionName;
  assert.equal(section("http"), "http");
  assert.equal(section("other"), undefined);
  assert.equal(section(), undefined);
  const onlyOther = route({ parentRefs: [at("old")], parents: [entry(CONTOUR, [], at("old"))] });
  assert.equal(parentEntry(onlyOther, { ...QUERY, listener: "http" }), undefined);
});

Deno.test("a Gateway of the same name in another namespace is another one", () => {
  const parents = [entry(CONTOUR, [], { name: "gw" })];
  const beside = route({ parentRefs: [{ name: "gw" }], parents });
  assert.equal(parentEntry(beside, QUERY), undefined);
  const own = { ...QUERY, gateway: { namespace: "apps", name: "gw" } };
  assert.notEqual(parentEntry(beside, own), undefined);
});

Deno.test("entries that are there twice are told, whether defaults are spelled out or not", () => {
  const parents = [
    entry(CONTOUR),
    entry(TRAEFIK),
    entry(CONTOUR, [], { name: "gw", namespace: "gw" }),
    entry(CONTOUR, [], { ...TO_GW, sectionName: "http" }),
  ];
  assert.deepEqual(duplicateEntries(route({ parents })), [
    { controllerName: CONTOUR, parentRef: TO_GW, count: 2 },
  ]);
  assert.deepEqual(duplicateEntries(route()), []);
});

Deno.test("the order in which the controllers have written changes nothing", () => {
  const entries = [
    entry(CONTOUR, [condition("Accepted")]),
    entry(TRAEFIK, [condition("Accepted", { status: "False", reason: "NoMatchingParent" })]),
    entry("example.com/third", [condition("Accepted", { generation: 0, at: NOW })]),
  ];
  fc.assert(fc.property(fc.shuffledSubarray(entries, { minLength: 3 }), (parents) => {
    const states = [CONTOUR, TRAEFIK, "example.com/third", "example.com/none"].map((
      controllerName,
    ) => acceptanceOf(route({ parents }), { ...QUERY, controllerName }).state);
    assert.deepEqual(states, ["accepted", "refused", "stale", "pending"]);
  }));
});
