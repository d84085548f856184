/**
 * Labels, annotations, attributes and names by which the DevWorkspace Operator and its users speak.
 * Source: devfile/devworkspace-operator, pkg/constants/metadata.go and attributes.go.
 * @module
 */

const PREFIX = "controller.devfile.io/";

export const LABEL = {
  workspaceId: `${PREFIX}devworkspace_id`,
  workspaceName: `${PREFIX}devworkspace_name`,
  /** UID of who made a workspace: without it, it is not run. The operator's webhook sets it. */
  creator: `${PREFIX}creator`,
  /** "true" on Jobs that back up; their pods do not have it. */
  backupJob: `${PREFIX}backup-job`,
  /** "true" on Secrets that the operator is to see. */
  watchSecret: `${PREFIX}watch-secret`,
  watchConfigMap: `${PREFIX}watch-configmap`,
  mountToWorkspace: `${PREFIX}mount-to-devworkspace`,
} as const;

export const ANNOTATION = {
  /** "true" or "false"; absent: no backup has ended yet. */
  lastBackupSuccessful: `${PREFIX}last-backup-successful`,
  /** RFC 3339. */
  lastBackupFinishedAt: `${PREFIX}last-backup-finished-at`,
  /** Message of the Job's condition. */
  lastBackupError: `${PREFIX}last-backup-error`,
} as const;

/** Of `spec.template.attributes`. */
export const ATTRIBUTE = {
  storageType: `${PREFIX}storage-type`,
  /** true, "true": the projects come from the last backup. */
  restoreWorkspace: `${PREFIX}restore-workspace`,
  /** `registry/path:tag` instead of the default. */
  restoreSourceImage: `${PREFIX}restore-source-image`,
  /** `{ name, namespace }` of a config that is laid over the global one. */
  externalConfig: `${PREFIX}devworkspace-config`,
} as const;

/** Container that restores, before all others of a workspace's pod. */
export const RESTORE_CONTAINER = "workspace-restore";
/** Container of a backup Job's pod. */
export const BACKUP_CONTAINER = "backup-workspace";
/** Names of backup Jobs begin so; the rest is made up. */
export const BACKUP_JOB_PREFIX = "devworkspace-backup-";
/** Claim of all workspaces of a namespace together, unless each has its own or a config names another. */
export const COMMON_CLAIM = "claim-devworkspace";
/** Secret beside workspaces with the registry's credentials: of a user, or copied there by the operator. */
export const REGISTRY_SECRET_COPY = "devworkspace-backup-registry-auth";
/** Of what backups push. Source: project-backup/workspace-recovery.sh. */
export const BACKUP_ARTIFACT_TYPE = "application/vnd.devworkspace.backup.artifact.v1+json";
