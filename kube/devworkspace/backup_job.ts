/**
 * Whose backup is a Job, and how did it end? Nothing but the conditions Complete and Failed ends one:
 * failed pods are tried again, and FailureTarget and SuccessCriteriaMet come before the end.
 * Sources: devfile/devworkspace-operator, controllers/backupcronjob; kubernetes/api, batch/v1/types.go.
 * @module
 */

import { type Condition, conditionsOf } from "../condition.ts";
import { fieldsOf, integerOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";
import { LABEL } from "./words.ts";

/** After its end it is deleted. Source: ttlSecondsAfterFinished, which no configuration changes. */
export const BACKUP_JOB_TTL_SECONDS = 120;

export interface BackupJob {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the workspace, which is in the Job's namespace. */
  readonly workspace: string;
  readonly workspaceId: string;
  /** Server's clock, epoch ms in whole seconds; undefined: not told. */
  readonly createdAtMs: number | undefined;
  /** Pods that failed for good so far. */
  readonly failedPods: number;
  /** All that it has had: active, succeeded and failed ones. */
  readonly pods: number;
  /** Undefined: it has not ended. */
  readonly end: JobEnd | undefined;
  /** Server's clock, as `createdAtMs`; the operator notes it as the time of the backup. */
  readonly finishedAtMs: number | undefined;
}

export interface JobEnd {
  readonly kind: "succeeded" | "failed";
  /** Of the condition, e.g. `BackoffLimitExceeded`; empty: none. */
  readonly reason: string;
  /** Of the condition; empty: none. */
  readonly message: string;
}

/** Undefined: it backs up no workspace. */
export function backupJobOf(job: KubeObject): BackupJob | undefined {
  const { uid = "", namespace = "", name = "", labels = {}, creationTimestamp } = job.metadata;
  if (labels[LABEL.backupJob] !== "true") return undefined;
  const status = fieldsOf(job["status"]);
  const [active, succeeded, failed] = ["active", "succeeded", "failed"].map((field) =>
    integerOf(status[field]) ?? 0
  ) as [number, number, number];
  const end = endIn(conditionsOf(status));
  return {
    uid,
    namespace,
    name,
    workspace: labels[LABEL.workspaceName] ?? "",
    workspaceId: labels[LABEL.workspaceId] ?? "",
    createdAtMs: timeOf(creationTimestamp),
    failedPods: failed,
    pods: active + succeeded + failed,
    end: end && { kind: ENDS[end.type]!, reason: end.reason, message: end.message },
    finishedAtMs: timeOf(end?.lastTransitionTime),
  };
}

const ENDS: Readonly<Record<string, JobEnd["kind"]>> = { Complete: "succeeded", Failed: "failed" };

function endIn(conditions: readonly Condition[]): Condition | undefined {
  return conditions.find(({ type, status }) => status === "True" && Object.hasOwn(ENDS, type));
}

function timeOf(text = ""): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
