/** What an account comes to in numbers. @module */

import { type Miss, MISSES } from "./account.ts";
import type { JobRecord } from "./job_record.ts";
import type { WorkspaceRecord } from "./workspace_record.ts";

/** All that was seen so far; of Jobs and pods the ones that are gone, too. */
export interface BackupTotals {
  readonly workspaces: number;
  /** Those that a backup is owed to: they have run, and were stopped. */
  readonly expected: number;
  readonly backedUp: number;
  readonly jobs: number;
  readonly jobsSucceeded: number;
  readonly jobsFailed: number;
  /** Not gone yet. */
  readonly jobsVisible: number;
  /** Of those: neither succeeded nor failed so far. */
  readonly jobsOpen: number;
  readonly pods: number;
  readonly podsFailed: number;
  readonly mostJobsOfAWorkspace: number;
  readonly staleOutcomes: number;
  readonly ticks: number;
  /** As they are now. */
  readonly running: number;
  readonly stopped: number;
  readonly misses: Readonly<Record<Miss, number>>;
}

type JobTotals = Pick<
  BackupTotals,
  "jobs" | "jobsSucceeded" | "jobsFailed" | "jobsVisible" | "jobsOpen" | "pods" | "podsFailed"
>;

/** Sums over Jobs, of which there may be tens of thousands: kept up to date rather than added up. */
export class JobSums {
  readonly #sums = {
    jobs: 0,
    jobsSucceeded: 0,
    jobsFailed: 0,
    jobsVisible: 0,
    jobsOpen: 0,
    pods: 0,
    podsFailed: 0,
  };

  get totals(): JobTotals {
    return { ...this.#sums };
  }

  add(job: JobRecord): void {
    this.#add(partOf(job), 1);
  }

  /** @param change of this Job, which was added before */
  change(job: JobRecord, change: () => void): void {
    this.#add(partOf(job), -1);
    change();
    this.add(job);
  }

  #add(part: JobTotals, times: 1 | -1): void {
    for (const [name, value] of Object.entries(part)) {
      this.#sums[name as keyof JobTotals] += times * value;
    }
  }
}

function partOf({ end, isGone, pods, failedPods }: JobRecord): JobTotals {
  return {
    jobs: 1,
    jobsSucceeded: Number(end?.kind === "succeeded"),
    jobsFailed: Number(end?.kind === "failed"),
    jobsVisible: Number(!isGone),
    jobsOpen: Number(!isGone && end === undefined),
    pods,
    podsFailed: failedPods,
  };
}

type WorkspaceTotals = Omit<BackupTotals, keyof JobTotals | "ticks">;

export function workspaceTotals(workspaces: readonly WorkspaceRecord[]): WorkspaceTotals {
  const count = (is: (workspace: WorkspaceRecord) => boolean) => workspaces.filter(is).length;
  return {
    workspaces: workspaces.length,
    expected: count(({ isExpected }) => isExpected),
    backedUp: count(({ outcome }) => outcome === "backed-up"),
    mostJobsOfAWorkspace: workspaces.reduce((most, { jobCount }) => Math.max(most, jobCount), 0),
    staleOutcomes: workspaces.reduce((sum, { staleOutcomes }) => sum + staleOutcomes, 0),
    running: count(({ phase }) => phase === "Running"),
    stopped: count(({ phase }) => phase === "Stopped"),
    misses: missCounts(workspaces),
  };
}

function missCounts(workspaces: readonly WorkspaceRecord[]): Record<Miss, number> {
  const counts = Object.fromEntries(MISSES.map((miss) => [miss, 0])) as Record<Miss, number>;
  for (const { miss } of workspaces) if (miss !== undefined) counts[miss]++;
  return counts;
}
