import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { RATE_LIMIT_POLICIES } from "../../../../kube/kuadrant/kinds.ts";
import { NAMESPACES, resourcePath } from "../../../../kube/resource.ts";
import { SANDBOX_USER } from "../../../../sandbox/authentication.ts";
import { KubernetesApi } from "../../../../sandbox/kubernetes/api.ts";
import { PolicyController } from "../../../../sandbox/maas/controller/policy_controller.ts";
import type { Limit } from "../../../../sandbox/maas/limits/limit.ts";
import { AS_INSTALLED } from "../../../../sandbox/maas/settings.ts";
import { createMaasDefinitions } from "../../../../sandbox/maas/start_objects.ts";
import { createObject } from "../../../../sandbox/start_object.ts";
import { eventually } from "../../../support/eventually.ts";

const PLACE = { namespace: "ns", name: "limits" };

interface SeenPolicy {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration: number;
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly message: string;
    }[];
  };
}

/** A controller with one policy, and all that it has told its limiter. */
async function started(predicate: string) {
  const clock = new SystemClock();
  const api = new KubernetesApi({ clock, rng: createRng(1) });
  await createObject((call) => api.handle(call), NAMESPACES, { metadata: { name: "ns" } });
  await createMaasDefinitions((call) => api.handle(call));
  await createObject((call) => api.handle(call), RATE_LIMIT_POLICIES, {
    metadata: PLACE,
    spec: {
      targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" },
      limits: { free: { rates: [{ limit: 5, window: "2m" }], when: [{ predicate }] } },
    },
  });
  const told: (readonly Limit[])[] = [];
  const controller = new PolicyController({
    kube: (call) => api.handle(call),
    clock,
    gateway: "ns/gw",
    settings: () => ({ ...AS_INSTALLED.policies, lagMs: 0 }),
    onLimits: (limits) => void told.push(limits),
  });
  await controller.ready();
  const send = async (method: string, body = "") => {
    const answer = await api.handle({
      method,
      path: resourcePath(RATE_LIMIT_POLICIES, PLACE),
      headers: new Headers({ "content-type": "application/merge-patch+json" }),
      body,
      user: SANDBOX_USER,
      signal: new AbortController().signal,
    });
    return await answer.json() as SeenPolicy;
  };
  return {
    told,
    send,
    [Symbol.dispose]() {
      controller[Symbol.dispose]();
      api[Symbol.dispose]();
    },
  };
}

function said({ status }: SeenPolicy): string[] {
  return (status?.conditions ?? []).map(({ type, status }) => `${type} ${status}`);
}

Deno.test("a policy is in force before it is said to be, and so is each change of it", async () => {
  using run = await started('auth.identity.tier == "free"');
  assert.deepEqual(run.told.map(([limit]) => limit!.maxValue), [5]);
  assert.deepEqual(said(await run.send("GET")), ["Accepted True", "Enforced True"]);
  const rates = [{ limit: 50, window: "2m" }];
  await run.send("PATCH", JSON.stringify({ spec: { limits: { free: { rates } } } }));
  await eventually("the new generation", async () => {
    const { metadata, status } = await run.send("GET");
    return status?.observedGeneration === metadata.generation && metadata.generation === 2;
  });
  assert.deepEqual(run.told.map(([limit]) => limit!.maxValue), [5, 50]);
  await run.send("DELETE");
  await eventually("no limit", () => run.told.at(-1)!.length === 0);
});

Deno.test("a policy that cannot be read is not accepted, and limits nothing", async () => {
  using run = await started("true || true");
  const policy = await run.send("GET");
  assert.deepEqual(said(policy), ["Accepted False"]);
  assert.match(policy.status!.conditions[0]!.message, /Cannot evaluate/);
  assert.deepEqual(run.told, []);
});
