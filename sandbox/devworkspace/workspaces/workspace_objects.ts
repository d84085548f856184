/**
 * The objects that a running workspace consists of: a claim and a pod. A Deployment with a ReplicaSet
 * would be between the workspace and its pod; here the pod is the workspace's own.
 * Source: devfile/devworkspace-operator, pkg/provision/workspace and pkg/library/restore.
 * @module
 */

import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { LABEL, RESTORE_CONTAINER } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import type { Workspace } from "./workspace.ts";

/** By which the node keeps a deleted pod until its containers have ended. */
export const NODE_FINALIZER = "sandbox.scaletool.dev/containers";
export const BACKUP_IMAGE = "quay.io/devfile/project-backup:sandbox";

/** What a workspace's own objects are, so that they go with it. */
export function ownerReferenceOf({ metadata: { name, uid } }: KubeObject): unknown {
  return {
    apiVersion: apiVersionOf(DEV_WORKSPACES),
    kind: DEV_WORKSPACES.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function claimObject(
  { object, ref: { namespace }, storage }: Workspace,
  name: string,
): KubeObject {
  const metadata = { name, namespace };
  const size = storage === "own" ? "5Gi" : "10Gi";
  return {
    metadata: storage === "own"
      ? { ...metadata, ownerReferences: [ownerReferenceOf(object)] } as KubeObject["metadata"]
      : metadata,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: size } } },
  };
}

export interface Restoring {
  readonly image: string;
  /** Name of a Secret in the workspace's namespace; undefined: no credentials. */
  readonly authSecret: string | undefined;
}

export function podObject(
  { object, ref: { namespace, name }, id = "", containers }: Workspace,
  { claim, restoring }: {
    readonly claim: string | undefined;
    readonly restoring: Restoring | undefined;
  },
): KubeObject {
  const { generation = 0 } = object.metadata;
  const metadata = {
    // Each start is another change of the spec, so that a name comes once.
    name: `${id}-${generation.toString(36).padStart(5, "0")}`,
    namespace,
    labels: { [LABEL.workspaceId]: id, [LABEL.workspaceName]: name },
    finalizers: [NODE_FINALIZER],
    ownerReferences: [ownerReferenceOf(object)],
  };
  return {
    metadata,
    spec: {
      terminationGracePeriodSeconds: 10,
      ...(restoring === undefined ? {} : { initContainers: [restoreContainer(restoring)] }),
      containers: containers.map(({ name, image }) => ({ name, image })),
      volumes: [
        claim === undefined
          ? { name: "projects", emptyDir: {} }
          : { name: "projects", persistentVolumeClaim: { claimName: claim } },
        ...(restoring?.authSecret === undefined ? [] : [authVolume(restoring.authSecret)]),
      ],
    },
  };
}

export const AUTH_VOLUME = "registry-auth-secret";

export function authVolume(secretName: string): unknown {
  return { name: AUTH_VOLUME, secret: { secretName } };
}

/** What a container needs to use them. */
export function authMounts(
  secretName: string | undefined,
): { readonly env: readonly unknown[]; readonly volumeMounts: readonly unknown[] } {
  if (secretName === undefined) return { env: [], volumeMounts: [] };
  const mountPath = "/tmp/.docker";
  return {
    env: [{ name: "REGISTRY_AUTH_FILE", value: `${mountPath}/.dockerconfigjson` }],
    volumeMounts: [{ name: AUTH_VOLUME, mountPath, readOnly: true }],
  };
}

function restoreContainer({ image, authSecret }: Restoring): unknown {
  const auth = authMounts(authSecret);
  return {
    name: RESTORE_CONTAINER,
    image: BACKUP_IMAGE,
    args: ["/workspace-recovery.sh", "--restore"],
    env: [
      { name: "BACKUP_IMAGE", value: image },
      { name: "PROJECTS_ROOT", value: "/projects" },
      { name: "ORAS_EXTRA_ARGS", value: "" },
      ...auth.env,
    ],
    volumeMounts: [{ name: "projects", mountPath: "/projects" }, ...auth.volumeMounts],
  };
}
