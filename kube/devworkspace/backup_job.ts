/**
 * Whose backup is a Job, and how did it end? Nothing but the conditions Complete and Failed ends one:
 * failed pods are tried again, and FailureTarget and SuccessCriteriaMet come before the end.
 * Sources: devfile/devworkspace-operator, controllers/backupcronjob; kubernetes/api, batch/v1/types.go.
 * @module
 */

import { conditionsOf } from "../condition.ts";
import { fieldsOf, integerOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";
import { LABEL } from "./words.ts";

export interface BackupJob {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the workspace, which is in the Job's namespace. */
  readonly workspace: string;
  readonly workspaceId: string;
  /** Pods that failed for good so far. */
  readonly failedPods: number;
  /** All that it has had: active, succeeded and failed ones. */
  readonly pods: number;
  /** Undefined: it has not ended. */
  readonly end: JobEnd | undefined;
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
  const { uid = "", namespace = "", name = "", labels = {} } = job.metadata;
  if (labels[LABEL.backupJob] !== "true") return undefined;
  const status = fieldsOf(job["status"]);
  const [active, succeeded, failed] = ["active", "succeeded", "failed"].map((field) =>
    integerOf(status[field]) ?? 0
  ) as [number, number, number];
  return {
    uid,
    namespace,
    name,
    workspace: labels[LABEL.workspaceName] ?? "",
    workspaceId: labels[LABEL.workspaceId] ?? "",
    failedPods: failed,
    pods: active + succeeded + failed,
    end: endOf(status),
  };
}

function endOf(status: unknown): JobEnd | undefined {
  const ends = { Complete: "succeeded", Failed: "failed" } as const;
  for (const { type, status: is, reason, message } of conditionsOf(status)) {
    if (is !== "True" || !(type === "Complete" || type === "Failed")) continue;
    return { kind: ends[type], reason, message };
  }
  return undefined;
}
