import assert from "node:assert/strict";
import { RATE_LIMIT_POLICIES as REQUESTS } from "../../../../kube/kuadrant/kinds.ts";
import { limitPoliciesOf } from "../../../../probes/maas/policies/limit_policies.ts";
import { raiseLimits } from "../../../../probes/maas/policies/raise_limits.ts";
import { watchLimits } from "../../../../probes/maas/policies/watch_limits.ts";
import { GATEWAY, MaasWorld, REQUEST_LIMITS, requestLimits } from "../maas_world.ts";

const FREE = "/spec/limits/free/rates/0/limit";

async function watched() {
  const world = await MaasWorld.with([[REQUESTS, requestLimits()]]);
  const { cluster, run, context } = world;
  const raised = await world.advance(raiseLimits(run, {
    cluster,
    identity: { runId: run.id, command: "maas users" },
    limits: await limitPoliciesOf(cluster, { gateway: GATEWAY, ...context }),
    wanted: { requests: 10_000, tokens: 1 },
    enforcedTimeoutMs: 1_000,
  }));
  world.warnings.length = 0;
  const told: string[] = [];
  const watch = await world.advance(watchLimits(run, raised, ({ why }) => told.push(why)));
  const settle = () => cluster.clock.advance(0);
  return { world, told, settle, watch, raised };
}

Deno.test("somebody else's revert is told when it happens, once, with what it is now and by whom", async () => {
  const { world, told, settle, watch } = await watched();
  await using _world = world;
  await settle();
  assert.deepEqual(told, []);
  await world.write(REQUESTS, REQUEST_LIMITS, [{ op: "replace", path: FREE, value: 5 }]);
  await settle();
  const expected = `"argocd" has changed ratelimitpolicies.kuadrant.io ` +
    `openshift-ingress/gateway-rate-limits while its limits were raised: ${FREE} is 5, not 10000`;
  assert.deepEqual(told, [expected]);
  assert.deepEqual(world.warnings, [`limits-reverted: ${expected}`]);
  await world.say(REQUESTS, REQUEST_LIMITS);
  await settle();
  assert.equal(told.length, 1);
  await watch[Symbol.asyncDispose]();
});

Deno.test("a status, a label and another field of the policy are no revert", async () => {
  const { world, told, settle, watch } = await watched();
  await using _world = world;
  await world.say(REQUESTS, REQUEST_LIMITS);
  await world.write(REQUESTS, REQUEST_LIMITS, [
    { op: "add", path: "/metadata/labels", value: { a: "b" } },
    { op: "replace", path: "/spec/limits/free/when", value: [] },
  ]);
  await settle();
  assert.deepEqual(told, []);
  await watch[Symbol.asyncDispose]();
});

Deno.test("a policy that is deleted, or has lost the rate, is told", async () => {
  const { world, told, settle, watch } = await watched();
  await using _world = world;
  await world.write(REQUESTS, REQUEST_LIMITS, [{ op: "remove", path: "/spec/limits/free" }]);
  await settle();
  await world.cluster.delete(REQUESTS, REQUEST_LIMITS);
  await settle();
  assert.match(told.join("\n"), /rates\/0\/limit is gone\n.*it was deleted$/);
  await watch[Symbol.asyncDispose]();
});

Deno.test("a revert before the watch was open is told when it opens", async () => {
  const { world, told, watch, raised } = await watched();
  await using _world = world;
  await watch[Symbol.asyncDispose]();
  await world.write(REQUESTS, REQUEST_LIMITS, [{ op: "replace", path: FREE, value: 5 }]);
  const again = await world.advance(watchLimits(world.run, raised, ({ why }) => told.push(why)));
  assert.equal(told.length, 1);
  await again[Symbol.asyncDispose]();
});

Deno.test("what is given back after the end of the watch is no revert", async () => {
  const { world, told, settle, watch } = await watched();
  await using _world = world;
  await watch[Symbol.asyncDispose]();
  assert.deepEqual(await world.undo(), []);
  await settle();
  assert.deepEqual(told, []);
});
