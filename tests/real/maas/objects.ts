/**
 * Which objects make a Models-as-a-Service installation, as the commands find one? The names are those
 * of opendatahub-io/models-as-a-service in the days of tiers. Pure values; sends nothing.
 * @module
 */

import type { Creation } from "../gateway/objects.ts";

export const TIERS = ["free", "premium", "enterprise"] as const;
export type Tier = typeof TIERS[number];

/** Everything that has a name. */
export const MAAS = {
  domain: "apps.scaletool.test",
  /** As clients name it; in the cluster's certificates. */
  host: "maas.apps.scaletool.test",
  gatewayNamespace: "openshift-ingress",
  gateway: "maas-default-gateway",
  audience: "maas-default-gateway-sa",
  systemNamespace: "kuadrant-system",
  authAccount: "authorino",
  modelNamespace: "llm",
  /** Of the LLMInferenceService. */
  modelService: "facebook-opt-125m-simulated",
  /** As requests name it. */
  model: "facebook/opt-125m",
  requestPolicy: "gateway-rate-limits",
  tokenPolicy: "gateway-token-rate-limits",
} as const;

/** What the limiter calls all limits of the gateway. */
export const LIMIT_DOMAIN = `${MAAS.gatewayNamespace}/${MAAS.gateway}`;
export const MODEL_PATH = `/${MAAS.modelNamespace}/${MAAS.modelService}`;

const RBAC = "rbac.authorization.k8s.io";
const GATEWAY_API = "gateway.networking.k8s.io";

/** One number of each tier: requests of two minutes, tokens of one. */
export interface MaasRates {
  readonly requests: Readonly<Record<Tier, number>>;
  readonly tokens: Readonly<Record<Tier, number>>;
}

/** As they are installed. */
export const INSTALLED_RATES: MaasRates = {
  requests: { free: 5, premium: 20, enterprise: 50 },
  tokens: { free: 100, premium: 50_000, enterprise: 100_000 },
};

export function tierNamespace(tier: Tier): string {
  return `${MAAS.gateway}-tier-${tier}`;
}

export function policyPath(kind: "requests" | "tokens"): string {
  const inNamespace = `namespaces/${MAAS.gatewayNamespace}`;
  return kind === "requests"
    ? `/apis/kuadrant.io/v1/${inNamespace}/ratelimitpolicies/${MAAS.requestPolicy}`
    : `/apis/kuadrant.io/v1alpha1/${inNamespace}/tokenratelimitpolicies/${MAAS.tokenPolicy}`;
}

/** In the order of creation. */
export function maasObjects(): readonly Creation[] {
  return [
    ...[
      MAAS.gatewayNamespace,
      MAAS.systemNamespace,
      MAAS.modelNamespace,
      ...TIERS.map(tierNamespace),
    ].map(namespace),
    ...authIdentity(),
    ...modelRights(),
    ingressDomain(),
    ...gateway(),
    ...model(),
    authPolicy(),
    policy("requests", INSTALLED_RATES.requests),
    policy("tokens", INSTALLED_RATES.tokens),
  ];
}

function namespace(name: string): Creation {
  return { path: "/api/v1/namespaces", body: { metadata: { name } } };
}

/** May have tokens and access reviewed, and nothing else. */
function authIdentity(): Creation[] {
  const account = { namespace: MAAS.systemNamespace, name: MAAS.authAccount };
  return [
    {
      path: `/api/v1/namespaces/${account.namespace}/serviceaccounts`,
      body: { metadata: { name: account.name } },
    },
    {
      path: `/apis/${RBAC}/v1/clusterrolebindings`,
      body: {
        metadata: { name: MAAS.authAccount },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "system:auth-delegator" },
        subjects: [{ kind: "ServiceAccount", ...account }],
      },
    },
  ];
}

/** All of all tiers may ask the model. */
function modelRights(): Creation[] {
  const inNamespace = `/apis/${RBAC}/v1/namespaces/${MAAS.modelNamespace}`;
  const name = `${MAAS.modelService}-users`;
  return [
    {
      path: `${inNamespace}/roles`,
      body: {
        metadata: { name },
        rules: [{
          apiGroups: ["serving.kserve.io"],
          resources: ["llminferenceservices"],
          resourceNames: [MAAS.modelService],
          verbs: ["post"],
        }],
      },
    },
    ...TIERS.map((tier) => ({
      path: `${inNamespace}/rolebindings`,
      body: {
        metadata: { name: `${name}-${tier}` },
        roleRef: { apiGroup: RBAC, kind: "Role", name },
        subjects: [{
          apiGroup: RBAC,
          kind: "Group",
          name: `system:serviceaccounts:${tierNamespace(tier)}`,
        }],
      },
    })),
  ];
}

function ingressDomain(): Creation {
  return {
    path: "/apis/config.openshift.io/v1/ingresses",
    body: {
      apiVersion: "config.openshift.io/v1",
      kind: "Ingress",
      metadata: { name: "cluster" },
      spec: { domain: MAAS.domain },
    },
  };
}

