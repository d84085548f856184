/**
 * What is known of each workspace's backups: its Jobs, its outcome, and why there is none.
 * @module
 */

import type { JobEnd } from "../../../kube/devworkspace/backup_job.ts";

/** Why a workspace that should have been backed up was not. */
export const MISSES = [
  /** It never ran, or never came to be stopped. */
  "never-stopped",
  /** It has no volume: the operator passes it over without a word. */
  "nothing-to-back-up",
  /** The API server refused what the operator wanted to make: quota, admission. */
  "job-refused",
  /** R1: it was stopped while a tick ran, or in its second; that tick's time counts as its backup. */
  "lost-in-tick",
  /** R2: a tick could not make its Job (Secret, volume, API), and no later one tries again. */
  "lost-by-error",
  /** Its Jobs failed. */
  "failed",
  /** Its Job has pods that nobody starts. */
  "pending",
  /** Its Job runs longer than it may. */
  "hung",
  /** The operator was away when it should have made the Job or noted its end. */
  "operator-restarted",
  /** No tick has come by the end of the wait. */
  "no-tick",
] as const;
export type Miss = typeof MISSES[number];

export interface JobAccount {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** When it was first seen, on the run's clock. */
  readonly seenAtMs: number;
  /** When its end was first seen, on the run's clock; undefined: it has not ended. */
  readonly endedAtMs: number | undefined;
  readonly end: JobEnd | undefined;
  /** Most pods that it was seen to have had, and most that failed. */
  readonly pods: number;
  readonly failedPods: number;
  /** It is deleted: by its time to live, or by somebody. */
  readonly isGone: boolean;
}

export interface WorkspaceAccount {
  readonly namespace: string;
  readonly name: string;
  /** Run's clock; undefined: never seen so. */
  readonly runningAtMs: number | undefined;
  readonly stoppedAtMs: number | undefined;
  /** In the order in which they were seen. */
  readonly jobs: readonly JobAccount[];
  /** By Jobs' ends and by the newest annotation ever seen; undefined: there is none yet. */
  readonly outcome: "backed-up" | "failed" | undefined;
  /** When that was first known, run's clock. */
  readonly outcomeAtMs: number | undefined;
  /** How often an annotation went back to an older time: no outcome, a defect of the operator. */
  readonly staleOutcomes: number;
  /** Undefined: it is backed up, or nothing stands against it yet. */
  readonly miss: Miss | undefined;
}
