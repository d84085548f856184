/**
 * What must a new cluster contain before it can be used? The rights of its users, the way to the
 * aggregated API, and nodes where pods are wanted. Starts no process.
 * @module
 */

import { Buffer } from "node:buffer";
import { eventually } from "../support/eventually.ts";
import type { RequestOptions } from "./api_requests.ts";
import { CLUSTER_ADMINS } from "./users.ts";

/** Where the objects are created. */
export interface Admin {
  admin<Body>(path: string, options?: RequestOptions): Promise<Body>;
}

/** Makes ordinary users cluster-admin, so that API Priority and Fairness governs them. */
export async function bindClusterAdmins(cluster: Admin): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  await Promise.all(
    CLUSTER_ADMINS.map(({ kind, name }) =>
      create(cluster, `/apis/${apiGroup}/v1/clusterrolebindings`, {
        metadata: { name: `${name}-is-cluster-admin` },
        roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup, kind, name }],
      })
    ),
  );
}

/** Makes the apiserver hand requests for wardle.example.com on to the sample-apiserver. */
export async function aggregateWardle(
  cluster: Admin,
  server: { readonly caPem: string; readonly port: number },
): Promise<void> {
  const [group, version] = ["wardle.example.com", "v1alpha1"];
  await create(cluster, "/api/v1/namespaces", { metadata: { name: "wardle" } });
  await create(cluster, "/api/v1/namespaces/wardle/services", {
    metadata: { name: "api" },
    // An address instead of a name: there is no cluster DNS, and none is asked.
    spec: { type: "ExternalName", externalName: "127.0.0.1" },
  });
  await create(cluster, "/apis/apiregistration.k8s.io/v1/apiservices", {
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      caBundle: Buffer.from(server.caPem).toString("base64"),
      service: { namespace: "wardle", name: "api", port: server.port },
    },
  });
}

/** What is on a node unless it is told otherwise. */
const NODE = { cpu: "32", memory: "256Gi", pods: "110" };

/**
 * Adds a node with room for 110 pods, or so many, that kwok plays the kubelet of. Resolves when kwok holds its
 * lease: a pod that is put on the node before stays Pending for ever now and then, because kwok
 * has not listed the node's pods yet, nor does it look at new ones.
 */
export async function createFakeNode(
  cluster: Admin,
  name: string,
  resources: typeof NODE = NODE,
): Promise<void> {
  await create(cluster, "/api/v1/nodes", {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    status: { capacity: resources, allocatable: resources },
  });
  await eventually(`kwok takes node "${name}"`, () => hasLease(cluster, name));
}

async function hasLease(cluster: Admin, node: string): Promise<boolean> {
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  const leases = await cluster.admin<{ items: { metadata: { name: string } }[] }>(path);
  return leases.items.some(({ metadata }) => metadata.name === node);
}

async function create(cluster: Admin, path: string, body: unknown): Promise<void> {
  await cluster.admin(path, { method: "POST", body });
}
