/**
 * Does a tick back up a workspace? It looks at nothing but the workspace and the time of the tick before.
 * Source: devfile/devworkspace-operator, controllers/backupcronjob (wasStoppedSinceLastBackup).
 * @module
 */

import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject } from "../../../kube/object.ts";

/**
 * @param lastTickMs when the loop of the last tick ended, epoch ms in whole seconds; undefined: there
 *   was none
 */
export function isEligible(workspace: KubeObject, lastTickMs: number | undefined): boolean {
  const { phase, started, lastBackup } = workspaceStatusOf(workspace);
  if (phase !== "Stopped") return false;
  // Without an outcome of its own it is taken for backed up by the last tick, whatever that did.
  const lastMs = lastBackup?.finishedAtMs ?? lastTickMs;
  if (lastMs === undefined) return true;
  if (lastBackup?.finishedAtMs !== undefined && !lastBackup.isSuccessful) return true;
  return started?.status === "False" && Date.parse(started.lastTransitionTime) > lastMs;
}
