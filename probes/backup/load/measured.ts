/** What the load measures, and the classes in which workspaces fail to be ready. @module */

export const CREATE_OP = "createWorkspace";
export const READY_OP = "workspaceReady";
export const DELETE_OP = "deleteWorkspace";

/** Why a workspace did not come to be ready, by what the operator says of it. */
export const READY_REASONS = [
  /** No node took its pod, or its volume was not bound yet: also FailedScheduling while that lasts. */
  "scheduling",
  /** A quota was exceeded. */
  "quota",
  /** Its image could not be pulled, or its container does not run. */
  "container",
  /** Another event that the operator holds to be the end of it. */
  "unrecoverable-event",
  /** It got no further for as long as the operator waits. */
  "no-progress",
  /** Whatever else the operator says. */
  "workspace-failed",
  /** Somebody deleted it. */
  "workspace-gone",
] as const;
export type ReadyReason = typeof READY_REASONS[number];
