/**
 * What does a DevWorkspaceOperatorConfig say about backups? `config` is at its top: it has no spec.
 * Source: devfile/devworkspace-operator, apis/controller/v1alpha1/devworkspaceoperatorconfig_types.go.
 * @module
 */

import { given } from "../../core/given.ts";
import { fieldsOf, integerOf, textOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";

/** `config.workspace.backupCronJob`; the server requires the registry's path. */
export interface BackupCronJob {
  readonly enable: boolean;
  /** As robfig/cron v3 reads it, in the operator's time zone; the server takes any text. */
  readonly schedule?: string;
  readonly backoffLimit?: number;
  readonly registry: {
    readonly path: string;
    /** Name of a Secret in the operator's namespace; absent or empty: no credentials. */
    readonly authSecret?: string;
  };
  readonly oras?: { readonly extraArgs: string };
}

/** Undefined: it says nothing about backups. */
export function backupCronJobOf(config: KubeObject): BackupCronJob | undefined {
  const block = fieldsOf(fieldsOf(config["config"])["workspace"])["backupCronJob"];
  if (block === undefined) return undefined;
  const { enable, schedule, backoffLimit, registry, oras } = fieldsOf(block);
  const { path, authSecret } = fieldsOf(registry);
  const extraArgs = textOf(fieldsOf(oras)["extraArgs"]);
  return {
    enable: enable === true,
    registry: { path: textOf(path) ?? "", ...given({ authSecret: textOf(authSecret) }) },
    ...given({
      schedule: textOf(schedule),
      backoffLimit: integerOf(backoffLimit),
      oras: extraArgs === undefined ? undefined : { extraArgs },
    }),
  };
}

/**
 * When the loop of the last tick ended, as written: RFC 3339 in whole seconds. It moves at each tick,
 * also at one that made no Job; undefined: there was none yet.
 */
export function lastBackupTimeOf(config: KubeObject): string | undefined {
  return textOf(fieldsOf(config["status"])["lastBackupTime"]);
}
