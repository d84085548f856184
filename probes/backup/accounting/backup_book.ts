/**
 * Which backups were made, which were not, and why? Keeps account of workspaces, Jobs and ticks from
 * what watches tell, in whatever order they tell it. Pure: it reads no clock and no cluster; `atMs` is
 * the run's clock, while stops, ends and ticks are dated by the server's, and the two are never
 * compared.
 *
 * A workspace that was stopped before a tick's end, has no Job and no annotation, is passed over by all
 * later ticks. Jobs and ticks are told by different watches, so that is said only of ticks up to which
 * all Jobs are known: see {@link BackupBook.confirm}.
 * Source of the rules: devfile/devworkspace-operator, controllers/backupcronjob.
 * @module
 */

import type { BackupJob } from "../../../kube/devworkspace/backup_job.ts";
import type { WorkspaceStatus } from "../../../kube/devworkspace/workspace.ts";
import { workspaceKey, type WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { Miss } from "./account.ts";
import type { JobPod, JobRecord } from "./job_record.ts";
import { Absences } from "./absences.ts";
import { latestStart, lossIn, type Tick, type TickStartOf } from "./tick.ts";
import { type BackupTotals, JobSums, workspaceTotals } from "./totals.ts";
import { type KnownWorkspace, WorkspaceRecord } from "./workspace_record.ts";

/** A workspace that no later tick makes up for. */
export interface LostBackup {
  readonly workspace: WorkspaceRecord;
  readonly tick: Tick;
}

/** See the module. */
export class BackupBook {
  readonly #tickStartOf: TickStartOf;
  readonly #workspaces = new Map<string, WorkspaceRecord>();
  /** Jobs of the run's workspaces by `namespace/name`. */
  readonly #jobs = new Map<string, JobRecord>();
  /** Whose they are, by the same key. */
  readonly #owners = new Map<string, WorkspaceRecord>();
  readonly #namespaces = new Set<string>();
  /** Pods that were seen before their Job was, by the same key. */
  readonly #early = new Map<string, JobPod[]>();
  readonly #ticks: { -readonly [K in keyof Tick]: Tick[K] }[] = [];
  readonly #sums = new JobSums();
  readonly #absences = new Absences();
  /** Of how many ticks, from the first, all Jobs are known. */
  #confirmed = 0;
  /** There was a tick before anything was seen: it has made losses, but is none of this run. */
  #hasBaseline = false;
  #lastBackupTimeMs: number | undefined;
  #hasSeenConfig = false;
  /** Creation of the first Job since the last tick, server's clock; of anybody, who all share ticks. */
  #firstJobMs = Infinity;
  #inForceAtMs: number | undefined;

  constructor(
    workspaces: readonly KnownWorkspace[] = [],
    { tickStartOf = () => undefined }: { readonly tickStartOf?: TickStartOf } = {},
  ) {
    this.#tickStartOf = tickStartOf;
    for (const workspace of workspaces) this.know(workspace);
  }

  /** A workspace of the run; others are nobody's business. */
  know(workspace: KnownWorkspace): void {
    const key = workspaceKey(workspace);
    if (!this.#workspaces.has(key)) this.#workspaces.set(key, new WorkspaceRecord(workspace));
    this.#namespaces.add(workspace.namespace);
  }

  get workspaces(): readonly WorkspaceRecord[] {
    return [...this.#workspaces.values()];
  }

  get(workspace: WorkspaceRef): WorkspaceRecord | undefined {
    return this.#workspaces.get(workspaceKey(workspace));
  }

  /** Those of the run, in order; the tick before it is not one. */
  get ticks(): readonly Tick[] {
    return this.#hasBaseline ? this.#ticks.slice(1) : this.#ticks;
  }

  /** From then on, run's clock, the operator backs up what is stopped; the first call counts. */
  inForce(atMs: number): void {
    this.#inForceAtMs ??= atMs;
  }

  get inForceAtMs(): number | undefined {
    return this.#inForceAtMs;
  }

  /** When its backup became due, run's clock; undefined: it is not. */
  dueAtMs({ isExpected, stoppedAtMs }: WorkspaceRecord): number | undefined {
    if (!isExpected || this.#inForceAtMs === undefined) return undefined;
    return Math.max(this.#inForceAtMs, stoppedAtMs!);
  }

  workspaceSeen(
    ref: WorkspaceRef & { readonly uid: string | undefined },
    status: WorkspaceStatus,
    atMs: number,
  ): void {
    this.get(ref)?.take(ref.uid, status, atMs);
  }

  workspaceGone(ref: WorkspaceRef & { readonly uid: string | undefined }): void {
    this.get(ref)?.gone(ref.uid);
  }

  /** Also as it is after a change, and as a list shows it: the same Job is counted once. */
  jobSeen(job: BackupJob, atMs: number): void {
    this.#noteInTick(job);
    const workspace = this.get({ namespace: job.namespace, name: job.workspace });
    if (workspace === undefined) return;
    const key = workspaceKey(job);
    const known = this.#jobs.get(key);
    if (known !== undefined) {
      return this.#sums.change(known, () => workspace.takeJob(job, atMs));
    }
    const record = workspace.takeJob(job, atMs);
    this.#jobs.set(key, record);
    this.#owners.set(key, workspace);
    for (const pod of this.#early.get(key) ?? []) record.takePod(pod);
    this.#early.delete(key);
    this.#sums.add(record);
  }

  /** @param job as it was last, which may tell its end */
  jobGone(job: BackupJob, atMs: number): void {
    this.jobSeen(job, atMs);
    const record = this.#jobs.get(workspaceKey(job));
    if (record !== undefined) this.#sums.change(record, () => record.goes());
  }

  podSeen(pod: JobPod): void {
    const key = workspaceKey({ namespace: pod.namespace, name: pod.job });
    const job = this.#jobs.get(key);
    if (job !== undefined) return this.#sums.change(job, () => job.takePod(pod));
    const others = (this.#early.get(key) ?? []).filter(({ uid }) => uid !== pod.uid);
    this.#early.set(key, [...others, pod]);
  }

  /** Whether it is a pod of one of the run's Jobs, or may be one whose Job was not seen yet. */
  isOfRun({ namespace }: Pick<JobPod, "namespace" | "job">): boolean {
    return this.#namespaces.has(namespace);
  }

  /** Whose Job that is. */
  workspaceOf(job: WorkspaceRef): WorkspaceRecord | undefined {
    return this.#owners.get(workspaceKey(job));
  }

  /** Forgets the pods of a Job that is none of the run's. */
  podGone({ namespace, job }: Pick<JobPod, "namespace" | "job">): void {
    this.#early.delete(workspaceKey({ namespace, name: job }));
  }

  /** The API server refuses the pods of that Job. */
  podsRefused(job: WorkspaceRef): void {
    const record = this.#jobs.get(workspaceKey(job));
    if (record !== undefined) record.isRefused = true;
  }

  /** The API server refuses Jobs in the workspace's namespace. */
  jobsRefused(workspace: WorkspaceRef): void {
    this.get(workspace)?.knowRefused();
  }

  hasNoVolume(workspace: WorkspaceRef): void {
    this.get(workspace)?.knowNoVolume();
  }

  /**
   * What the operator's configuration says: a change is a tick.
   * @param lastBackupTime RFC 3339; undefined: there was no tick yet
   * @returns whether it is one
   */
  configSeen(lastBackupTime: string | undefined, atMs: number): boolean {
    const endMs = Date.parse(lastBackupTime ?? "");
    const isFirst = !this.#hasSeenConfig;
    this.#hasSeenConfig = true;
    if (Number.isNaN(endMs) || endMs === this.#lastBackupTimeMs) return false;
    this.#lastBackupTimeMs = endMs;
    const knownMs = Math.min(endMs, this.#firstJobMs);
    this.#ticks.push({ seenAtMs: atMs, endMs, startMs: latestStart(knownMs, this.#tickStartOf) });
    this.#firstJobMs = Infinity;
    this.#hasBaseline ||= isFirst;
    return !isFirst;
  }

  operatorAway(atMs: number): void {
    this.#absences.begin(atMs);
  }

  operatorBack(atMs: number): void {
    this.#absences.end(atMs);
  }

  /** A restart that was only seen afterwards. */
  operatorRestarted(atMs: number): void {
    this.#absences.begin(atMs);
    this.#absences.end(atMs);
  }

  /** How many ticks have been seen, the one before the run included: see {@link confirm}. */
  get tickCount(): number {
    return this.#ticks.length;
  }

  /** Whether a workspace seems lost in a tick whose Jobs may not all be known. */
  get hasSuspects(): boolean {
    const unconfirmed = this.#ticks.slice(this.#confirmed);
    if (unconfirmed.length === 0) return false;
    const latestMs = Math.max(...unconfirmed.map(({ endMs }) => endMs));
    return this.workspaces.some(({ isAwaiting, stopMs }) => isAwaiting && stopMs! <= latestMs);
  }

  /**
   * All Jobs are known that the first so many ticks have made: a list of all Jobs, which began after
   * they were seen and is as fresh as a quorum read, has been taken in. The operator makes a tick's Jobs
   * before it notes its end, and Jobs outlive their end by two minutes.
   */
  confirm(tickCount: number): void {
    this.#confirmed = Math.max(this.#confirmed, tickCount);
  }

  /** Whether {@link newlyLost} finds anybody. */
  get hasLost(): boolean {
    return this.#lossTicks().next().done !== true;
  }

  /** Those that are found to be lost only now. */
  newlyLost(): LostBackup[] {
    const lost: LostBackup[] = [];
    for (const { workspace, tick } of this.#lossTicks()) {
      workspace.loseIn(tick, { wasOperatorAway: this.#wasOperatorAway(tick) });
      lost.push({ workspace, tick });
    }
    return lost;
  }

  /**
   * Marks Jobs that run longer than they may.
   * @returns those that were not marked before
   */
  markOverdue(atMs: number, hungAfterMs: number): JobRecord[] {
    const late = [...this.#jobs.values()].filter(({ end, isGone, isOverdue, seenAtMs }) =>
      end === undefined && !isGone && !isOverdue && atMs >= seenAtMs + hungAfterMs
    );
    for (const job of late) job.isOverdue = true;
    return late;
  }

  /** The wait is over: what has not come by now is a miss. What comes later still counts. */
  close(atMs: number): void {
    for (const workspace of this.#workspaces.values()) {
      if (workspace.outcome !== undefined) continue;
      workspace.atEnd = this.#atEnd(workspace, atMs);
    }
  }

  /** Whether every workspace that a backup is owed to has an outcome, or it is known why not. */
  get isAnswered(): boolean {
    return this.workspaces.every(({ isExpected, outcome, miss }) =>
      !isExpected || outcome !== undefined || miss !== undefined
    );
  }

  get totals(): BackupTotals {
    const { totals } = this.#sums;
    return { ...workspaceTotals(this.workspaces), ...totals, ticks: this.ticks.length };
  }

  /** Who has been passed over, and in which tick first. */
  *#lossTicks(): Generator<LostBackup> {
    const confirmed = this.#ticks.slice(0, this.#confirmed);
    for (const workspace of this.#workspaces.values()) {
      if (!workspace.isAwaiting) continue;
      const tick = confirmed.find(({ endMs }) => endMs >= workspace.stopMs!);
      if (tick !== undefined) yield { workspace, tick };
    }
  }

  /** It shows when its tick had begun, though it may be seen after the tick's end was. */
  #noteInTick({ createdAtMs }: BackupJob): void {
    if (createdAtMs === undefined) return;
    const tick = this.#ticks.find(({ endMs }) => endMs >= createdAtMs);
    if (tick === undefined) this.#firstJobMs = Math.min(this.#firstJobMs, createdAtMs);
    else tick.startMs = Math.min(tick.startMs, latestStart(createdAtMs, this.#tickStartOf));
  }

  /** Both ends in the run's clock: how long the tick took is all that is taken from the server's. */
  #wasOperatorAway({ seenAtMs, startMs, endMs }: Tick): boolean {
    return this.#absences.overlap(seenAtMs - (endMs - startMs) - SECOND_MS, seenAtMs);
  }

  #atEnd(workspace: WorkspaceRecord, atMs: number): Miss {
    const { isExpected, hasNoVolume, stopMs, openJob } = workspace;
    if (!isExpected) return "never-stopped";
    if (openJob !== undefined) return openJob.hasStarted ? "hung" : "pending";
    if (hasNoVolume) return "nothing-to-back-up";
    const tick = this.#ticks.find(({ endMs }) => endMs >= (stopMs ?? Infinity));
    if (tick !== undefined) return lossIn(tick, stopMs!);
    const wasAway = this.#absences.overlap(this.dueAtMs(workspace) ?? atMs, atMs);
    return wasAway ? "operator-restarted" : "no-tick";
  }
}

const SECOND_MS = 1_000;
