/**
 * Which status has an object when it is born? Clients write status only through its own path.
 * Source: as seen on kube-apiserver 1.36.
 * @module
 */

import { type Resource, resourceName } from "../../../kube/resource.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { ownValue } from "../../../core/named_values.ts";

const STATUSES: Readonly<Record<string, unknown>> = {
  namespaces: { phase: "Active" },
  persistentvolumeclaims: { phase: "Pending" },
  pods: { phase: "Pending", qosClass: "BestEffort" },
  resourcequotas: {},
  services: { loadBalancer: {} },
  "daemonsets.apps": {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  },
  "deployments.apps": {},
  "replicasets.apps": { replicas: 0 },
  "statefulsets.apps": { replicas: 0, availableReplicas: 0 },
  "cronjobs.batch": {},
  "jobs.batch": {},
  "customresourcedefinitions.apiextensions.k8s.io": {
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
  },
  "flowschemas.flowcontrol.apiserver.k8s.io": {},
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {},
};

/** Kubelets, and what plays their part, report a node's status with the node. */
const WRITTEN_WITH_OBJECT = "nodes";

/** Whether the path of the object itself leaves status alone. */
export function hasOwnStatus(resource: ServedResource): boolean {
  return resource.subresources.includes("status") && resourceName(resource) !== WRITTEN_WITH_OBJECT;
}

/** Undefined: none. */
export function initialStatus(resource: Resource): unknown {
  return isCustom(resource) ? undefined : ownValue(STATUSES, resourceName(resource));
}
