/**
 * Which DevWorkspace is created to restore one from its backup, and from which image? Pure.
 * Source: devfile/devworkspace-operator, pkg/library/restore; pkg/constants/attributes.go.
 * @module
 */

import { fieldsOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { ATTRIBUTE } from "../../../kube/devworkspace/words.ts";
import { type WorkspaceRef } from "../workspaces/workspace_ref.ts";

/** Where the operator puts the backup of a workspace, whatever config the workspace names. */
export function backupImage(registryPath: string, { namespace, name }: WorkspaceRef): string {
  return `${registryPath.replace(/\/+$/, "")}/${namespace}/${name}:latest`;
}

/**
 * The workspace as it was made, with its name, namespace and labels, to be started with the projects
 * of its backup. Annotations stay behind: they tell of the life that is over.
 *
 * One that names a config of its own is restored from that config's registry, where no backup ever
 * goes, unless it names the image.
 */
export function restorable(
  workspace: KubeObject,
  { registryPath }: { readonly registryPath: string },
): KubeObject {
  const { metadata: { namespace = "", name = "", labels = {} }, spec } = workspace;
  const { projects: _, ...template } = fieldsOf(fieldsOf(spec)["template"]);
  const attributes = fieldsOf(template["attributes"]);
  const source = ATTRIBUTE.externalConfig in attributes
    ? { [ATTRIBUTE.restoreSourceImage]: backupImage(registryPath, { namespace, name }) }
    : {};
  return {
    ...(workspace.apiVersion === undefined ? {} : { apiVersion: workspace.apiVersion }),
    ...(workspace.kind === undefined ? {} : { kind: workspace.kind }),
    metadata: { namespace, name, labels },
    spec: {
      ...fieldsOf(spec),
      started: true,
      template: {
        ...template,
        attributes: { ...attributes, ...source, [ATTRIBUTE.restoreWorkspace]: "true" },
      },
    },
  };
}
