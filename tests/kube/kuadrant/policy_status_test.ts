import assert from "node:assert/strict";
import { enforcementOf } from "../../../kube/kuadrant/policy_status.ts";

interface Said {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly observedGeneration?: number;
}

const ACCEPTED = { type: "Accepted", status: "True" };
const ENFORCED = { type: "Enforced", status: "True" };
const time = { lastTransitionTime: "2026-01-01T00:00:00Z" };

/** Of generation 2. */
function stateOf(conditions: readonly Said[], observedGeneration?: number): string {
  const { state, isVersioned } = enforcementOf({
    metadata: { name: "p", generation: 2 },
    status: { observedGeneration, conditions: conditions.map((one) => ({ ...one, ...time })) },
  });
  return isVersioned ? state : `${state}, of any generation`;
}

Deno.test("a policy is enforced as its controller says, of the generation that it has", () => {
  assert.equal(stateOf([ACCEPTED, ENFORCED], 2), "enforced");
  assert.equal(stateOf([ACCEPTED, ENFORCED], 1), "pending, of any generation");
  assert.equal(stateOf([ACCEPTED, ENFORCED]), "enforced, of any generation");
  assert.equal(stateOf([ACCEPTED, { ...ENFORCED, observedGeneration: 2 }], 1), "enforced");
  assert.equal(
    stateOf([ACCEPTED, { ...ENFORCED, observedGeneration: 1 }], 2),
    "pending, of any generation",
  );
});

Deno.test("what is not enforced yet is told from what will not be", () => {
  assert.equal(stateOf([ACCEPTED], 2), "pending");
  assert.equal(stateOf([ACCEPTED, { ...ENFORCED, status: "Unknown" }], 2), "pending");
  assert.equal(
    stateOf([ACCEPTED, { ...ENFORCED, status: "False", reason: "Unknown" }], 2),
    "pending",
  );
  assert.equal(
    stateOf([ACCEPTED, { ...ENFORCED, status: "False", reason: "Overridden" }], 2),
    "refused",
  );
  assert.equal(stateOf([{ ...ACCEPTED, status: "False", reason: "TargetNotFound" }], 2), "refused");
  assert.equal(
    stateOf([{ ...ACCEPTED, status: "False" }], 1),
    "pending, of any generation",
    "it may be accepted by now",
  );
  assert.equal(stateOf([], 2), "untold, of any generation");
});
