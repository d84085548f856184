/** Objects as the operator and the Job controller write them; times are text of the server's clock. @module */

import { ANNOTATION, LABEL } from "../../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../../kube/object.ts";

const DAY = "2026-11-30";

/** `12:00:30` of one day, RFC 3339. */
export function at(time: string): string {
  return `${DAY}T${time}Z`;
}

export interface WorkspaceState {
  readonly phase: string;
  /** Time of the condition Started=False. */
  readonly stopped?: string;
  /** What the annotations say. */
  readonly backup?: { readonly successful: boolean; readonly finished: string };
  readonly uid?: string;
  readonly namespace?: string;
}

export function workspace(
  name: string,
  { phase, stopped, backup, uid = `uid-${name}`, namespace = "ns" }: WorkspaceState,
): KubeObject {
  return {
    metadata: {
      name,
      namespace,
      uid,
      annotations: backup === undefined ? {} : {
        [ANNOTATION.lastBackupSuccessful]: String(backup.successful),
        [ANNOTATION.lastBackupFinishedAt]: at(backup.finished),
      },
    },
    spec: { started: phase === "Running" },
    status: {
      devworkspaceId: `workspace-${name}`,
      phase,
      conditions: stopped === undefined ? [] : [{
        type: "Started",
        status: "False",
        message: "Workspace is stopped",
        lastTransitionTime: at(stopped),
      }],
    },
  };
}

export interface JobState {
  readonly of: string;
  readonly created: string;
  readonly active?: number;
  readonly failed?: number;
  readonly end?: { readonly type: string; readonly time: string };
  readonly namespace?: string;
}

export function job(
  name: string,
  { of, created, active = 0, failed = 0, end, namespace = "ns" }: JobState,
): KubeObject {
  const isDone = end?.type === "Complete";
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      creationTimestamp: at(created),
      labels: {
        [LABEL.backupJob]: "true",
        [LABEL.workspaceId]: `workspace-${of}`,
        [LABEL.workspaceName]: of,
      },
    },
    spec: { template: { spec: { restartPolicy: "Never" } } },
    status: {
      active,
      failed,
      ...(isDone ? { succeeded: 1 } : {}),
      conditions: end === undefined ? [] : [{
        type: end.type,
        status: "True",
        reason: isDone ? "CompletionsReached" : "BackoffLimitExceeded",
        message: isDone ? "" : "Job has reached the specified backoff limit",
        lastTransitionTime: at(end.time),
      }],
    },
  };
}
