/**
 * What do the operator's configs say, the global one and what a workspace lays over it?
 * Source: devfile/devworkspace-operator, pkg/config/sync.go.
 * @module
 */

import { GLOBAL_CONFIG_NAME } from "../../kube/devworkspace/kinds.ts";
import { type BackupCronJob, backupCronJobOf } from "../../kube/devworkspace/operator_config.ts";
import { COMMON_CLAIM } from "../../kube/devworkspace/words.ts";
import { fieldsOf, textOf } from "../../kube/fields.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { WatchedKind } from "./cluster_view.ts";
import { OPERATOR_NAMESPACE } from "./installation.ts";

export const GLOBAL_CONFIG_REF = { namespace: OPERATOR_NAMESPACE, name: GLOBAL_CONFIG_NAME };
export const GLOBAL_CONFIG_KEY = `${OPERATOR_NAMESPACE}/${GLOBAL_CONFIG_NAME}`;

/** For one workspace. */
export interface WorkspaceConfig {
  /** Undefined: workspaces cannot be reached from outside, and none is run. */
  readonly hostSuffix: string | undefined;
  readonly commonClaim: string;
  /** Reasons of events that fail no workspace. */
  readonly ignoredEvents: readonly string[];
  /** Registry of restores; a workspace's own config comes before the global one. */
  readonly registry: BackupCronJob["registry"] | undefined;
}

/** @param external that the workspace names */
export function workspaceConfig(
  configs: Pick<WatchedKind, "get">,
  external: ObjectRef | undefined,
): WorkspaceConfig {
  const global = configs.get(GLOBAL_CONFIG_KEY);
  const own = external && configs.get(`${external.namespace}/${external.name}`);
  const { routing, workspace } = configOf(global);
  const { pvcName, ignoredUnrecoverableEvents } = fieldsOf(workspace);
  return {
    hostSuffix: textOf(fieldsOf(routing)["clusterHostSuffix"]),
    commonClaim: textOf(pvcName) ?? COMMON_CLAIM,
    ignoredEvents: Array.isArray(ignoredUnrecoverableEvents)
      ? ignoredUnrecoverableEvents.filter((reason) => typeof reason === "string")
      : [],
    registry: registryOf(own) ?? registryOf(global),
  };
}

function configOf(object: KubeObject | undefined) {
  return fieldsOf(object?.["config"]);
}

function registryOf(config: KubeObject | undefined): BackupCronJob["registry"] | undefined {
  const registry = config && backupCronJobOf(config)?.registry;
  return registry?.path ? registry : undefined;
}