function gateway(): Creation[] {
  const listener = (name: string, port: number, protocol: string) => ({
    name,
    port,
    protocol,
    hostname: MAAS.host,
    allowedRoutes: { namespaces: { from: "All" } },
  });
  const certificate = {
    tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: "maas-tls" }] },
  };
  return [
    {
      path: `/apis/${GATEWAY_API}/v1/gatewayclasses`,
      body: {
        apiVersion: `${GATEWAY_API}/v1`,
        kind: "GatewayClass",
        metadata: { name: "maas" },
        spec: { controllerName: "scaletool.test/maas" },
      },
    },
    {
      path: `/apis/${GATEWAY_API}/v1/namespaces/${MAAS.gatewayNamespace}/gateways`,
      body: {
        apiVersion: `${GATEWAY_API}/v1`,
        kind: "Gateway",
        metadata: { name: MAAS.gateway },
        spec: {
          gatewayClassName: "maas",
          listeners: [
            listener("http", 80, "HTTP"),
            { ...listener("https", 443, "HTTPS"), ...certificate },
          ],
        },
      },
    },
  ];
}

function model(): Creation[] {
  const gatewayRef = { namespace: MAAS.gatewayNamespace, name: MAAS.gateway };
  return [
    {
      path:
        `/apis/serving.kserve.io/v1alpha1/namespaces/${MAAS.modelNamespace}/llminferenceservices`,
      body: {
        apiVersion: "serving.kserve.io/v1alpha1",
        kind: "LLMInferenceService",
        metadata: { name: MAAS.modelService },
        spec: {
          model: { name: MAAS.model, uri: `hf://${MAAS.model}` },
          router: { gateway: { refs: [gatewayRef] } },
        },
      },
    },
    {
      path: `/apis/${GATEWAY_API}/v1/namespaces/${MAAS.modelNamespace}/httproutes`,
      body: {
        apiVersion: `${GATEWAY_API}/v1`,
        kind: "HTTPRoute",
        metadata: { name: `${MAAS.modelService}-kserve-route` },
        spec: {
          parentRefs: [gatewayRef],
          rules: [{ matches: [{ path: { type: "PathPrefix", value: MODEL_PATH } }] }],
        },
      },
    },
  ];
}

function authPolicy(): Creation {
  return {
    path: `/apis/kuadrant.io/v1/namespaces/${MAAS.gatewayNamespace}/authpolicies`,
    body: {
      apiVersion: "kuadrant.io/v1",
      kind: "AuthPolicy",
      metadata: { name: "gateway-auth-policy" },
      spec: {
        targetRef: gatewayTarget(),
        rules: {
          authentication: {
            "service-accounts": { kubernetesTokenReview: { audiences: [MAAS.audience] } },
          },
        },
      },
    },
  };
}

function policy(counts: "requests" | "tokens", limits: Readonly<Record<Tier, number>>): Creation {
  const isRequests = counts === "requests";
  const path = policyPath(counts);
  const limit = (tier: Tier) => ({
    rates: [{ limit: limits[tier], window: isRequests ? "2m" : "1m" }],
    when: [{ predicate: `auth.identity.tier == "${tier}"` }],
    counters: [{ expression: "auth.identity.userid" }],
  });
  return {
    path: path.slice(0, path.lastIndexOf("/")),
    body: {
      apiVersion: `kuadrant.io/${isRequests ? "v1" : "v1alpha1"}`,
      kind: isRequests ? "RateLimitPolicy" : "TokenRateLimitPolicy",
      metadata: { name: isRequests ? MAAS.requestPolicy : MAAS.tokenPolicy },
      spec: {
        targetRef: gatewayTarget(),
        limits: Object.fromEntries(
          TIERS.map((tier) => [isRequests ? tier : `${tier}-user-tokens`, limit(tier)]),
        ),
      },
    },
  };
}

function gatewayTarget() {
  return { group: GATEWAY_API, kind: "Gateway", name: MAAS.gateway };
}

/** What their controllers would say of the objects that have none here. */
export function maasStatuses(): readonly { readonly path: string; readonly status: unknown }[] {
  const isTrue = (type: string, now = "2026-01-01T00:00:00Z") => ({
    type,
    status: "True",
    reason: type,
    message: "",
    lastTransitionTime: now,
    observedGeneration: 1,
  });
  const inModels = `namespaces/${MAAS.modelNamespace}`;
  return [
    {
      path: `/apis/${GATEWAY_API}/v1/namespaces/${MAAS.gatewayNamespace}/gateways/${MAAS.gateway}`,
      status: {
        conditions: [isTrue("Accepted"), isTrue("Programmed")],
        addresses: [{ type: "Hostname", value: MAAS.host }],
      },
    },
    {
      path:
        `/apis/serving.kserve.io/v1alpha1/${inModels}/llminferenceservices/${MAAS.modelService}`,
      status: {
        conditions: [isTrue("Ready")],
        url: `https://${MAAS.host}${MODEL_PATH}`,
      },
    },
  ];
}
