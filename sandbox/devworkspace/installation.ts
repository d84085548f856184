/**
 * Where the parts of a DevWorkspace Operator's installation are, and what they are called.
 * Source: devfile/devworkspace-operator, deploy/templates; kubeadm's static pods for etcd.
 * @module
 */

/** As the operator's catalog installs it on OpenShift. */
export const OPERATOR_NAMESPACE = "openshift-operators";
export const OPERATOR_POD = {
  namespace: OPERATOR_NAMESPACE,
  name: "devworkspace-controller-manager-6d9f7b8c54-sbox1",
  labels: {
    "app.kubernetes.io/name": "devworkspace-controller",
    "app.kubernetes.io/part-of": "devworkspace-operator",
  },
  container: "devworkspace-controller",
} as const;

export const ETCD_POD = {
  namespace: "kube-system",
  name: "etcd-sandbox",
  labels: { component: "etcd", tier: "control-plane" },
  container: "etcd",
} as const;

export const AUTH_SECRET_TYPE = "kubernetes.io/dockerconfigjson";

/** Of a workspace, by its UID: "workspace" and the UID's first three groups. */
export function workspaceIdOf(uid: string): string {
  return `workspace${uid.split("-").slice(0, 3).join("")}`;
}
