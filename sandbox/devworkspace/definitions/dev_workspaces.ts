/**
 * DevWorkspace, as far as commands meet it. Of its components the fields of containers and volumes are
 * known, and what else stands in those is dropped.
 * Source: devfile/api, crds/workspace.devfile.io_devworkspaces.yaml.
 * @module
 */

import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { customDefinition } from "../../custom_definition.ts";
import type { Schema } from "../../kubernetes/discovery/schema.ts";

function objectOf(names: readonly string[], more: Omit<Schema, "type"> = {}): Schema {
  const properties = Object.fromEntries(names.map((name): [string, Schema] => [name, {}]));
  return { type: "object", ...more, properties: { ...properties, ...more.properties } };
}

const CONTAINER = objectOf([
  "annotation",
  "args",
  "command",
  "cpuLimit",
  "cpuRequest",
  "dedicatedPod",
  "endpoints",
  "env",
  "image",
  "memoryLimit",
  "memoryRequest",
  "mountSources",
  "sourceMapping",
  "volumeMounts",
], { required: ["image"] });

const COMPONENT = objectOf([
  "attributes",
  "componentType",
  "custom",
  "image",
  "kubernetes",
  "name",
  "openshift",
  "plugin",
], {
  required: ["name"],
  properties: { container: CONTAINER, volume: objectOf(["ephemeral", "size"]) },
});

const CONDITION: Schema = { required: ["status", "type"] };

export const DEV_WORKSPACE_DEFINITION = customDefinition(DEV_WORKSPACES, {
  shortNames: ["dw"],
  schema: {
    properties: {
      spec: objectOf(["contributions", "routingClass", "started"], {
        required: ["started"],
        properties: { template: { properties: { components: { items: COMPONENT } } } },
      }),
      status: objectOf(["devworkspaceId", "mainUrl", "message", "phase"], {
        required: ["devworkspaceId"],
        properties: { conditions: { items: CONDITION } },
      }),
    },
  },
});
