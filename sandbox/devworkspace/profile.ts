/**
 * In what do releases of the DevWorkspace Operator differ, as far as backups are concerned?
 * Source: devfile/devworkspace-operator, tags v0.40.0 and v0.42.0.
 * @module
 */

export interface OperatorProfile {
  /** Of `backupCronJob.schedule`. */
  readonly defaultSchedule: string;
  /** Of `backupCronJob.backoffLimit`. */
  readonly defaultBackoffLimit: number;
  /**
   * Which Secret in a workspace's namespace is looked for before the operator's own is copied to it: one
   * with the configured name, or one with the name that copies have.
   */
  readonly looksForSecret: "configured name" | "fixed name";
  /** Whether the copy goes with the workspace that it was made for. */
  readonly ownsCopy: boolean;
  /** Whether a restore copies the credentials if the workspace's namespace has none. */
  readonly copiesForRestore: boolean;
}

export const PROFILES = {
  "0.40.0": {
    defaultSchedule: "0 1 * * *",
    defaultBackoffLimit: 3,
    looksForSecret: "configured name",
    ownsCopy: true,
    copiesForRestore: false,
  },
  "0.42.0": {
    defaultSchedule: "0 0 1 * *",
    defaultBackoffLimit: 1,
    looksForSecret: "fixed name",
    ownsCopy: false,
    copiesForRestore: true,
  },
} as const satisfies Readonly<Record<string, OperatorProfile>>;

export type ProfileName = keyof typeof PROFILES;
export const NEWEST_PROFILE: ProfileName = "0.42.0";
