/**
 * The kinds of the DevWorkspace Operator.
 * Sources: devfile/api, pkg/apis/workspaces/v1alpha2; devfile/devworkspace-operator,
 * apis/controller/v1alpha1.
 * @module
 */

import type { Resource } from "../resource.ts";

export const DEV_WORKSPACES: Resource = {
  group: "workspace.devfile.io",
  version: "v1alpha2",
  plural: "devworkspaces",
  kind: "DevWorkspace",
  namespaced: true,
};

export const OPERATOR_CONFIGS: Resource = {
  group: "controller.devfile.io",
  version: "v1alpha1",
  plural: "devworkspaceoperatorconfigs",
  kind: "DevWorkspaceOperatorConfig",
  namespaced: true,
};

/** The one in the operator's namespace that counts for all workspaces. */
export const GLOBAL_CONFIG_NAME = "devworkspace-operator-config";
