/** Limits that another run has raised are found, whether it lives or was lost. */
import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import { RATE_LIMIT_POLICIES as REQUESTS } from "../../../../kube/kuadrant/kinds.ts";
import { Borrowed } from "../../../../kube/owned/borrowed.ts";
import { limitPoliciesOf } from "../../../../probes/maas/policies/limit_policies.ts";
import { raisedByOthers } from "../../../../probes/maas/policies/raised_by_others.ts";
import { GATEWAY, MaasWorld, NEVER, REQUEST_LIMITS, requestLimits } from "../maas_world.ts";

Deno.test("a run that has raised limits is named until it has given them back", async () => {
  await using world = await MaasWorld.with([[REQUESTS, requestLimits()]]);
  const { cluster, context } = world;
  const raised = async () => {
    const { policies } = await limitPoliciesOf(cluster, { gateway: GATEWAY, ...context });
    return await raisedByOthers(policies, { cluster, signal: NEVER });
  };
  assert.equal(await raised(), undefined);
  const identity = { runId: "nightly", command: "maas users" };
  const run = new Run({ id: "nightly", clock: cluster.clock, rng: createRng(1), log: () => {} });
  const borrowed = new Borrowed(run, { cluster, identity, namespace: "default" });
  const field = { path: "/spec/limits/free/rates/0/limit", value: 10_000 };
  await world.advance(borrowed.change(REQUESTS, REQUEST_LIMITS, [field]));
  assert.equal(
    await raised(),
    "run nightly has raised them and not given them back: wait for it, or " +
      "scaletool maas restore --run-id nightly",
  );
  await world.advance(run.undoAll({ signal: NEVER, onLong: () => {} }), 1_000);
  assert.equal(await raised(), undefined);
});
