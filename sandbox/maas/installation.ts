/**
 * Names of what a Models-as-a-Service installation is made of.
 * Source: opendatahub-io/models-as-a-service, deployment/base, at 7e0abdd6.
 * @module
 */

import type { Access } from "../../kube/service_account/access_review.ts";

export const DOMAIN = "apps.sandbox.test";
export const HOST = `maas.${DOMAIN}`;
export const GATEWAY = { namespace: "openshift-ingress", name: "maas-default-gateway" } as const;
export const API_NAMESPACE = "maas-api";
/** Of the model; the name is that of its object, and in the path. */
export const MODEL = {
  namespace: "llm",
  name: "facebook-opt-125m-simulated",
  served: "facebook/opt-125m",
} as const;
export const MODEL_PATH = `/${MODEL.namespace}/${MODEL.name}`;
export const NAMESPACES: readonly string[] = [
  GATEWAY.namespace,
  API_NAMESPACE,
  MODEL.namespace,
  "kuadrant-system",
];

/** The lowest first; with what a user of each may have. */
export const TIERS = [
  { name: "free", requests: 5, tokens: 100 },
  { name: "premium", requests: 20, tokens: 50_000 },
  { name: "enterprise", requests: 50, tokens: 100_000 },
] as const;
export const REQUEST_WINDOW = "2m";
export const TOKEN_WINDOW = "1m";

/** That every ServiceAccount of a tier is in. */
export function tierGroup(tier: string): string {
  return `system:serviceaccounts:${GATEWAY.name}-tier-${tier}`;
}

/** What one must be allowed who asks the model. */
export const MODEL_ACCESS: Access = {
  verb: "post",
  group: "serving.kserve.io",
  resource: "llminferenceservices",
  namespace: MODEL.namespace,
  name: MODEL.name,
};
