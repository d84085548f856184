/** What one use does: flags -> plan. Contacts nothing, and reads no more than the file that it is told of. @module */

import { UsageError } from "../../../core/errors.ts";
import { isGiven } from "../../../core/command/settings.ts";
import type { Identified } from "../../../kube/conduct_on_cluster.ts";
import type { BackupFlags, BackupValues } from "../flags.ts";
import { isUrl, readTemplateFile } from "../load/fetch_template.ts";
import { type LoadPlan, loadPlan } from "../load/load_plan.ts";
import { type Places, placesOf } from "../load/places.ts";
import { whyNotBackedUp, type WorkspaceTemplate } from "../load/template.ts";
import { type Configuration, isToFail } from "../configure/configuration.ts";
import { configurationOf } from "../configure/configuration_of.ts";
import { type StageName, stagesOf } from "./stages.ts";

const MINUTE_MS = 60_000;

export interface BackupPlan {
  readonly values: BackupValues;
  readonly load: LoadPlan;
  readonly places: Places;
  /** Undefined: workspaces are created, and no more. */
  readonly configuration: Configuration | undefined;
  readonly restores: boolean;
  readonly stages: readonly StageName[];
  readonly readyTimeoutMs: number;
  /** For all to be ready, and for all to be stopped. */
  readonly waitTimeoutMs: number;
  readonly backupWaitMs: number;
}

/** @throws {UsageError} for values of which no run can be made */
export function backupPlan(invocation: Identified<BackupFlags>): BackupPlan {
  const { values, identity } = invocation;
  requireUsable(invocation);
  const load = loadPlan(values);
  const isBackedUp = values["run-backup-test-hook"];
  requireBackup(values, { isBackedUp });
  const configuration = isBackedUp ? configurationOf(values) : undefined;
  const restores = configuration !== undefined && values["verify-restore"] &&
    values["max-restore-samples"] > 0 && !isToFail(configuration);
  return {
    values,
    load,
    places: placesOf({
      identity,
      namespace: values.namespace,
      isSeparate: values["separate-namespaces"],
      count: load.count,
    }),
    configuration,
    restores,
    stages: stagesOf({ isBackedUp, configuresFirst: values["configure-first"], restores }),
    readyTimeoutMs: values["devworkspace-ready-timeout-seconds"] * 1_000,
    waitTimeoutMs: values["wait-timeout"] * MINUTE_MS,
    backupWaitMs: values["backup-wait-minutes"] * MINUTE_MS,
  };
}

function requireUsable({ values, shown }: Identified<BackupFlags>): void {
  if (values.mode === "operator") {
    throw new UsageError(
      "--mode operator: there is no load generator to install in the cluster; to load it from " +
        "inside, run this same command there as a Job (image and manifests: deploy/)",
    );
  }
  if (values["run-with-eclipse-che"]) {
    throw new UsageError(
      "--run-with-eclipse-che: Eclipse Che is not set up by this program; install it, and leave the flag out",
    );
  }
  for (const name of ["warmup", "duration"] as const) {
    if (!isGiven(shown, name)) continue;
    throw new UsageError(`--${name} does not go with stages: each lasts until its work is done`);
  }
}

/** @throws {UsageError} if nothing could be backed up */
function requireBackup(
  values: BackupValues,
  { isBackedUp }: { readonly isBackedUp: boolean },
): void {
  if (!isBackedUp) return;
  if (values["delete-devworkspace-after-ready"]) {
    throw new UsageError(
      "--delete-devworkspace-after-ready leaves nothing to back up; set it to false, or say " +
        "--run-backup-test-hook=false",
    );
  }
  const { "devworkspace-link": link = "" } = values;
  if (link !== "" && !isUrl(link)) {
    const why = againstBackup(readTemplateFile(link));
    if (why !== undefined) throw new UsageError(why);
  }
}

/** Whether it changes the operator's configuration. */
export function changesOperator({ values, configuration }: BackupPlan): boolean {
  return configuration !== undefined || values["ignore-unrecoverable-events"].length > 0;
}

/** What stands against backups of workspaces after the template, one line; undefined: nothing. */
export function againstBackup(template: WorkspaceTemplate): string | undefined {
  const why = whyNotBackedUp(template);
  if (why === undefined) return undefined;
  return `--devworkspace-link: no workspace after ${template.from} is ever backed up: ${why}; use ` +
    "another one, or say --run-backup-test-hook=false";
}
