/**
 * Which resources does the stand-in serve by itself, as discovery describes them? Names and verbs are
 * those of kube-apiserver 1.36 and of the sample API server; custom resources come on top.
 * @module
 */

import { apiVersionOf, FLUNDERS, type Resource } from "../../../kube/resource.ts";
import type { Schema } from "./schema.ts";

/** A resource with everything that discovery says of it. */
export interface ServedResource extends Resource {
  readonly singular: string;
  /** The kind of its lists: `ConfigMapList`. */
  readonly listKind: string;
  /** What kubectl takes instead of the plural: `cm`. */
  readonly shortNames: readonly string[];
  readonly verbs: readonly string[];
  /** `status`, `scale`; discovery.ts knows the kind and the verbs of each. */
  readonly subresources: readonly string[];
  /** `all`: what `kubectl get all` shows. */
  readonly categories: readonly string[];
  /** Its objects' fields besides apiVersion, kind and metadata; undefined: any. */
  readonly fields?: readonly string[];
  /** Paths of a custom resource's fields that a field selector takes, as `spec.color`. */
  readonly selectableFields?: readonly string[];
  /** Of a custom resource. */
  readonly schema?: Schema;
  /** The warning that comes with every answer to a request for it. */
  readonly deprecation?: string;
}

/** In the order in which discovery lists them. */
export const ALL_VERBS: readonly string[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

type Traits = Partial<Omit<ServedResource, keyof Resource>> & { readonly isClusterScoped?: true };

/** Whatever is not said follows from the kind. */
function served(apiVersion: string, kind: string, traits: Traits = {}): ServedResource {
  const { isClusterScoped, ...given } = traits;
  const [version, group = ""] = apiVersion.split("/").reverse();
  const singular = kind.toLowerCase();
  return {
    group,
    version: version!,
    plural: singular.endsWith("s") ? singular : `${singular}s`,
    singular,
    kind,
    listKind: `${kind}List`,
    namespaced: isClusterScoped !== true,
    shortNames: [],
    verbs: ALL_VERBS,
    subresources: [],
    categories: [],
    fields: ["spec", "status"],
    ...given,
  };
}

const ALL = { categories: ["all"] };
const STATUS = { subresources: ["status"] };
const SCALED = { ...ALL, subresources: ["scale", "status"] };
const CLUSTER_SCOPED = { isClusterScoped: true } as const;
const REVIEW = { verbs: ["create"] };
const BINDING = { fields: ["roleRef", "subjects"] };
const EVENT_FIELDS = [
  "action",
  "count",
  "eventTime",
  "firstTimestamp",
  "involvedObject",
  "lastTimestamp",
  "message",
  "reason",
  "related",
  "reportingComponent",
  "reportingInstance",
  "series",
  "source",
  "type",
];

const CORE: readonly ServedResource[] = [
  served("v1", "ConfigMap", { shortNames: ["cm"], fields: ["binaryData", "data", "immutable"] }),
  served("v1", "Endpoints", {
    shortNames: ["ep"],
    fields: ["subsets"],
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  }),
  served("v1", "Event", { shortNames: ["ev"], fields: EVENT_FIELDS }),
  served("v1", "Namespace", {
    ...CLUSTER_SCOPED,
    shortNames: ["ns"],
    verbs: ALL_VERBS.filter((verb) => verb !== "deletecollection"),
    subresources: ["finalize", "status"],
  }),
  served("v1", "Node", { ...CLUSTER_SCOPED, ...STATUS, shortNames: ["no"] }),
  served("v1", "PersistentVolumeClaim", { ...STATUS, shortNames: ["pvc"] }),
  served("v1", "Pod", {
    ...ALL,
    shortNames: ["po"],
    subresources: ["eviction", "exec", "log", "status"],
  }),
  served("v1", "ResourceQuota", { ...STATUS, shortNames: ["quota"] }),
  served("v1", "Secret", { fields: ["data", "immutable", "stringData", "type"] }),
  served("v1", "ServiceAccount", {
    shortNames: ["sa"],
    subresources: ["token"],
    fields: ["automountServiceAccountToken", "imagePullSecrets", "secrets"],
  }),
  served("v1", "Service", { ...ALL, ...STATUS, shortNames: ["svc"] }),
];

const WORKLOADS: readonly ServedResource[] = [
  served("apps/v1", "DaemonSet", { ...ALL, ...STATUS, shortNames: ["ds"] }),
  served("apps/v1", "Deployment", { ...SCALED, shortNames: ["deploy"] }),
  served("apps/v1", "ReplicaSet", { ...SCALED, shortNames: ["rs"] }),
  served("apps/v1", "StatefulSet", { ...SCALED, shortNames: ["sts"] }),
  served("batch/v1", "CronJob", { ...ALL, ...STATUS, shortNames: ["cj"] }),
  served("batch/v1", "Job", { ...ALL, ...STATUS }),
];

const REVIEWS: readonly ServedResource[] = [
  served("authentication.k8s.io/v1", "SelfSubjectReview", {
    ...REVIEW,
    ...CLUSTER_SCOPED,
    fields: ["status"],
  }),
  served("authentication.k8s.io/v1", "TokenReview", { ...REVIEW, ...CLUSTER_SCOPED }),
  served("authorization.k8s.io/v1", "LocalSubjectAccessReview", REVIEW),
  served("authorization.k8s.io/v1", "SelfSubjectAccessReview", { ...REVIEW, ...CLUSTER_SCOPED }),
  served("authorization.k8s.io/v1", "SelfSubjectRulesReview", { ...REVIEW, ...CLUSTER_SCOPED }),
  served("authorization.k8s.io/v1", "SubjectAccessReview", { ...REVIEW, ...CLUSTER_SCOPED }),
];

const OTHERS: readonly ServedResource[] = [
  served("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", { ...CLUSTER_SCOPED, ...BINDING }),
  served("rbac.authorization.k8s.io/v1", "ClusterRole", {
    ...CLUSTER_SCOPED,
    fields: ["aggregationRule", "rules"],
  }),
  served("rbac.authorization.k8s.io/v1", "RoleBinding", BINDING),
  served("rbac.authorization.k8s.io/v1", "Role", { fields: ["rules"] }),
  served("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
    ...CLUSTER_SCOPED,
    ...STATUS,
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
  }),
  served("coordination.k8s.io/v1", "Lease", { fields: ["spec"] }),
  served("discovery.k8s.io/v1", "EndpointSlice", {
    fields: ["addressType", "endpoints", "ports"],
  }),
  served("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", { ...CLUSTER_SCOPED, ...STATUS }),
  served("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", {
    ...CLUSTER_SCOPED,
    ...STATUS,
  }),
  served(apiVersionOf(FLUNDERS), "Fischer", {
    ...CLUSTER_SCOPED,
    fields: ["disallowedFlunders"],
  }),
  served(apiVersionOf(FLUNDERS), FLUNDERS.kind, {
    deprecation:
      "wardle.example.com/v1alpha1 Flunder is deprecated in v1.3+, unavailable in v1.10+",
  }),
];

export const BUILT_IN_RESOURCES: readonly ServedResource[] = [
  ...CORE,
  ...WORKLOADS,
  ...REVIEWS,
  ...OTHERS,
];

const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(
  BUILT_IN_RESOURCES.map(({ group }) => group),
);

/** Whether the group is one of a CustomResourceDefinition: it has no Go types behind it. */
export function isCustom({ group }: Pick<Resource, "group">): boolean {
  return !BUILT_IN_GROUPS.has(group);
}
