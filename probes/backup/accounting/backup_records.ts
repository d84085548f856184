/**
 * What the figures of a run say of its backups: counters and levels as the book has them, and one
 * sample `backup` a workspace. Never decides what happened.
 * @module
 */

import { countersOf, type Measures } from "../../../core/run/measures.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Outcome } from "../../../core/measure/sample.ts";
import type { BackupBook } from "./backup_book.ts";
import type { BackupTotals } from "./totals.ts";
import type { WorkspaceRecord } from "./workspace_record.ts";

/** Due when a workspace was stopped and backups in force; sent when its first Job was seen. */
export const BACKUP = "backup";

const COUNTERS = {
  backupJobs: ({ jobs }) => jobs,
  backupJobsSucceeded: ({ jobsSucceeded }) => jobsSucceeded,
  backupJobsFailed: ({ jobsFailed }) => jobsFailed,
  backupPods: ({ pods }) => pods,
  backupPodsFailed: ({ podsFailed }) => podsFailed,
  staleOutcomes: ({ staleOutcomes }) => staleOutcomes,
  ticks: ({ ticks }) => ticks,
  lostInTick: ({ misses }) => misses["lost-in-tick"],
  lostByError: ({ misses }) => misses["lost-by-error"],
} as const satisfies Readonly<Record<string, (totals: BackupTotals) => number>>;

const GAUGES = {
  jobsPerWorkspaceMost: ({ mostJobsOfAWorkspace }) => mostJobsOfAWorkspace,
  workspacesRunning: ({ running }) => running,
  workspacesStopped: ({ stopped }) => stopped,
  backupJobsVisible: ({ jobsVisible }) => jobsVisible,
  backupJobsOpen: ({ jobsOpen }) => jobsOpen,
} as const satisfies Readonly<Record<string, (totals: BackupTotals) => number>>;

/** What {@link BackupRecords} records. */
export const BACKUP_MEASURES: Measures = {
  counters: countersOf(...Object.keys(COUNTERS)),
  others: [BACKUP, ...Object.keys(GAUGES)],
};

interface BackupRecordsOptions {
  readonly recorder: Recorder;
  /** Tag of the samples. */
  readonly mode: string;
}

/** See the module. */
export class BackupRecords {
  readonly #book: BackupBook;
  readonly #options: BackupRecordsOptions;
  readonly #counted = new Map<string, number>();
  readonly #sampled = new Set<WorkspaceRecord>();
  #isOver = false;

  constructor(book: BackupBook, options: BackupRecordsOptions) {
    this.#book = book;
    this.#options = options;
  }

  /** What has come since it was called last; of samples those of backups that were made. */
  take(atMs: number): void {
    const { recorder } = this.#options;
    const { totals } = this.#book;
    for (const [name, read] of Object.entries(COUNTERS)) {
      const [value, before] = [read(totals), this.#counted.get(name) ?? 0];
      // A loss that was taken back was counted all the same: a counter only grows.
      if (value <= before) continue;
      recorder.count(name, value - before, { atMs });
      this.#counted.set(name, value);
    }
    // Levels of the wait are none of the stage after it.
    for (const [name, read] of this.#isOver ? [] : Object.entries(GAUGES)) {
      recorder.gauge(name, read(totals), { atMs });
    }
    for (const workspace of this.#book.workspaces) {
      if (workspace.outcome === "backed-up") this.#sample(workspace, { kind: "ok" }, atMs);
    }
  }

  /** The wait is over: nothing makes up for what is a miss by now. `isCut`: it was ended before. */
  end(atMs: number, { isCut = false }: { readonly isCut?: boolean } = {}): void {
    this.take(atMs);
    this.#isOver = true;
    for (const workspace of this.#book.workspaces) {
      const { miss } = workspace;
      const outcome: Outcome = miss === undefined || isCut
        ? { kind: "cancelled" }
        : { kind: "failed", reason: miss };
      this.#sample(workspace, outcome, atMs);
    }
  }

  #sample(workspace: WorkspaceRecord, outcome: Outcome, atMs: number): void {
    const dueMs = this.#book.dueAtMs(workspace);
    if (dueMs === undefined || this.#sampled.has(workspace)) return;
    this.#sampled.add(workspace);
    const { recorder, mode } = this.#options;
    const sentMs = Math.max(dueMs, workspace.firstJob?.seenAtMs ?? dueMs);
    const doneMs = Math.max(sentMs, workspace.outcomeAtMs ?? atMs);
    recorder.record({ op: BACKUP, dueMs, sentMs, doneMs, outcome, tags: { mode } });
  }
}
