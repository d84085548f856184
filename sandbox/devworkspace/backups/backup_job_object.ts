/**
 * The Job that backs up one workspace.
 * Source: devfile/devworkspace-operator v0.42.0, controllers/backupcronjob; its path has two slashes.
 * @module
 */

import { BACKUP_JOB_TTL_SECONDS } from "../../../kube/devworkspace/backup_job.ts";
import type { BackupCronJob } from "../../../kube/devworkspace/operator_config.ts";
import { BACKUP_CONTAINER, BACKUP_JOB_PREFIX, LABEL } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import {
  authMounts,
  authVolume,
  BACKUP_IMAGE,
  ownerReferenceOf,
} from "../workspaces/workspace_objects.ts";
import type { Workspace } from "../workspaces/workspace.ts";

export interface BackupPlan {
  readonly workspace: Workspace;
  readonly config: BackupCronJob;
  /** Name of its claim. */
  readonly claim: string;
  /** Name of a Secret beside the workspace; undefined: no credentials. */
  readonly authSecret: string | undefined;
}

export function backupJobObject(plan: BackupPlan): KubeObject {
  const { workspace: { object, ref: { namespace, name }, id = "" }, config } = plan;
  const metadata = {
    generateName: BACKUP_JOB_PREFIX,
    namespace,
    labels: {
      [LABEL.workspaceId]: id,
      [LABEL.workspaceName]: name,
      [LABEL.backupJob]: "true",
    },
    ownerReferences: [ownerReferenceOf(object)],
  };
  return {
    metadata,
    spec: {
      backoffLimit: config.backoffLimit,
      ttlSecondsAfterFinished: BACKUP_JOB_TTL_SECONDS,
      template: {
        metadata: { annotations: { "io.kubernetes.cri-o.Devices": "/dev/fuse" } },
        spec: podSpec(plan),
      },
    },
  };
}

function podSpec({ workspace, config, claim, authSecret }: BackupPlan): unknown {
  const { ref: { namespace, name }, id = "", storage } = workspace;
  const auth = authMounts(authSecret);
  const environment = {
    DEVWORKSPACE_NAME: name,
    DEVWORKSPACE_NAMESPACE: namespace,
    WORKSPACE_ID: id,
    BACKUP_SOURCE_PATH: `/workspace/${storage === "own" ? "/projects" : `${id}/projects`}`,
    DEVWORKSPACE_BACKUP_REGISTRY: config.registry.path,
    ORAS_EXTRA_ARGS: config.oras?.extraArgs ?? "",
  };
  return {
    serviceAccountName: `devworkspace-job-runner-${id}`,
    restartPolicy: "Never",
    containers: [{
      name: BACKUP_CONTAINER,
      image: BACKUP_IMAGE,
      imagePullPolicy: "Always",
      args: ["/workspace-recovery.sh", "--backup"],
      env: [
        ...Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
        ...auth.env,
      ],
      volumeMounts: [
        { name: "workspace-data", mountPath: "/workspace" },
        { name: "build-storage", mountPath: "/var/lib/containers" },
        ...auth.volumeMounts,
      ],
    }],
    volumes: [
      { name: "workspace-data", persistentVolumeClaim: { claimName: claim } },
      { name: "build-storage", emptyDir: {} },
      ...(authSecret === undefined ? [] : [authVolume(authSecret)]),
    ],
  };
}
