/**
 * With which kinds does a Models-as-a-Service installation extend a cluster? As far as anything looks at
 * them: groups and versions, the shape of rates with the pattern of windows, statuses of their own.
 * Sources: Kuadrant/kuadrant-operator, api/v1 and api/v1alpha1; kserve/kserve, pkg/apis/serving/v1alpha1;
 * openshift/api, config/v1.
 * @module
 */

import type { Definition } from "../gateway/definitions.ts";

/** A schema that says nothing of what is in it. */
const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const TEXT = { type: "string", minLength: 1 };

const RATE = object({
  limit: { type: "integer" },
  window: { type: "string", pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" },
}, ["limit", "window"]);

const LIMITS = {
  type: "object",
  additionalProperties: object({
    rates: { type: "array", items: RATE },
    when: { type: "array", items: object({ predicate: TEXT }, ["predicate"]) },
    counters: { type: "array", items: object({ expression: TEXT }, ["expression"]) },
  }),
};

const HOLDER = object({
  strategy: { type: "string", enum: ["atomic", "merge"] },
  limits: LIMITS,
});

const LIMIT_POLICY = object({
  targetRef: object(
    { group: TEXT, kind: TEXT, name: TEXT, sectionName: TEXT },
    ["group", "kind", "name"],
  ),
  limits: LIMITS,
  defaults: HOLDER,
  overrides: HOLDER,
}, ["targetRef"]);

export const MAAS_DEFINITIONS: readonly Definition[] = [
  definition("kuadrant.io/v1", "RateLimitPolicy", {
    plural: "ratelimitpolicies",
    spec: LIMIT_POLICY,
  }),
  definition("kuadrant.io/v1alpha1", "TokenRateLimitPolicy", {
    plural: "tokenratelimitpolicies",
    spec: LIMIT_POLICY,
  }),
  definition("kuadrant.io/v1", "AuthPolicy", { plural: "authpolicies" }),
  definition("serving.kserve.io/v1alpha1", "LLMInferenceService", {
    plural: "llminferenceservices",
  }),
  definition("config.openshift.io/v1", "Ingress", { plural: "ingresses", scope: "Cluster" }),
];

function definition(
  groupVersion: string,
  kind: string,
  { plural, scope = "Namespaced", spec = ANYTHING }: {
    plural: string;
    scope?: "Namespaced" | "Cluster";
    spec?: Readonly<Record<string, unknown>>;
  },
): Definition {
  const [group, version] = groupVersion.split("/") as [string, string];
  const body = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: object({ spec, status: ANYTHING }) },
      }],
    },
  };
  return body;
}

function object(properties: Readonly<Record<string, unknown>>, required?: readonly string[]) {
  return { type: "object", properties, ...(required === undefined ? {} : { required }) };
}
