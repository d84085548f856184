import assert from "node:assert/strict";
import fc from "fast-check";
import { conditionsOf, conditionText, observation } from "../../kube/condition.ts";
import { condition, NOW, unwritten } from "./gateway_api/written.ts";

function observed(generation: number | undefined, ...conditions: unknown[]) {
  return observation(conditionsOf({ conditions }), generation);
}

Deno.test("conditions are current, stale, of generation 0 or of none", () => {
  const of = (generation: number | null) => condition("Accepted", { generation });
  assert.equal(observed(2, of(2), of(2)), "current");
  assert.equal(observed(2, of(3)), "current");
  assert.equal(observed(2, of(2), of(1)), "stale");
  assert.equal(observed(2, of(0)), "zero");
  assert.equal(observed(2, of(2), of(null)), "absent");
  assert.equal(observed(2, unwritten("Accepted")), "absent");
  assert.equal(observed(2), "absent");
  assert.equal(observed(undefined, of(1)), "current");
});

Deno.test("what the server filled in is no observation, even with a generation", () => {
  assert.equal(observed(1, { ...unwritten("Accepted"), observedGeneration: 1 }), "absent");
});

Deno.test("a condition of odd types is read as far as it goes", () => {
  const odd = { type: "Accepted", status: true, reason: 3, observedGeneration: "1" };
  assert.deepEqual(conditionsOf({ conditions: [odd, null, "x"] }), [{
    type: "Accepted",
    status: "Unknown",
    reason: "",
    message: "",
    lastTransitionTime: "",
  }]);
});

Deno.test("conditions of anything at all can be read", () => {
  fc.assert(fc.property(fc.anything(), (anything) => {
    const read = conditionsOf({ conditions: [anything] });
    assert.ok(read.every(({ status }) => ["True", "False", "Unknown"].includes(status)));
    assert.ok(Array.isArray(conditionsOf(anything)));
  }));
});

Deno.test("a condition in words has its reason and message, where there are any", () => {
  const texts = conditionsOf({
    conditions: [
      condition("Accepted", { status: "False", reason: "PortUnavailable", message: "no port 81" }),
      condition("Programmed", { reason: "", message: "" }),
    ],
  }).map(conditionText);
  assert.deepEqual(texts, ["Accepted=False (PortUnavailable: no port 81)", "Programmed=True"]);
  assert.equal(conditionsOf({ conditions: [condition("A")] })[0]?.lastTransitionTime, NOW);
});
