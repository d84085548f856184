/**
 * What do the definitions of all Gateway API kinds have in common?
 * Source: gateway-api v1.5.1, config/crd/standard.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import {
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  type Resource,
  resourceName,
} from "../../../kube/resource.ts";
import type { Schema } from "../../kubernetes/discovery/schema.ts";

/** How a client finds out what is installed. */
const ANNOTATIONS = {
  "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/4530",
  "gateway.networking.k8s.io/bundle-version": "v1.5.1",
  "gateway.networking.k8s.io/channel": "standard",
};

/** The version of the resource is the one in which its objects are kept. */
export function definitionOf(resource: Resource, { shortNames = [], otherVersions = [], schema }: {
  readonly shortNames?: readonly string[];
  readonly otherVersions?: readonly string[];
  readonly schema: Schema;
}): KubeObject {
  const { group, plural, kind, namespaced, version } = resource;
  const hasStatus = schema.properties?.["status"] !== undefined;
  return {
    apiVersion: apiVersionOf(CUSTOM_RESOURCE_DEFINITIONS),
    kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
    metadata: { name: resourceName(resource), annotations: ANNOTATIONS },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      names: { plural, kind, categories: ["gateway-api"], shortNames },
      versions: [version, ...otherVersions].map((name) => ({
        name,
        served: true,
        storage: name === version,
        schema: { openAPIV3Schema: schema },
        ...(hasStatus ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}

/** What stands in a status until a controller has looked. */
export function pendingStatus(types: readonly string[]): unknown {
  return {
    conditions: types.map((type) => ({
      type,
      status: "Unknown",
      reason: "Pending",
      message: "Waiting for controller",
      lastTransitionTime: "1970-01-01T00:00:00Z",
    })),
  };
}
