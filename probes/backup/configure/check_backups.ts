/**
 * What would have backups fail or be lost without a word of the operator, found before its configuration is
 * changed: a tick that comes too late, volumes that are missing, Secrets and configurations of users that
 * come before the run's.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { parseSchedule } from "../../../kube/devworkspace/schedule/schedule.ts";
import { COMMON_CLAIM } from "../../../kube/devworkspace/words.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { PERSISTENT_VOLUME_CLAIMS } from "../../../kube/resource.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { Configuration } from "./configuration.ts";
import { externalConfigOf, externalConfigs } from "./external_configs.ts";
import { inOneLine } from "./in_one_line.ts";
import { listedIn } from "./listed_in.ts";
import { globalConfig, type OperatorConfigOptions } from "./operator_config.ts";
import { warnOfUsersSecrets } from "./users_secrets.ts";
import { claimOf } from "./volumes.ts";

export interface CheckOptions extends OperatorConfigOptions {
  readonly configuration: Configuration;
  /** That are to be backed up. */
  readonly workspaces: readonly WorkspaceRef[];
  /**
   * For how long backups are waited for.
   * @default as long as it takes
   */
  readonly waitMs?: number;
}

/**
 * See the module: once workspaces have run, and before the configuration is changed.
 * @throws {CannotRunError} in one line, if there is nothing to back up
 */
export async function checkBackups(run: Run, options: CheckOptions): Promise<void> {
  const { configuration, workspaces, waitMs = Infinity } = options;
  warnIfLate(run, configuration, waitMs);
  if (workspaces.length === 0) return;
  await inOneLine(run, "look for what is in the way of backups", () => look(run, options));
}

async function look(
  run: Run,
  { cluster, configuration, workspaces: refs, ...options }: CheckOptions,
): Promise<void> {
  const config = await globalConfig(run, { cluster, ...options });
  const namespaces = [...new Set(refs.map(({ namespace }) => namespace))];
  const keys = new Set(refs.map(workspaceKey));
  const workspaces = (await listedIn(run, { cluster, resource: DEV_WORKSPACES, namespaces }))
    .filter((workspace) => keys.has(objectKey(workspace)));
  const external = await externalConfigs(run, { cluster, configuration, workspaces });
  const claims = await listedIn(run, { cluster, resource: PERSISTENT_VOLUME_CLAIMS, namespaces });
  const sharedClaim = (workspace: KubeObject) =>
    pvcNameIn(external.get(externalConfigOf(workspace) ?? "")) ?? pvcNameIn(config) ?? COMMON_CLAIM;
  judgeVolumes(run, { workspaces, claims, sharedClaim });
  await warnOfUsersSecrets(run, { cluster, namespaces });
}

function warnIfLate(run: Run, { backupCronJob }: Configuration, waitMs: number): void {
  const nowMs = run.clock.wallNow().getTime();
  const nextMs = parseSchedule(backupCronJob.schedule).nextAfter(nowMs);
  if (nextMs === undefined || nextMs - nowMs <= waitMs) return;
  const waits = formatDuration(nextMs - nowMs);
  run.warn(
    "tick-too-late",
    `The next tick of "${backupCronJob.schedule}" is in ${waits}, and backups are waited for ` +
      formatDuration(waitMs),
  );
}

/** @throws {CannotRunError} if no workspace has one */
function judgeVolumes(
  run: Run,
  { workspaces, claims, sharedClaim }: {
    readonly workspaces: readonly KubeObject[];
    readonly claims: readonly KubeObject[];
    readonly sharedClaim: (workspace: KubeObject) => string;
  },
): void {
  const phases = new Map(
    claims.map((claim) => [objectKey(claim), textOf(fieldsOf(claim["status"])["phase"])]),
  );
  const states = workspaces.map((workspace) => {
    const claim = claimOf(workspace, sharedClaim(workspace));
    const key = `${workspace.metadata.namespace}/${claim}`;
    return claim === undefined || !phases.has(key) ? "missing" : phases.get(key);
  });
  const missing = states.filter((state) => state === "missing").length;
  if (missing > 0 && missing === workspaces.length) {
    throw new CannotRunError(
      "No workspace has a volume: there is nothing to back up; use a template with storage-type " +
        "per-workspace or common, and with a volume or mounted sources",
    );
  }
  if (missing > 0) {
    const message =
      `${missing} of ${workspaces.length} workspaces have no volume: they are not backed up`;
    run.warn("no-volume", message);
  }
  const unbound = states.filter((state) => state !== "missing" && state !== "Bound").length;
  if (unbound === 0) return;
  const message =
    `The volumes of ${unbound} of ${workspaces.length} workspaces are not bound: their backups hang`;
  run.warn("volume-not-bound", message);
}

function pvcNameIn(config: KubeObject | undefined): string | undefined {
  return textOf(fieldsOf(fieldsOf(config?.["config"])["workspace"])["pvcName"]);
}
