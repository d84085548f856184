/**
 * Which pods are the operator, and which are etcd?
 * Sources: devfile/devworkspace-operator, deploy/templates; openshift/cluster-etcd-operator,
 * bindata/etcd/pod.yaml; kubeadm, static pods.
 * @module
 */

import type { CallOptions, Cluster } from "../../../kube/cluster.ts";
import type { ObjectMeta } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import { isServed } from "../../../kube/server/discovery.ts";
import type { SystemPart } from "./flags.ts";

/** Where the pods of a part are. */
export interface PartPods {
  readonly part: SystemPart;
  readonly namespace: string;
  /** Absent: some of the namespace's are, as `isOne` says. */
  readonly labelSelector?: string;
  readonly isOne: (pod: ObjectMeta) => boolean;
  /** The one that counts; absent: all do. */
  readonly container?: string;
}

const OPERATOR = "devworkspace-controller";

/** Where it is but on OpenShift. */
export const PLAIN_ETCD_NAMESPACE = "kube-system";

/** Served by OpenShift alone. */
const ROUTES: Resource = {
  group: "route.openshift.io",
  version: "v1",
  plural: "routes",
  kind: "Route",
  namespaced: true,
};

/** By its label, or by its name where an installation has other labels. */
export function operatorPods(namespace: string): PartPods {
  const isOne = ({ name = "", labels = {} }: ObjectMeta) =>
    name.includes(OPERATOR) || labels["app.kubernetes.io/name"] === OPERATOR;
  return { part: "operator", namespace, isOne };
}

/** @throws {OperationFailedError} if the server does not say what it is */
export async function etcdPods(
  cluster: Pick<Cluster, "request">,
  options: CallOptions = {},
): Promise<PartPods> {
  const isOpenShift = await isServed(cluster, ROUTES, options);
  const [namespace, labelSelector] = isOpenShift
    ? ["openshift-etcd", "app=etcd"]
    : [PLAIN_ETCD_NAMESPACE, "component=etcd"];
  return { part: "etcd", namespace, labelSelector, isOne: () => true, container: "etcd" };
}
