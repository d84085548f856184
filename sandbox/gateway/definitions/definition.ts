/**
 * What do the definitions of all Gateway API kinds have in common?
 * Source: gateway-api v1.5.1, config/crd/standard.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { customDefinition } from "../../custom_definition.ts";

/** How a client finds out what is installed. */
const ANNOTATIONS = {
  "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/4530",
  "gateway.networking.k8s.io/bundle-version": "v1.5.1",
  "gateway.networking.k8s.io/channel": "standard",
};

export function definitionOf(
  resource: Resource,
  traits: Omit<Parameters<typeof customDefinition>[1], "annotations" | "categories">,
): KubeObject {
  return customDefinition(resource, {
    ...traits,
    annotations: ANNOTATIONS,
    categories: ["gateway-api"],
  });
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
