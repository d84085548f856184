/**
 * What has been seen of one workspace and of its backups? Each stop begins a round: the operator owes
 * one backup for it, and makes up for none that it has missed.
 * @module
 */

import type { BackupJob } from "../../../kube/devworkspace/backup_job.ts";
import type { WorkspacePhase, WorkspaceStatus } from "../../../kube/devworkspace/workspace.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { Miss, WorkspaceAccount } from "./account.ts";
import { JobRecord } from "./job_record.ts";
import { lossIn, type Tick } from "./tick.ts";

/** A workspace, and what whoever made and stopped it has seen of it. */
export interface KnownWorkspace extends WorkspaceRef {
  /** Run's clock; absent: it was not seen so yet. */
  readonly runningAtMs?: number | undefined;
  readonly stoppedAtMs?: number | undefined;
}

/** How a backup ended, as a Job or an annotation tells it. */
interface Ending {
  /** Server's clock. */
  readonly finishedAtMs: number;
  readonly isSuccessful: boolean;
  /** When that was first known, run's clock. */
  readonly atMs: number;
}

/** See the module. */
export class WorkspaceRecord implements WorkspaceAccount {
  readonly namespace: string;
  readonly name: string;
  runningAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  /** Empty until the operator has seen it. */
  id = "";
  phase: WorkspacePhase | undefined;
  /** Its objects were deleted. */
  isGone = false;
  /** It has no volume. */
  hasNoVolume = false;
  /** The API server refuses Jobs in its namespace. */
  isRefused = false;
  staleOutcomes = 0;
  /** Why the round gets no backup. */
  lost: Miss | undefined;
  /** What is held against it when the wait is over. */
  atEnd: Miss | undefined;
  #uid: string | undefined;
  #hasRun: boolean;
  /** Since when the round's stop is, server's clock. */
  #stopMs: number | undefined;
  #isStopped = false;
  readonly #jobs = new Map<string, JobRecord>();
  #newest: Ending | undefined;
  /** Of annotations alone: their times are compared with nothing else. */
  #newestNotedMs = -Infinity;
  #notedMs: number | undefined;

  constructor({ namespace, name, runningAtMs, stoppedAtMs }: KnownWorkspace) {
    [this.namespace, this.name] = [namespace, name];
    [this.runningAtMs, this.stoppedAtMs] = [runningAtMs, stoppedAtMs];
    this.#hasRun = runningAtMs !== undefined;
  }

  get jobs(): readonly JobRecord[] {
    return [...this.#jobs.values()];
  }

  get jobCount(): number {
    return this.#jobs.size;
  }

  /** A backup is owed to it: it has run, and is stopped by its condition, not by its phase alone. */
  get isExpected(): boolean {
    return this.#hasRun && this.stoppedAtMs !== undefined;
  }

  get outcome(): WorkspaceAccount["outcome"] {
    const ending = this.#ending;
    if (ending === undefined) return undefined;
    return ending.isSuccessful ? "backed-up" : "failed";
  }

  get outcomeAtMs(): number | undefined {
    return this.#ending?.atMs;
  }

  get miss(): Miss | undefined {
    const { outcome } = this;
    if (outcome !== undefined) return outcome === "failed" ? "failed" : undefined;
    return this.#overdue ?? this.lost ?? this.atEnd;
  }

  /** Nothing of its round has come yet, and nothing is known to stand in the way. */
  get isAwaiting(): boolean {
    return this.isExpected && this.#isStopped && !this.isGone && this.lost === undefined &&
      this.outcome === undefined && !this.hasJob;
  }

  /** Of this round, other than one that was deleted before it ended. */
  get hasJob(): boolean {
    return this.#roundJobs.some(({ isGone, end }) => !isGone || end !== undefined);
  }

  /** When the round's stop is dated, server's clock, whole seconds. */
  get stopMs(): number | undefined {
    return this.#stopMs;
  }

  take(uid: string | undefined, status: WorkspaceStatus, atMs: number): void {
    this.#uid ??= uid;
    // One that was made again under the same name is another one.
    if (this.isGone || uid !== this.#uid) return;
    this.id = status.id ?? this.id;
    this.phase = status.phase;
    if (status.phase === "Running") {
      this.runningAtMs ??= atMs;
      this.#hasRun = true;
    }
    this.#takeStop(status, atMs);
    this.#takeNote(status, atMs);
  }

  takeJob(job: BackupJob, atMs: number): JobRecord {
    const record = this.#jobs.get(job.uid) ?? new JobRecord(job, atMs);
    this.#jobs.set(job.uid, record);
    record.take(job, atMs);
    const { end, finishedAtMs, endedAtMs } = record;
    if (end !== undefined) {
      this.#takeEnding({
        finishedAtMs: finishedAtMs ?? record.createdAtMs ?? 0,
        isSuccessful: end.kind === "succeeded",
        atMs: endedAtMs!,
      });
    }
    // However late it is seen: it was made, and so nothing is lost.
    if (this.lost !== undefined && this.hasJob) this.lost = undefined;
    return record;
  }

