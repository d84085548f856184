/** What a run asks of a cluster. @module */

import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { FLOW_NAME_RIGHTS } from "../../../kube/http/flow_control.ts";
import type { ClusterNeeds, NeededObjects, NeededRight } from "../../../kube/kubernetes_command.ts";
import { NAMESPACE_RIGHTS } from "../../../kube/owned/namespaces.ts";
import { recordRights } from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS, type Resource, SECRETS } from "../../../kube/resource.ts";
import type { BackupPlan } from "./backup_plan.ts";

const MADE = ["create", "list", "delete", "deletecollection"];

export function needsOf(plan: BackupPlan): ClusterNeeds {
  const { values, places } = plan;
  const made = madeObjects(plan);
  return {
    rights: [
      ...made.flatMap(({ kind }) => onWorkspaces(plan, kind as Resource, MADE)),
      ...onWorkspaces(plan, DEV_WORKSPACES, ["watch", "patch"]),
      ...NAMESPACE_RIGHTS,
      ...recordRights(places.namespaces[0]!),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces: places.namespaces,
    createsNamespaces: true,
    objects: made,
    requestsPerSec: null,
    connections: values.conns,
    watches: 1,
  };
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
