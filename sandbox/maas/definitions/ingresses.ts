/**
 * OpenShift's settings of its ingress: the domain of all that a cluster publishes.
 * Source: openshift/api, config/v1/types_ingress.go.
 * @module
 */

import type { Resource } from "../../../kube/resource.ts";
import { customDefinition } from "../../custom_definition.ts";

export const INGRESS_CONFIGS: Resource = {
  group: "config.openshift.io",
  version: "v1",
  plural: "ingresses",
  kind: "Ingress",
  namespaced: false,
};

export const INGRESS_CONFIG_DEFINITION = customDefinition(INGRESS_CONFIGS, {
  schema: { required: ["spec"], properties: { spec: {}, status: {} } },
});
