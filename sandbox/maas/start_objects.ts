/**
 * What is in the sandbox of Models-as-a-Service before anybody has used it: the definitions, a Gateway,
 * a model, who may ask it, and the limits of each tier.
 * @module
 */

import { GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from "../../kube/gateway_api/kinds.ts";
import {
  AUTH_POLICIES,
  LLM_INFERENCE_SERVICES,
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
} from "../../kube/kuadrant/kinds.ts";
import type { KubeObject } from "../../kube/object.ts";
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, type Resource } from "../../kube/resource.ts";
import type { ApiHandler } from "../faults/fault.ts";
import { DEFINITIONS as GATEWAY_API_DEFINITIONS } from "../gateway/definitions/mod.ts";
import { createObject, writeStatus } from "../start_object.ts";
import { INGRESS_CONFIG_DEFINITION, INGRESS_CONFIGS } from "./definitions/ingresses.ts";
import { MODEL_DEFINITION } from "./definitions/models.ts";
import { POLICY_DEFINITIONS } from "./definitions/policies.ts";
import {
  API_NAMESPACE,
  DOMAIN,
  GATEWAY,
  HOST,
  MODEL,
  MODEL_ACCESS,
  MODEL_PATH,
  REQUEST_WINDOW,
  tierGroup,
  TIERS,
  TOKEN_WINDOW,
} from "./installation.ts";
import { GATEWAY_AUDIENCE } from "./settings.ts";

const RBAC = "rbac.authorization.k8s.io";
const ROLES: Resource = {
  group: RBAC,
  version: "v1",
  plural: "roles",
  kind: "Role",
  namespaced: true,
};
const ROLE_BINDINGS: Resource = { ...ROLES, plural: "rolebindings", kind: "RoleBinding" };
const CLASS = "openshift-default";
const PARENT = { group: GATEWAYS.group, kind: GATEWAYS.kind, ...GATEWAY };

/** Definitions of all kinds that an installation has. */
export async function createMaasDefinitions(kube: ApiHandler): Promise<void> {
  for (
    const definition of [
      ...GATEWAY_API_DEFINITIONS,
      ...POLICY_DEFINITIONS,
      MODEL_DEFINITION,
      INGRESS_CONFIG_DEFINITION,
    ]
  ) await createObject(kube, CUSTOM_RESOURCE_DEFINITIONS, definition);
}

/** @param options.port of the Gateway; `now`: RFC 3339 */
export async function createStartObjects(
  kube: ApiHandler,
  { port, now }: { readonly port: number; readonly now: string },
): Promise<void> {
  await createMaasDefinitions(kube);
  for (const [resource, object] of objects(port)) await createObject(kube, resource, object);
  await writeStatus(kube, GATEWAYS, { ref: GATEWAY, status: gatewayStatus(now) });
  await writeStatus(kube, LLM_INFERENCE_SERVICES, {
    ref: MODEL,
    status: { url: `http://${HOST}${MODEL_PATH}`, conditions: [condition("Ready", now)] },
  });
}

function* objects(port: number): Generator<readonly [Resource, KubeObject]> {
  yield [INGRESS_CONFIGS, { metadata: { name: "cluster" }, spec: { domain: DOMAIN } }];
  yield [GATEWAY_CLASSES, {
    metadata: { name: CLASS },
    spec: { controllerName: "openshift.io/gateway-controller/v1" },
  }];
  yield [GATEWAYS, gateway(port)];
  yield [HTTP_ROUTES, route({ namespace: API_NAMESPACE, name: "maas-api-route" }, "/maas-api")];
  yield [HTTP_ROUTES, route({ ...MODEL, name: `${MODEL.name}-kserve-route` }, MODEL_PATH)];
  yield [LLM_INFERENCE_SERVICES, model()];
  yield [ROLES, {
    metadata: { namespace: MODEL.namespace, name: `${MODEL.name}-model-post-access` },
    rules: [{
      apiGroups: [MODEL_ACCESS.group],
      resources: [MODEL_ACCESS.resource],
      resourceNames: [MODEL.name],
      verbs: [MODEL_ACCESS.verb],
    }],
  }];
  yield [ROLE_BINDINGS, {
    metadata: { namespace: MODEL.namespace, name: `${MODEL.name}-model-post-access-binding` },
    roleRef: { apiGroup: RBAC, kind: ROLES.kind, name: `${MODEL.name}-model-post-access` },
    subjects: TIERS.map(({ name }) => ({ kind: "Group", apiGroup: RBAC, name: tierGroup(name) })),
  }];
  yield [CONFIG_MAPS, tiers()];
  yield [AUTH_POLICIES, authPolicy()];
  yield [
    RATE_LIMIT_POLICIES,
    policy("gateway-rate-limits", (tier) => [tier.name, {
      limit: tier.requests,
      window: REQUEST_WINDOW,
    }]),
  ];
  yield [
    TOKEN_RATE_LIMIT_POLICIES,
    policy("gateway-token-rate-limits", (tier) => [`${tier.name}-user-tokens`, {
      limit: tier.tokens,
      window: TOKEN_WINDOW,
    }]),
  ];
}

