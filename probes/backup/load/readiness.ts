/**
 * Is a workspace ready, or why will it never be? By its phase and message, as the operator writes them.
 * Source: devfile/devworkspace-operator, controllers/workspace and pkg/library/status (v0.42.0).
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { hasFailed, type WorkspaceStatus } from "../../../kube/devworkspace/workspace.ts";
import type { ReadyReason } from "./measured.ts";

/** The first that fits a message counts. */
const BY_MESSAGE: readonly (readonly [RegExp, ReadyReason])[] = [
  [/exceeded quota/i, "quota"],
  [/FailedScheduling/, "scheduling"],
  [/unrecoverable event/i, "unrecoverable-event"],
  [/has state |ImagePullBackOff|CrashLoopBackOff/, "container"],
  [/failed to progress|ProgressDeadlineExceeded/, "no-progress"],
];

/**
 * Whether it runs.
 * @throws {OperationFailedError} with a {@link ReadyReason} once it has failed
 */
export function isReady(status: Pick<WorkspaceStatus, "phase" | "message">): boolean {
  const { phase, message } = status;
  if (!hasFailed(status)) return phase === "Running";
  const [, reason = "workspace-failed"] = BY_MESSAGE.find(([words]) => words.test(message)) ?? [];
  throw new OperationFailedError(reason, `The workspace is ${phase}: ${message}`);
}