  /** It was deleted: its volume is, too. */
  gone(uid: string | undefined): void {
    if (uid !== this.#uid) return;
    this.isGone = true;
    if (this.isExpected) this.lost ??= "nothing-to-back-up";
  }

  /** It has no Job of its round though this tick, whose Jobs are all known, was over after its stop. */
  loseIn(tick: Tick, { wasOperatorAway }: { readonly wasOperatorAway: boolean }): Miss {
    this.lost = lossIn(tick, this.#stopMs!);
    if (this.lost === "lost-by-error" && wasOperatorAway) this.lost = "operator-restarted";
    this.#refine();
    return this.lost;
  }

  knowNoVolume(): void {
    this.hasNoVolume = true;
    this.#refine();
  }

  knowRefused(): void {
    this.isRefused = true;
    this.#refine();
  }

  /** What is known of it says more than the tick's times do. */
  #refine(): void {
    if (this.lost === undefined) return;
    if (this.hasNoVolume) this.lost = "nothing-to-back-up";
    else if (this.isRefused && this.lost === "lost-by-error") this.lost = "job-refused";
  }

  get #roundJobs(): JobRecord[] {
    const stopMs = this.#stopMs ?? -Infinity;
    return this.jobs.filter(({ createdAtMs = Infinity }) => createdAtMs >= stopMs);
  }

  get #ending(): Ending | undefined {
    const isOfRound = this.#newest !== undefined &&
      this.#newest.finishedAtMs >= (this.#stopMs ?? -Infinity);
    return isOfRound ? this.#newest : undefined;
  }

  /** Of its round. */
  get firstJob(): JobRecord | undefined {
    return this.#roundJobs[0];
  }

  /** The newest of its round that has not ended. */
  get openJob(): JobRecord | undefined {
    return this.#roundJobs.findLast(({ end, isGone }) => end === undefined && !isGone);
  }

  get #overdue(): Miss | undefined {
    const job = this.openJob;
    if (!job?.isOverdue) return undefined;
    if (job.hasStarted) return "hung";
    return job.isRefused ? "job-refused" : "pending";
  }

  #takeStop({ phase, started }: WorkspaceStatus, atMs: number): void {
    this.#isStopped = phase === "Stopped" && started?.status === "False";
    if (!this.#isStopped || !this.#hasRun) return;
    const stopMs = Date.parse(started!.lastTransitionTime);
    if (Number.isNaN(stopMs) || stopMs === this.#stopMs) return;
    const isFirst = this.#stopMs === undefined;
    this.#stopMs = stopMs;
    this.stoppedAtMs = isFirst ? this.stoppedAtMs ?? atMs : atMs;
    this.lost = undefined;
    this.atEnd = undefined;
  }

  #takeNote({ lastBackup }: WorkspaceStatus, atMs: number): void {
    const finishedAtMs = lastBackup?.finishedAtMs;
    if (lastBackup === undefined || finishedAtMs === undefined) return;
    if (finishedAtMs < this.#newestNotedMs && finishedAtMs !== this.#notedMs) this.staleOutcomes++;
    this.#notedMs = finishedAtMs;
    this.#newestNotedMs = Math.max(this.#newestNotedMs, finishedAtMs);
    this.#takeEnding({ finishedAtMs, isSuccessful: lastBackup.isSuccessful, atMs });
  }

  /** The newest counts; of two in one second the success, because then there is a backup. */
  #takeEnding(ending: Ending): void {
    const newest = this.#newest;
    const isNewer = newest === undefined || ending.finishedAtMs > newest.finishedAtMs ||
      (ending.finishedAtMs === newest.finishedAtMs && ending.isSuccessful && !newest.isSuccessful);
    if (!isNewer) return;
    const before = this.#ending;
    this.#newest = ending;
    if (this.#ending === undefined) return;
    this.lost = undefined;
    // The same once more tells nothing new.
    if (before?.isSuccessful === ending.isSuccessful) {
      this.#newest = { ...ending, atMs: before.atMs };
    }
  }
}
