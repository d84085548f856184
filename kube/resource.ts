/**
 * Which REST path does a resource have?
 * @module
 */

/** A resource as discovery lists it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower case, as in the path: `configmaps`. */
  readonly plural: string;
  /** As in manifests: `ConfigMap`. */
  readonly kind: string;
  readonly namespaced: boolean;
}

/** A kind whose resource has to be looked up yet. */
export interface KindName {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  /** As in manifests: `ConfigMap`. */
  readonly kind: string;
}

/** A resource of the core group, version v1. */
function core(plural: string, kind: string, namespaced: boolean): Resource {
  return { group: "", version: "v1", plural, kind, namespaced };
}

export const CONFIG_MAPS: Resource = core("configmaps", "ConfigMap", true);
export const ENDPOINTS: Resource = core("endpoints", "Endpoints", true);
export const EVENTS: Resource = core("events", "Event", true);
export const NAMESPACES: Resource = core("namespaces", "Namespace", false);
export const NODES: Resource = core("nodes", "Node", false);
export const PERSISTENT_VOLUME_CLAIMS: Resource = core(
  "persistentvolumeclaims",
  "PersistentVolumeClaim",
  true,
);
export const PODS: Resource = core("pods", "Pod", true);
export const RESOURCE_QUOTAS: Resource = core("resourcequotas", "ResourceQuota", true);
export const SECRETS: Resource = core("secrets", "Secret", true);
export const SERVICES: Resource = core("services", "Service", true);
export const SERVICE_ACCOUNTS: Resource = core("serviceaccounts", "ServiceAccount", true);

export const DEPLOYMENTS: Resource = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  namespaced: true,
};
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

export const JOBS: Resource = {
  group: "batch",
  version: "v1",
  plural: "jobs",
  kind: "Job",
  namespaced: true,
};

export const LEASES: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

export const ENDPOINT_SLICES: Resource = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};

/** Of the group that grants rights, version v1. */
function rbac(plural: string, kind: string, namespaced: boolean): Resource {
  return { group: "rbac.authorization.k8s.io", version: "v1", plural, kind, namespaced };
}

export const ROLES: Resource = rbac("roles", "Role", true);
export const ROLE_BINDINGS: Resource = rbac("rolebindings", "RoleBinding", true);
export const CLUSTER_ROLES: Resource = rbac("clusterroles", "ClusterRole", false);
export const CLUSTER_ROLE_BINDINGS: Resource = rbac(
  "clusterrolebindings",
  "ClusterRoleBinding",
  false,
);

/** Of the sample API server; v1alpha1 is the only version that it registers with the aggregator. */
export const FLUNDERS: Resource = {
  group: "wardle.example.com",
  version: "v1alpha1",
  plural: "flunders",
  kind: "Flunder",
  namespaced: true,
};

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `configmaps`, `flunders.wardle.example.com`: what kubectl and RBAC call it. */
export function resourceName({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/**
 * `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME/SUBRESOURCE`, as far as its parts are given; without
 * a namespace all of them. A cluster-scoped resource takes no namespace: one that is given is ignored.
 */
export function resourcePath(
  resource: Resource,
  { namespace, name, subresource }: { namespace?: string; name?: string; subresource?: string } =
    {},
): string {
  let path = collectionPathOf(resource, resource.namespaced ? namespace ?? "" : "");
  if (name !== undefined) path += `/${encodeURIComponent(name)}`;
  if (subresource !== undefined) path += `/${encodeURIComponent(subresource)}`;
  return path;
}

/** By namespace: a load goes to few collections, each thousands of times a second. */
const COLLECTION_PATHS = new WeakMap<Resource, Map<string, string>>();

/** @param namespace empty: all of them, or none */
function collectionPathOf(resource: Resource, namespace: string): string {
  let paths = COLLECTION_PATHS.get(resource);
  if (paths === undefined) COLLECTION_PATHS.set(resource, paths = new Map());
  let path = paths.get(namespace);
  if (path === undefined) {
    const { group, version, plural } = resource;
    const api = group === "" ? ["api", version] : ["apis", group, version];
    const scope = namespace === "" ? [] : ["namespaces", namespace];
    path = `/${[...api, ...scope, plural].map(encodeURIComponent).join("/")}`;
    paths.set(namespace, path);
  }
  return path;
}
