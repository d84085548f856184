/**
 * How many backup Jobs may a workspace have that was stopped before the first of so many ticks? A
 * range, because it is not known how fast pods fail, and because a tick may be under way.
 * Source of the rules: devfile/devworkspace-operator, controllers/backupcronjob; Kubernetes,
 * pkg/controller/job/backoff_utils.go.
 * @module
 */

import { BACKUP_JOB_TTL_SECONDS } from "../../../kube/devworkspace/backup_job.ts";

/** Ends included. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface JobsPlan {
  /** What comes of a Job: it succeeds, fails for good, or never ends. */
  readonly kind: "succeeds" | "fails" | "hangs";
  /** From one tick to the next, ms. */
  readonly periodMs: number;
  /** Ticks that have ended since the backup was due. */
  readonly ticks: number;
  /** Ticks that may be under way, or whose end was not seen. @default 1 */
  readonly ticksUnderWay?: number;
  readonly backoffLimit: number;
  /** From a pod's creation to its failure, ms. */
  readonly failingPodMs: Range;
  /** Whether a later tick tries again what has failed; since 0.40.0. @default true */
  readonly isRetried?: boolean;
  /** Of the longest tick, ms: those that outlast a period overlap, and repeat each other's Jobs. @default 0 */
  readonly longestTickMs?: number;
  /** Outcomes that went back to a failure: each makes one Job more. @default 0 */
  readonly staleOutcomes?: number;
}

/** How long a Job is kept after its end, ms. */
export const JOB_TTL_MS = 1_000 * BACKUP_JOB_TTL_SECONDS;

/** The delay before a Job's second pod, ms; it doubles with each pod. */
const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 600_000;

/** From the creation of a Job to its failure for good, ms. */
export function failsAfterMs(
  { backoffLimit, failingPodMs }: { readonly backoffLimit: number; readonly failingPodMs: number },
): number {
  let sumMs = failingPodMs;
  for (let retry = 0; retry < backoffLimit; retry++) {
    sumMs += failingPodMs + Math.min(FIRST_DELAY_MS * 2 ** retry, LONGEST_DELAY_MS);
  }
  return sumMs;
}

/** All Jobs of one workspace since its stop, those that are gone included. */
export function expectedJobs(plan: JobsPlan): Range {
  const { ticks, ticksUnderWay = 1, kind, isRetried = true } = plan;
  const mostTicks = ticks + ticksUnderWay;
  const least = Math.min(1, ticks);
  if (kind === "fails" && isRetried) {
    const { least: soonest, most: latest } = lifeOf(plan);
    // Ticks pass it over as long as its first Job has not ended; at the very time they may, or may not.
    const passedLeast = Math.ceil(soonest / plan.periodMs) - 1;
    const passedMost = Math.floor(latest / plan.periodMs);
    return {
      least: Math.max(least, ticks - passedMost),
      most: Math.min(mostTicks, Math.max(1, mostTicks - Math.max(0, passedLeast)) + repeats(plan)),
    };
  }
  return { least, most: Math.min(mostTicks, 1 + repeats(plan)) };
}

/** Of them those that are there at one time. */
export function mostVisibleJobs(plan: JobsPlan): number {
  const { most } = expectedJobs(plan);
  if (plan.kind !== "fails") return most;
  const inOneLife = Math.floor((lifeOf(plan).most + JOB_TTL_MS) / plan.periodMs) + 1;
  return Math.min(most, inOneLife + repeats(plan));
}

/** From a Job's creation to its failure for good. */
function lifeOf({ backoffLimit, failingPodMs: { least, most } }: JobsPlan): Range {
  return {
    least: failsAfterMs({ backoffLimit, failingPodMs: least }),
    most: failsAfterMs({ backoffLimit, failingPodMs: most }),
  };
}

/** Jobs that are made though there is one: by ticks that overlap, and for outcomes that went back. */
function repeats({ longestTickMs = 0, periodMs, staleOutcomes = 0 }: JobsPlan): number {
  return Math.floor(longestTickMs / periodMs) + staleOutcomes;
}
