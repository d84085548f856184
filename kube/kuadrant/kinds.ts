/**
 * The kinds that limit and guard a model gateway, and those that it serves models with.
 * Sources: Kuadrant/kuadrant-operator, api/v1 and api/v1alpha1; opendatahub-io/models-as-a-service,
 * maas-controller/api/maas/v1alpha1; kserve/kserve, pkg/apis/serving/v1alpha1.
 * @module
 */

import type { Resource } from "../resource.ts";

export const RATE_LIMIT_POLICIES: Resource = {
  group: "kuadrant.io",
  version: "v1",
  plural: "ratelimitpolicies",
  kind: "RateLimitPolicy",
  namespaced: true,
};

export const TOKEN_RATE_LIMIT_POLICIES: Resource = {
  group: "kuadrant.io",
  version: "v1alpha1",
  plural: "tokenratelimitpolicies",
  kind: "TokenRateLimitPolicy",
  namespaced: true,
};

export const AUTH_POLICIES: Resource = {
  group: "kuadrant.io",
  version: "v1",
  plural: "authpolicies",
  kind: "AuthPolicy",
  namespaced: true,
};

/** What limits of tokens are generated from, where there is one. */
export const MAAS_SUBSCRIPTIONS: Resource = {
  group: "maas.opendatahub.io",
  version: "v1alpha1",
  plural: "maassubscriptions",
  kind: "MaaSSubscription",
  namespaced: true,
};

export const LLM_INFERENCE_SERVICES: Resource = {
  group: "serving.kserve.io",
  version: "v1alpha1",
  plural: "llminferenceservices",
  kind: "LLMInferenceService",
  namespaced: true,
};

/** Those that hold rates. */
export const LIMIT_KINDS: readonly Resource[] = [
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
  MAAS_SUBSCRIPTIONS,
];
