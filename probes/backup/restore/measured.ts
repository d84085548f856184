/** What a restore is measured as, and the classes in which it fails. @module */

/** From the answer to its deletion until it is gone. */
export const GONE_OP = "workspaceGone";
/** From its creation until it runs. */
export const RESTORE_OP = "restore";

/** How a restore fails, beside `stalled` and what the API server refuses. */
export const RESTORE_REASONS = [
  /** The old one was not gone in time, so that no new one could be made. */
  "not-deleted",
  /** It came to Failed, or its restore container did. */
  "restore-failed",
  /** It runs, and its projects do not come from its backup. */
  "not-restored",
] as const;
export type RestoreReason = typeof RESTORE_REASONS[number];
