import assert from "node:assert/strict";
import {
  concernsGateway,
  isGenerated,
  isManaged,
  isRefToModel,
  modelOfGenerated,
} from "../../../kube/kuadrant/policy_target.ts";
import type { KubeObject } from "../../../kube/object.ts";

const GATEWAY = { namespace: "infra", name: "gw" };
const GROUP = "gateway.networking.k8s.io";

function policy(targetRef: Readonly<Record<string, string>>, namespace = "infra"): KubeObject {
  return {
    metadata: { namespace, name: "p" },
    spec: { targetRef: { group: GROUP, ...targetRef } },
  };
}

function route(name: string, parent: Readonly<Record<string, string>>): KubeObject {
  return { metadata: { namespace: "llm", name }, spec: { parentRefs: [parent] } };
}

Deno.test("a policy is about a Gateway directly, by a listener of it, or by a route attached to it", () => {
  const routes = [
    route("mine", GATEWAY),
    route("listener", { ...GATEWAY, sectionName: "https" }),
    route("other", { namespace: "infra", name: "other" }),
    route("local", { name: "gw" }), // of the route's own namespace
  ];
  const concerns = (one: KubeObject) => concernsGateway(one, { gateway: GATEWAY, routes });
  const cases: readonly (readonly [boolean, KubeObject])[] = [
    [true, policy({ kind: "Gateway", name: "gw" })],
    [true, policy({ kind: "Gateway", name: "gw", sectionName: "https" })],
    [false, policy({ kind: "Gateway", name: "gw" }, "llm")],
    [false, policy({ kind: "Gateway", name: "other" })],
    [false, policy({ kind: "Gateway", name: "gw", group: "" })],
    [true, policy({ kind: "HTTPRoute", name: "mine" }, "llm")],
    [true, policy({ kind: "HTTPRoute", name: "listener" }, "llm")],
    [false, policy({ kind: "HTTPRoute", name: "mine" })],
    [false, policy({ kind: "HTTPRoute", name: "other" }, "llm")],
    [false, policy({ kind: "HTTPRoute", name: "local" }, "llm")],
    [false, policy({ kind: "Service", name: "mine" }, "llm")],
    [false, { metadata: { namespace: "infra", name: "p" } }],
  ];
  for (const [expected, one] of cases) {
    assert.equal(concerns(one), expected, JSON.stringify(one));
  }
});

Deno.test("what is generated, of which model it is, and what is managed is told by labels and annotations", () => {
  const generated: KubeObject = {
    metadata: {
      labels: {
        "app.kubernetes.io/managed-by": "maas-controller",
        "maas.opendatahub.io/model": "opt",
        "maas.opendatahub.io/model-namespace": "llm",
      },
    },
  };
  assert.equal(isGenerated(generated), true);
  assert.deepEqual(modelOfGenerated(generated), { name: "opt", namespace: "llm" });
  assert.equal(isGenerated({ metadata: {} }), false);
  assert.equal(modelOfGenerated({ metadata: {} }), undefined);
  const managed = (value: string) =>
    isManaged({ metadata: { annotations: { "opendatahub.io/managed": value } } });
  assert.deepEqual([managed("true"), managed(""), managed("false")], [true, true, false]);
  assert.equal(isManaged({ metadata: {} }), false);
});

Deno.test("a subscription names a model by its namespace, or in its own", () => {
  const subscription: KubeObject = {
    metadata: { namespace: "subs", name: "gold" },
    spec: { modelRefs: [{ name: "opt", namespace: "llm" }, { name: "opt" }] },
  };
  const isRef = (index: number, namespace: string | undefined) =>
    isRefToModel(subscription, { index, models: [{ name: "opt", namespace }] });
  assert.deepEqual([isRef(0, "llm"), isRef(0, "subs")], [true, false]);
  assert.deepEqual([isRef(1, "llm"), isRef(1, "subs")], [false, true]);
  assert.deepEqual([isRef(0, undefined), isRef(2, "llm")], [true, false]);
});
