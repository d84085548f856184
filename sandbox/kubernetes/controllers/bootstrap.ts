/**
 * What is in a cluster before anybody has used it?
 * Source: kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy and pkg/controlplane.
 * @module
 */

import { type ApiState, timestamp } from "../api_state.ts";
import { newMeta, uuid } from "../writing/metadata.ts";
import { filled, serviceAddress } from "../defaults/object_defaults.ts";
import { rulesOf } from "../writing/object_rules.ts";
import { initialStatus } from "../defaults/initial_status.ts";
import type { Fields } from "../store/stored_object.ts";
import type { ObjectMeta } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];
const RBAC = "rbac.authorization.k8s.io";
const ROLE_META = {
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
};
const PROBES = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

/** Role, its rules, and to which groups it is bound. */
const ROLES: readonly (readonly [string, readonly unknown[], readonly string[]])[] = [
  ["cluster-admin", [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ], ["system:masters"]],
  ["system:basic-user", [
    {
      verbs: ["create"],
      apiGroups: ["authorization.k8s.io"],
      resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  ], ["system:authenticated"]],
  ["system:discovery", [{
    verbs: ["get"],
    nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", ...PROBES],
  }], ["system:authenticated"]],
  ["system:public-info-viewer", [{ verbs: ["get"], nonResourceURLs: PROBES }], [
    "system:authenticated",
    "system:unauthenticated",
  ]],
];

/** @param options.endpoint of the API server */
export function bootstrap(
  state: ApiState,
  { endpoint }: { endpoint: { readonly address: string; readonly port: number } | undefined },
): void {
  for (const name of NAMESPACES) put(state, "v1/namespaces", { metadata: { name } });
  for (const [name, rules, groups] of ROLES) {
    put(state, `${RBAC}/v1/clusterroles`, { metadata: { name, ...ROLE_META }, rules });
    put(state, `${RBAC}/v1/clusterrolebindings`, {
      metadata: { name, ...ROLE_META },
      subjects: groups.map((group) => ({ kind: "Group", apiGroup: RBAC, name: group })),
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
    });
  }
  if (endpoint !== undefined) publish(state, endpoint);
}

/** How clients inside a cluster find the API server. */
function publish(
  state: ApiState,
  { address, port }: { readonly address: string; readonly port: number },
): void {
  const metadata = { name: "kubernetes", namespace: "default" };
  const ports = [{ name: "https", protocol: "TCP", port }];
  const labels = { component: "apiserver", provider: "kubernetes" };
  put(state, "v1/services", {
    metadata: { ...metadata, labels },
    spec: { ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }] },
  });
  put(state, "v1/endpoints", {
    metadata: { ...metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: [{ ip: address }], ports }],
  });
  put(state, "discovery.k8s.io/v1/endpointslices", {
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  });
}

/** @param path group, version and plural: `v1/services`, `apps/v1/deployments` */
function put(
  state: ApiState,
  path: string,
  { metadata, ...rest }: { metadata: ObjectMeta; [field: string]: unknown },
): void {
  const [plural = "", version = "", group = ""] = path.split("/").reverse();
  const resource = state.resources.find({ group, version, plural })!;
  const uid = uuid(state.rng);
  const full = newMeta(metadata, {
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
    uid,
    creationTimestamp: timestamp(state),
    generation: rulesOf(resource).hasGeneration ? 1 : undefined,
  });
  const around = { uid, clusterIp: () => serviceAddress(state) };
  const fields = filled(resource, { metadata: full, ...rest } as Fields, around);
  const status = initialStatus(resource);
  state.store.put(
    resourceName(resource),
    (status === undefined ? fields : { ...fields, status }) as Fields,
  );
}