function gateway(port: number): KubeObject {
  return {
    metadata: { ...GATEWAY },
    spec: {
      gatewayClassName: CLASS,
      listeners: [{
        name: "http",
        protocol: "HTTP",
        hostname: HOST,
        port,
        allowedRoutes: { namespaces: { from: "All" } },
      }],
    },
  };
}

function gatewayStatus(now: string): unknown {
  const conditions = ["Accepted", "Programmed"].map((type) => condition(type, now));
  return {
    addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
    conditions,
    listeners: [{
      name: "http",
      attachedRoutes: 2,
      supportedKinds: [{ group: HTTP_ROUTES.group, kind: HTTP_ROUTES.kind }],
      conditions,
    }],
  };
}

function route(ref: { readonly namespace: string; readonly name: string }, path: string) {
  return {
    metadata: { namespace: ref.namespace, name: ref.name },
    spec: {
      parentRefs: [PARENT],
      hostnames: [HOST],
      rules: [{ matches: [{ path: { type: "PathPrefix", value: path } }] }],
    },
  };
}

function model(): KubeObject {
  return {
    metadata: {
      namespace: MODEL.namespace,
      name: MODEL.name,
      // An empty list: for every tier.
      annotations: { "alpha.maas.opendatahub.io/tiers": "[]" },
    },
    spec: {
      model: { name: MODEL.served, uri: "hf://sshleifer/tiny-gpt2" },
      replicas: 1,
      router: { route: {}, gateway: { refs: [GATEWAY] } },
    },
  };
}

function tiers(): KubeObject {
  const lines = TIERS.map(({ name }, level) =>
    `- name: ${name}\n  level: ${level}\n  groups:\n  - tier-${name}-users\n` +
    (level === 0 ? "  - system:authenticated\n" : "")
  );
  return {
    metadata: { namespace: API_NAMESPACE, name: "tier-to-group-mapping" },
    data: { tiers: lines.join("") },
  };
}

function authPolicy(): KubeObject {
  return {
    metadata: { namespace: GATEWAY.namespace, name: "gateway-auth-policy" },
    spec: {
      targetRef: targetRef(),
      rules: {
        authentication: {
          "service-accounts": { kubernetesTokenReview: { audiences: [GATEWAY_AUDIENCE] } },
        },
      },
    },
  };
}

type Tier = typeof TIERS[number];

function policy(
  name: string,
  limitOf: (tier: Tier) => readonly [string, { readonly limit: number; readonly window: string }],
): KubeObject {
  const limits = TIERS.map((tier) => {
    const [limitName, rate] = limitOf(tier);
    return [limitName, {
      rates: [rate],
      when: [{ predicate: `auth.identity.tier == "${tier.name}"` }],
      counters: [{ expression: "auth.identity.userid" }],
    }];
  });
  return {
    metadata: { namespace: GATEWAY.namespace, name },
    spec: { targetRef: targetRef(), limits: Object.fromEntries(limits) },
  };
}

function targetRef() {
  return { group: GATEWAYS.group, kind: GATEWAYS.kind, name: GATEWAY.name };
}

function condition(type: string, now: string) {
  return {
    type,
    status: "True",
    reason: type,
    message: "",
    observedGeneration: 1,
    lastTransitionTime: now,
  };
}
