/** What stopping measures. @module */

export const STOP_OP = "stopWorkspace";
export const STOPPED_OP = "workspaceStopped";

/** Why a workspace did not come to be stopped, beside being late. */
export const STOP_REASONS = [
  /** The operator says that it failed: it is never backed up. */
  "workspace-failed",
] as const;
