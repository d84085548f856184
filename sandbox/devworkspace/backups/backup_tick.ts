/**
 * One tick: all workspaces as they are at its start, one after the other. What goes wrong with one is
 * logged, and at the end of the loop the tick is said to have been.
 * Source: devfile/devworkspace-operator, controllers/backupcronjob (executeBackupSync).
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import type { BackupCronJob } from "../../../kube/devworkspace/operator_config.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { JOBS, PERSISTENT_VOLUME_CLAIMS, SECRETS } from "../../../kube/resource.ts";
import { timestamp } from "../../kubernetes/api_state.ts";
import { authSecretFor } from "../auth_secret.ts";
import { GLOBAL_CONFIG_REF, workspaceConfig } from "../config.ts";
import { OPERATOR_NAMESPACE } from "../installation.ts";
import type { OperatorTools } from "../operator_tools.ts";
import { claimNameOf, type Workspace, workspaceOf } from "../workspaces/workspace.ts";
import { backupJobObject } from "./backup_job_object.ts";
import { isEligible } from "./eligibility.ts";

/** What the ticks of one schedule share: the config as it was read, and when the last of them ended. */
export interface CapturedConfig {
  readonly block: BackupCronJob;
  /** Epoch ms, whole seconds; undefined: there was none. */
  lastTickMs: number | undefined;
}

interface TickSurroundings {
  /** Resolves when the next tick has listed the workspaces. */
  readonly nextTick: Promise<void>;
  /** Ends it where it is. */
  readonly signal: AbortSignal;
}

export async function runTick(
  tools: OperatorTools,
  captured: CapturedConfig,
  { nextTick, signal }: TickSurroundings,
): Promise<void> {
  const { view, pace, writer, log } = tools;
  const { operator } = tools.settingsOfTick();
  log("Starting DevWorkspace backup job");
  const { lastTickMs } = captured;
  const workspaces = view.workspaces.all()
    .filter((workspace) => isEligible(workspace, lastTickMs));
  if (operator.losesSecretLabel) await loseLabel(tools, captured.block);
  await loseClaims(tools, workspaces, operator.lostClaimsShare);
  if (operator.waitsForNextTick) await nextTick;
  for (const workspace of workspaces) {
    await pace.pause(operator.backupMs, signal);
    if (signal.aborted) return;
    try {
      const isMade = await backUp(tools, workspaceOf(workspace), captured.block);
      if (isMade && operator.killedForMs > 0) tools.onKilled(operator.killedForMs);
    } catch (error) {
      const { namespace, name } = workspace.metadata;
      log(`Failed to create backup Job for DevWorkspace ${namespace}/${name}: ${messageOf(error)}`);
    }
  }
  if (signal.aborted) return;
  const lastBackupTime = timestamp(pace);
  captured.lastTickMs = Date.parse(lastBackupTime);
  await writer.patchStatus(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF, { lastBackupTime });
}

/** Whether there is a Job now. @throws if it cannot be made */
async function backUp(
  { view, writer, profile, log }: OperatorTools,
  workspace: Workspace,
  block: BackupCronJob,
): Promise<boolean> {
  const { object, ref } = workspace;
  const { commonClaim } = workspaceConfig(view.configs, workspace.externalConfig);
  const authSecret = await authSecretFor(writer, {
    workspace: object,
    registry: block.registry,
    profile,
    mayCopy: true,
  });
  const claim = claimNameOf(workspace, commonClaim);
  if (claim === undefined) {
    log(`No workspace PVC found for DevWorkspace ${ref.namespace}/${ref.name}, skipping backup`);
    return false;
  }
  if (view.claims.get(`${ref.namespace}/${claim}`) === undefined) {
    throw new Error(`PersistentVolumeClaim "${claim}" not found`);
  }
  const config = { backoffLimit: profile.defaultBackoffLimit, ...block };
  const job = backupJobObject({ workspace, config, claim, authSecret });
  if (await writer.create(JOBS, job) === undefined) throw new Error("its name is taken");
  return true;
}

/** As somebody does who writes the Secret anew from where it is kept, without the label. */
async function loseLabel(
  { writer }: OperatorTools,
  { registry: { authSecret = "" } }: BackupCronJob,
): Promise<void> {
  if (authSecret === "") return;
  const ref = { namespace: OPERATOR_NAMESPACE, name: authSecret };
  await writer.patch(SECRETS, ref, { metadata: { labels: { [LABEL.watchSecret]: null } } });
}

/** As somebody does who tidies up what nobody seems to use. */
async function loseClaims(
  { view, writer, pace }: OperatorTools,
  workspaces: readonly KubeObject[],
  share: number,
): Promise<void> {
  for (const workspace of share === 0 ? [] : workspaces.map(workspaceOf)) {
    if (!pace.isHit(share)) continue;
    const { commonClaim } = workspaceConfig(view.configs, workspace.externalConfig);
    const name = claimNameOf(workspace, commonClaim);
    const { namespace } = workspace.ref;
    if (name !== undefined) await writer.remove(PERSISTENT_VOLUME_CLAIMS, { namespace, name });
  }
}
