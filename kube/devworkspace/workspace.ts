/**
 * What does a DevWorkspace say of itself: its phase, whether and since when it is stopped, and how its
 * last backup went?
 * Source: devfile/api, pkg/apis/workspaces/v1alpha2/devworkspace_types.go; devfile/devworkspace-operator,
 * controllers/backupcronjob.
 * @module
 */

import { type Condition, conditionIn, conditionsOf } from "../condition.ts";
import { given } from "../../core/given.ts";
import { elementsOf, fieldsOf, textOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";
import { ANNOTATION } from "./words.ts";

export type WorkspacePhase =
  | "Starting"
  | "Running"
  | "Stopping"
  | "Stopped"
  | "Failing"
  | "Failed"
  | "Error"
  | "Terminating";

export interface WorkspaceStatus {
  /** `workspace` and 16 hexadecimal digits; undefined: the operator has not seen it yet. */
  readonly id: string | undefined;
  /** Undefined: none yet. A workspace that was never started is "Stopped", too. */
  readonly phase: WorkspacePhase | undefined;
  /** Empty: none. */
  readonly message: string;
  /** False with a time: it has been stopped since, in whole seconds of the server's clock. */
  readonly started: Condition | undefined;
  /** Of the annotations; they can go back to an older outcome. */
  readonly lastBackup: LastBackup | undefined;
}

export interface LastBackup {
  readonly isSuccessful: boolean;
  /** Server's clock, epoch ms; undefined: not told, or no time. */
  readonly finishedAtMs: number | undefined;
  /** Empty: none. */
  readonly error: string;
}

const FAILED_PHASES: readonly unknown[] = ["Failing", "Failed", "Error"];

/** The operator has given it up, and stops it. */
export function hasFailed({ phase }: Pick<WorkspaceStatus, "phase">): boolean {
  return FAILED_PHASES.includes(phase);
}

export function workspaceStatusOf(workspace: KubeObject): WorkspaceStatus {
  const status = fieldsOf(workspace["status"]);
  return {
    id: textOf(status["devworkspaceId"]),
    phase: textOf(status["phase"]) as WorkspacePhase | undefined,
    message: textOf(status["message"]) ?? "",
    started: conditionIn(conditionsOf(status), "Started"),
    lastBackup: lastBackupOf(workspace),
  };
}

/** Who it is, and what {@link workspaceStatusOf} reads: thousands are kept in memory. */
export function withStatusAlone(workspace: KubeObject): KubeObject {
  const { namespace, name, uid, resourceVersion, labels, annotations = {} } = workspace.metadata;
  const { devworkspaceId, phase, message, conditions } = fieldsOf(workspace["status"]);
  const noted = Object.values(ANNOTATION).map((key) => [key, annotations[key]]);
  return {
    metadata: {
      ...given({ namespace, name, uid, resourceVersion, labels }),
      annotations: given(Object.fromEntries(noted)),
    },
    status: {
      ...{ devworkspaceId, phase, message },
      conditions: elementsOf(conditions).filter(({ type }) => type === "Started"),
    },
  };
}

function lastBackupOf({ metadata: { annotations = {} } }: KubeObject): LastBackup | undefined {
  const successful = annotations[ANNOTATION.lastBackupSuccessful];
  if (successful === undefined) return undefined;
  const atMs = Date.parse(annotations[ANNOTATION.lastBackupFinishedAt] ?? "");
  return {
    isSuccessful: successful === "true",
    finishedAtMs: Number.isNaN(atMs) ? undefined : atMs,
    error: annotations[ANNOTATION.lastBackupError] ?? "",
  };
}
