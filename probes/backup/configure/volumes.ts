/**
 * Which volume is a workspace's, of which the operator backs up the projects? Pure.
 * Source: devfile/devworkspace-operator, pkg/provision/storage; controllers/backupcronjob, getWorkspacePVCName.
 * @module
 */

import { ATTRIBUTE } from "../../../kube/devworkspace/words.ts";
import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import { type Fields, fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";

/** `spec.template.attributes`. */
export function attributesOf(workspace: KubeObject): Fields {
  return fieldsOf(fieldsOf(fieldsOf(workspace["spec"])["template"])["attributes"]);
}

/**
 * Name of its PersistentVolumeClaim; undefined: it has none, or the operator does not know it yet.
 * @param sharedClaim of those that share one
 */
export function claimOf(workspace: KubeObject, sharedClaim: string): string | undefined {
  switch (textOf(attributesOf(workspace)[ATTRIBUTE.storageType])) {
    case "ephemeral":
    case "async":
      return undefined;
    case "per-workspace": {
      const { id } = workspaceStatusOf(workspace);
      return id === undefined ? undefined : `storage-${id}`;
    }
    default:
      return sharedClaim;
  }
}
