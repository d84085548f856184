/**
 * A cluster with what limits a model gateway: the definitions, the Gateway, and policies as they are
 * installed, all in this process; their controller says what a test has it say.
 * @module
 */

import { createRng } from "../../../core/load/rng.ts";
import { Run } from "../../../core/run/run.ts";
import { GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import {
  AUTH_POLICIES,
  LLM_INFERENCE_SERVICES,
  MAAS_SUBSCRIPTIONS,
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
} from "../../../kube/kuadrant/kinds.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import {
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  type Resource,
  resourceName,
} from "../../../kube/resource.ts";
import { SandboxCluster } from "../../support/sandbox_cluster.ts";
import { TempDir } from "../../support/scaletool.ts";

export const GATEWAY = { namespace: "openshift-ingress", name: "maas-default-gateway" };
export const REQUEST_LIMITS = { namespace: GATEWAY.namespace, name: "gateway-rate-limits" };
export const TOKEN_LIMITS = { namespace: GATEWAY.namespace, name: "gateway-token-rate-limits" };
export const NEVER = new AbortController().signal;

export const MAAS_KINDS = [
  GATEWAYS,
  HTTP_ROUTES,
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
  AUTH_POLICIES,
  LLM_INFERENCE_SERVICES,
];

/** As the tiers' limits are installed. */
export function limit(tier: string, rates: readonly unknown[]) {
  return {
    rates,
    when: [{ predicate: `auth.identity.tier == "${tier}"` }],
    counters: [{ expression: "auth.identity.userid" }],
  };
}

export const TO_GATEWAY = {
  group: "gateway.networking.k8s.io",
  kind: "Gateway",
  name: GATEWAY.name,
};
export const TO_ROUTE = { ...TO_GATEWAY, kind: "HTTPRoute", name: "opt-route" };

export function requestLimits(spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  const limits = {
    free: limit("free", [{ limit: 5, window: "2m" }]),
    premium: limit("premium", [{ limit: 20, window: "2m" }]),
  };
  return { metadata: REQUEST_LIMITS, spec: { targetRef: TO_GATEWAY, limits, ...spec } };
}

export function tokenLimits(spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  const limits = { "free-user-tokens": limit("free", [{ limit: 100, window: "1m" }]) };
  return { metadata: TOKEN_LIMITS, spec: { targetRef: TO_GATEWAY, limits, ...spec } };
}

/** Attached to the Gateway, unless it is said to which. */
export function route(name = "opt-route", parent: ObjectRef = GATEWAY): KubeObject {
  return { metadata: { namespace: "llm", name }, spec: { parentRefs: [parent] } };
}

/** As maas-controller writes it. */
export function generatedLimits(limits: unknown, { model = "opt" } = {}): KubeObject {
  return {
    metadata: {
      namespace: "llm",
      name: `maas-trlp-${model}`,
      labels: {
        "app.kubernetes.io/managed-by": "maas-controller",
        "maas.opendatahub.io/model": model,
        "maas.opendatahub.io/model-namespace": "llm",
      },
    },
    spec: { targetRef: TO_ROUTE, limits },
  };
}

export function subscription(
  name: string,
  models: readonly { readonly name: string; readonly rates: readonly unknown[] }[],
): KubeObject {
  const modelRefs = models.map(({ name, rates }) => ({
    name,
    namespace: "llm",
    tokenRateLimits: rates,
  }));
  return { metadata: { namespace: "models-as-a-service", name }, spec: { modelRefs } };
}

export class MaasWorld implements AsyncDisposable {
  readonly cluster = new SandboxCluster();
  readonly directory = new TempDir();
  /** Codes and texts of what the run has warned of. */
  readonly warnings: string[] = [];
  readonly run = new Run({
    id: "r1",
    clock: this.cluster.clock,
    rng: createRng(1),
    directory: this.directory.path,
    log: (...records) => {
      for (const record of records) {
        if (record.type !== "warning") continue;
        this.warnings.push(`${record.warning.code}: ${record.warning.message}`);
      }
    },
  });

  static async with(
    objects: readonly (readonly [Resource, KubeObject])[],
    { kinds = MAAS_KINDS }: { kinds?: readonly Resource[] } = {},
  ): Promise<MaasWorld> {
    const world = new MaasWorld();
    const { cluster } = world;
    for (const name of [GATEWAY.namespace, "llm", "models-as-a-service"]) {
      await cluster.create(NAMESPACES, { metadata: { name } });
    }
    for (const kind of kinds) await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, definition(kind));
    for (const [resource, object] of objects) await cluster.create(resource, object);
    cluster.calls.length = 0;
    return world;
  }

  get context() {
    return { clock: this.cluster.clock, rng: createRng(3), signal: NEVER };
  }

  /** Lets time pass until it has ended. */
  async advance<T>(promise: Promise<T>, stepMs = 100): Promise<T> {
    let isOver = false;
    promise.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.cluster.clock.advance(stepMs);
    return await promise;
  }

  undo(): ReturnType<Run["undoAll"]> {
    return this.advance(this.run.undoAll({ signal: NEVER, onLong: () => {} }), 1_000);
  }

  async spec(resource: Resource, ref: ObjectRef): Promise<unknown> {
    return (await this.cluster.get(resource, ref))["spec"];
  }

  /** As Kuadrant does: the generation is that of the whole status. */
  async say(
    resource: Resource,
    ref: ObjectRef,
    { enforced = "True", reason = "Enforced", generation }: {
      enforced?: string;
      reason?: string;
      generation?: number;
    } = {},
  ): Promise<void> {
    const { metadata } = await this.cluster.get(resource, ref);
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    await this.cluster.setStatus(resource, ref, {
      observedGeneration: generation ?? metadata.generation,
      conditions: [
        { type: "Accepted", status: "True", reason: "Accepted", message: "", lastTransitionTime },
        { type: "Enforced", status: enforced, reason, message: "", lastTransitionTime },
      ],
    });
  }

  /** Somebody else writes. */
  async write(resource: Resource, ref: ObjectRef, body: unknown): Promise<void> {
    const options = { type: "json", fieldManager: "argocd" } as const;
    await this.cluster.patch(resource, ref, { body, options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster[Symbol.dispose]();
    await this.directory[Symbol.asyncDispose]();
  }
}

export { MAAS_SUBSCRIPTIONS };

/** A definition that takes any fields, with a status of its own. */
export function definition(resource: Resource): KubeObject {
  const { group, plural, kind, namespaced, version } = resource;
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: apiVersionOf(CUSTOM_RESOURCE_DEFINITIONS),
    kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
    metadata: { name: resourceName(resource) },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [{
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: { status: {} },
      }],
    },
  };
}
