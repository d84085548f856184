/**
 * Which backups the operator is told to make, and whether they are to succeed.
 * @module
 */

import type { BackupCronJob } from "../../../kube/devworkspace/operator_config.ts";

/** As the scripts of the field name them. */
export const CONFIG_TYPES = ["correct", "incorrect", "openshift-internal"] as const;
export type ConfigType = typeof CONFIG_TYPES[number];

export interface Configuration {
  readonly type: ConfigType;
  /** What is laid into the operator's configuration. */
  readonly backupCronJob: BackupCronJob & { readonly schedule: string };
  /** From one tick to the next, ms, as the schedule says: the longest of the next ones. */
  readonly periodMs: number;
}

/** Whether backups are to fail. */
export function isToFail({ type }: Pick<Configuration, "type">): boolean {
  return type === "incorrect";
}
