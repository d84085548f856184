/**
 * What is peculiar to a kind when it is written: whether changes are counted, what a deletion answers,
 * what an update must say. Kinds that are not listed have no peculiarities.
 * Source: each kind's strategy in kubernetes/pkg/registry, as seen on kube-apiserver 1.36.
 * @module
 */

import { resourceName } from "../../../kube/resource.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { ownValue } from "../../../core/named_values.ts";

interface ObjectRules {
  /** metadata.generation counts changes of everything but metadata and status. */
  readonly hasGeneration: boolean;
  /** A deletion answers the object, and not only that it succeeded. */
  readonly answersDeleted: boolean;
  /** An update must name the resourceVersion that it is based on. */
  readonly needsVersion: boolean;
  /** Its spec is written through a path of its own alone. */
  readonly keepsSpec: boolean;
  /** A PUT of what is not there creates it. */
  readonly createsOnUpdate: boolean;
}

const NONE: ObjectRules = {
  hasGeneration: false,
  answersDeleted: false,
  needsVersion: false,
  keepsSpec: false,
  createsOnUpdate: false,
};
const COUNTED: ObjectRules = { ...NONE, hasGeneration: true };
const ANSWERED: ObjectRules = { ...NONE, answersDeleted: true };
const CUSTOM: ObjectRules = { ...COUNTED, needsVersion: true };
const SAMPLE: ObjectRules = { ...NONE, needsVersion: true };

const RULES: Readonly<Record<string, ObjectRules>> = {
  persistentvolumeclaims: ANSWERED,
  pods: { ...COUNTED, answersDeleted: true },
  namespaces: { ...ANSWERED, keepsSpec: true },
  resourcequotas: ANSWERED,
  serviceaccounts: ANSWERED,
  services: ANSWERED,
  events: { ...NONE, createsOnUpdate: true },
  "daemonsets.apps": COUNTED,
  "deployments.apps": COUNTED,
  "replicasets.apps": COUNTED,
  "statefulsets.apps": COUNTED,
  "cronjobs.batch": COUNTED,
  "jobs.batch": COUNTED,
  "leases.coordination.k8s.io": { ...NONE, createsOnUpdate: true },
  "endpointslices.discovery.k8s.io": COUNTED,
  "clusterroles.rbac.authorization.k8s.io": { ...NONE, createsOnUpdate: true },
  "clusterrolebindings.rbac.authorization.k8s.io": { ...NONE, createsOnUpdate: true },
  "roles.rbac.authorization.k8s.io": { ...NONE, createsOnUpdate: true },
  "rolebindings.rbac.authorization.k8s.io": { ...NONE, createsOnUpdate: true },
  "customresourcedefinitions.apiextensions.k8s.io": { ...CUSTOM, answersDeleted: true },
  "flowschemas.flowcontrol.apiserver.k8s.io": COUNTED,
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": COUNTED,
  "flunders.wardle.example.com": SAMPLE,
  "fischers.wardle.example.com": SAMPLE,
};

export function rulesOf(resource: ServedResource): ObjectRules {
  return isCustom(resource) ? CUSTOM : ownValue(RULES, resourceName(resource)) ?? NONE;
}
