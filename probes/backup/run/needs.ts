/** What a run asks of a cluster. @module */

import { given } from "../../../core/given.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { FLOW_NAME_RIGHTS } from "../../../kube/http/flow_control.ts";
import type { ClusterNeeds, NeededObjects, NeededRight } from "../../../kube/kubernetes_command.ts";
import { NAMESPACE_RIGHTS } from "../../../kube/owned/namespaces.ts";
import { recordRights } from "../../../kube/owned/run_record.ts";
import {
  CONFIG_MAPS,
  EVENTS,
  JOBS,
  PODS,
  type Resource,
  RESOURCE_QUOTAS,
  SECRETS,
} from "../../../kube/resource.ts";
import { configureRights } from "../configure/rights.ts";
import { podEventRights } from "../files/pod_events.ts";
import { restoreRights } from "../restore/restore_sample.ts";
import { systemSources } from "../system/flags.ts";
import { systemRights } from "../system/watch_system.ts";
import { type BackupPlan, changesOperator } from "./backup_plan.ts";

/** Workspaces; pods of operator and etcd; events. */
const WATCHES_OF_LOAD = 4;
/** Workspaces, the operator's configuration, Jobs, their pods. */
const WATCHES_OF_BACKUPS = 4;
const MADE = ["create", "list", "delete", "deletecollection"];

export function needsOf(plan: BackupPlan): ClusterNeeds {
  const { values, places } = plan;
  const made = madeObjects(plan);
  return {
    rights: [
      ...made.flatMap(({ kind }) => onWorkspaces(plan, kind as Resource, MADE)),
      ...onWorkspaces(plan, DEV_WORKSPACES, ["watch", "patch"]),
      ...systemRights({
        operatorNamespace: values["dwo-namespace"],
        ...workspacesPlace(plan),
        sources: systemSources(values),
      }),
      ...podEventRights(workspacesPlace(plan).namespace),
      ...(changesOperator(plan) ? configureRights(values) : []),
      ...(plan.configuration === undefined ? [] : backupRights(plan)),
      ...NAMESPACE_RIGHTS,
      ...recordRights(places.namespaces[0]!),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces: places.namespaces,
    createsNamespaces: true,
    objects: made,
    requestsPerSec: null,
    connections: values.conns,
    watches: plan.configuration === undefined
      ? WATCHES_OF_LOAD
      : WATCHES_OF_LOAD + WATCHES_OF_BACKUPS,
  };
}

/** Where workspaces are, if in one place. */
export function workspacesPlace(
  { values }: Pick<BackupPlan, "values">,
): { readonly namespace?: string } {
  return values["separate-namespaces"] ? {} : { namespace: values.namespace };
}

function backupRights(plan: BackupPlan): NeededRight[] {
  const { values, restores } = plan;
  const { namespace } = workspacesPlace(plan);
  const config = { kind: OPERATOR_CONFIGS, namespace: values["dwo-namespace"] };
  const logs = { verb: "get", kind: PODS, subresource: "log", onlyFor: "logs of failed backups" };
  const why = "why backups were lost";
  return [
    ...["list", "watch"].map((verb) => ({ verb, ...config })),
    ...[JOBS, PODS].flatMap((kind) => onWorkspaces(plan, kind, ["list", "watch"])),
    { ...logs, ...given({ namespace }) },
    ...[EVENTS, RESOURCE_QUOTAS].map((kind) => ({
      ...{ verb: "list", kind, onlyFor: why },
      ...given({ namespace }),
    })),
    ...(restores ? restoreRights(namespace) : []),
    ...(restores && values["restore-marker"] ? execRights(namespace) : []),
  ];
}

function execRights(namespace: string | undefined): NeededRight[] {
  const onlyFor = "markers in workspaces";
  return ["get", "create"].map((verb) => ({
    ...{ verb, kind: PODS, subresource: "exec", onlyFor },
    ...given({ namespace }),
  }));
}

function madeObjects(
  { values, places: { workspaceNamespaces: namespaces }, load }: BackupPlan,
): NeededObjects[] {
  const automounts = values["create-automount-resources"] ? [CONFIG_MAPS, SECRETS] : [];
  return [
    { kind: DEV_WORKSPACES, mostAtOnce: load.count + 1, namespaces },
    ...automounts.map((kind) => ({ kind, mostAtOnce: namespaces.length, namespaces })),
  ];
}

/** In all namespaces where each workspace has its own: a review for each of thousands tells no more. */
function onWorkspaces(
  { values, places: { workspaceNamespaces } }: BackupPlan,
  kind: Resource,
  verbs: readonly string[],
): NeededRight[] {
  if (values["separate-namespaces"]) return verbs.map((verb) => ({ verb, kind }));
  return workspaceNamespaces.flatMap((namespace) =>
    verbs.map((verb) => ({ verb, kind, namespace }))
  );
}
