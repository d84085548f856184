/**
 * Follows the backups of a run's workspaces, from before the first tick to the end of the wait: watches
 * workspaces, backup Jobs, their pods and the operator's configuration, keeps account, records figures,
 * and tells at once of backups that no later tick makes up for. Never writes to the cluster.
 * @module
 */

import { Ticker } from "../../../core/load/ticker.ts";
import { until } from "../../../core/load/until.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { backupJobOf } from "../../../kube/devworkspace/backup_job.ts";
import {
  DEV_WORKSPACES,
  GLOBAL_CONFIG_NAME,
  OPERATOR_CONFIGS,
} from "../../../kube/devworkspace/kinds.ts";
import { lastBackupTimeOf } from "../../../kube/devworkspace/operator_config.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import { workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { runSelector } from "../../../kube/owned/ownership.ts";
import { JOBS, PODS } from "../../../kube/resource.ts";
import type { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import { type Configuration, isToFail } from "../configure/configuration.ts";
import { BackupBook } from "./backup_book.ts";
import { BackupRecords } from "./backup_records.ts";
import { errorLineOf, ErrorPatterns } from "./error_patterns.ts";
import { JOB_TTL_MS } from "./expected_jobs.ts";
import { type FailedPodLog, FailedPodLogs } from "./failed_pod_logs.ts";
import { JOB_NAME_LABEL, jobPodOf } from "./job_pod.ts";
import { LossSearch } from "./loss_search.ts";
import type { JobRecord } from "./job_record.ts";
import { feedObjects, type ObjectFeed } from "./object_feed.ts";
import type { TickStartOf } from "./tick.ts";
import { watchGaps } from "./watch_gaps.ts";
import type { KnownWorkspace } from "./workspace_record.ts";

export interface WatchBackupsOptions {
  readonly cluster: Cluster;
  readonly operatorNamespace: string;
  /** The run's workspaces, with what has been seen of them before. */
  readonly refs: readonly KnownWorkspace[];
  readonly configuration: Configuration;
  /** By the schedule, in the operator's time zone. @default it does not tell */
  readonly tickStartOf?: TickStartOf;
  /** Texts that must not stand in a log that is kept. */
  readonly secrets?: readonly string[];
}

export interface SettleOptions {
  readonly timeoutMs: number;
  /** How long a Job may run, from when it was seen. */
  readonly hungAfterMs: number;
  /** Where backups are to fail: how many ticks have to be seen. @default 3 */
  readonly leastTicks?: number;
}

const LOOK_MS = 1_000;
const LEAST_TICKS = 3;
/** Where backups are to fail: that a later tick tries again is seen by the second one. */
const LEAST_FAILED_JOBS = 2;
/** For logs that are still being read when the wait is over. */
const LOGS_MS = 10_000;

/**
 * Until it is disposed.
 * @throws {StatusError} where this user may not watch one of the kinds; the reason of `run.stopping`
 */
export async function watchBackups(
  run: Run,
  options: WatchBackupsOptions,
): Promise<BackupWatch> {
  return await BackupWatch.open(run, options);
}

/** See the module. Made by {@link watchBackups}. */
export class BackupWatch implements AsyncDisposable {
  readonly book: BackupBook;
  /** Errors of failed pods and Jobs. */
  readonly patterns = new ErrorPatterns();
  readonly #run: Run;
  readonly #options: WatchBackupsOptions;
  readonly #records: BackupRecords;
  readonly #logs: FailedPodLogs;
  readonly #losses: LossSearch;
  readonly #ending = new AbortController();
  readonly #watches: ObjectWatch[] = [];
  #ticker: Ticker | undefined;
  #hungAfterMs = Infinity;
  #broken: { readonly error: unknown } | undefined;

  private constructor(run: Run, options: WatchBackupsOptions) {
    this.#run = run;
    this.#options = options;
    const { refs, configuration, cluster, secrets = [], tickStartOf } = options;
    const { signal } = this.#ending;
    this.book = new BackupBook(refs, tickStartOf === undefined ? {} : { tickStartOf });
    const { recorder } = run;
    this.#records = new BackupRecords(this.book, { recorder, mode: configuration.type });
    const selection = { ...onlyNamespace(refs), labelSelector: BACKUP_JOBS };
    const onBroken = (error: unknown) => this.#broken ??= { error };
    this.#losses = new LossSearch(run, { cluster, book: this.book, selection, signal, onBroken });
    const onLog = (log: FailedPodLog) => this.#noteLog(log);
    this.#logs = new FailedPodLogs({ cluster, signal, secrets, onLog });
  }

  static async open(run: Run, options: WatchBackupsOptions): Promise<BackupWatch> {
    const backups = new BackupWatch(run, options);
    await using opened = new AsyncDisposableStack();
    opened.use(backups);
    for (const feed of backups.#feeds()) {
      const watch = await feedObjects(run, options.cluster, feed);
      backups.#watches.push(watch);
      backups.#tellIfBroken(watch);
    }
    const { clock } = run;
    backups.#look(); // as they are before anything is stopped
    backups.#ticker = new Ticker(() => backups.#look(), { clock, periodMs: LOOK_MS });
    opened.move();
    return backups;
  }

  /** Ends of the logs of failed pods. */
  get logs(): readonly FailedPodLog[] {
    return this.#logs.all;
  }

  /** Failed pods whose logs were not asked for: there were too many. */
  get logsLeft(): number {
    return this.#logs.left;
  }

  /** From then on, run's clock, by default now, the operator backs up what is stopped. */
  inForce(atMs: number = this.#run.clock.now()): void {
    this.book.inForce(atMs);
  }

  /**
   * Waits until each workspace that is owed a backup has an outcome, or it is known why not; where they
   * are to fail, until a few ticks have tried again and their Jobs are over. Whatever has not come then is a miss, and every
   * backup that was due has its sample, also if it throws.
   * @returns whether all was known in time
   * @throws what a watch has broken with; the reason of `run.stopping`
   */
  async settled(
    { timeoutMs, hungAfterMs, leastTicks = LEAST_TICKS }: SettleOptions,
  ): Promise<boolean> {
    const { clock, stopping } = this.#run;
    this.#hungAfterMs = hungAfterMs;
    try {
      return await until<boolean>(clock, () => this.#isSettled(leastTicks) || undefined, {
        pollMs: LOOK_MS,
        timeoutMs,
        signal: stopping,
        late: () => false,
      });
    } finally {
      if (!stopping.aborted) await this.#logsRead();
      this.book.close(clock.now());
      this.#records.end(clock.now(), { isCut: stopping.aborted });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
    await this.#ticker?.[Symbol.asyncDispose]();
    await this.#losses.idle();
  }

  *#feeds(): Generator<ObjectFeed> {
    const { book } = this;
    const { clock, id } = this.#run;
    const namespace = onlyNamespace(this.#options.refs);
    yield {
      resource: DEV_WORKSPACES,
      selection: { ...namespace, labelSelector: runSelector(id) },
      seen: (object, atMs) => book.workspaceSeen(refOf(object), workspaceStatusOf(object), atMs),
      gone: (object) => book.workspaceGone(refOf(object)),
    };
    yield {
      resource: OPERATOR_CONFIGS,
      selection: {
        namespace: this.#options.operatorNamespace,
        fieldSelector: `metadata.name=${GLOBAL_CONFIG_NAME}`,
      },
      seen: (object, atMs) => {
        if (book.configSeen(lastBackupTimeOf(object), atMs)) this.#look();
      },
    };
    yield {
      resource: PODS,
      selection: { ...namespace, labelSelector: JOB_NAME_LABEL },
      seen: (object) => this.#podSeen(object),
      gone: (object) => {
        this.#podSeen(object);
        const pod = jobPodOf(object);
        if (pod !== undefined) book.podGone(pod);
      },
    };
    yield {
      resource: JOBS,
      selection: { ...namespace, labelSelector: BACKUP_JOBS },
      seen: (object, atMs) => this.#jobSeen(object, atMs),
      gone: (object, atMs) => this.#jobSeen(object, atMs, { isGone: true }),
      onActivity: watchGaps(clock, (lengthMs) => this.#tellOfGap(lengthMs)),
    };
  }

  #jobSeen(object: KubeObject, atMs: number, { isGone = false } = {}): void {
    const job = backupJobOf(object);
    if (job === undefined) return;
    const ref = { namespace: job.namespace, name: job.workspace };
    const before = this.book.get(ref)?.jobs.find(({ uid }) => uid === job.uid)?.end;
    if (isGone) this.book.jobGone(job, atMs);
    else this.book.jobSeen(job, atMs);
    const isNewlyFailed = before === undefined && job.end?.kind === "failed";
    if (isNewlyFailed && this.book.get(ref) !== undefined) {
      this.patterns.add(`${job.end.reason}: ${job.end.message}`, [
        job.name,
        ref.name,
        ref.namespace,
      ]);
    }
  }

  #podSeen(object: KubeObject): void {
    const pod = jobPodOf(object);
    if (pod === undefined) return;
    this.book.podSeen(pod);
    const { uid, namespace, job } = pod;
    if (!pod.hasFailed || !this.book.isOfRun(pod)) return;
    this.#logs.keep({ uid, namespace, job, pod: object.metadata.name ?? "" });
  }

  #noteLog({ text, namespace, job, pod }: FailedPodLog): void {
    const line = errorLineOf(text ?? "");
    const workspace = this.book.workspaceOf({ namespace, name: job });
    if (line !== undefined) this.patterns.add(line, [pod, namespace, workspace?.name ?? ""]);
  }

  /** Resolves when logs that were asked for have been read, or cannot be in a while. */
  async #logsRead(): Promise<void> {
    const { clock } = this.#run;
    const done = new AbortController();
    const late = clock.sleepUntil(
      clock.now() + LOGS_MS,
      AbortSignal.any([done.signal, this.#run.stopping]),
    );
    await Promise.race([this.#logs.idle(), late]);
    done.abort();
  }

  /** Each second, and with each tick. */
  #look(): void {
    const { clock } = this.#run;
    const overdue = this.book.markOverdue(clock.now(), this.#hungAfterMs);
    this.#losses.look(overdue);
    this.#records.take(clock.now());
  }

  #tellOfGap(lengthMs: number): void {
    if (lengthMs <= JOB_TTL_MS) return;
    const message =
      `The watch of backup Jobs was lost for ${formatDuration(lengthMs)}: Jobs that ` +
      `had ended are deleted after ${formatDuration(JOB_TTL_MS)}, and may be missing in the counts`;
    this.#run.warn("backup-jobs-unseen", message);
  }

  #tellIfBroken(watch: ObjectWatch): void {
    const { signal } = this.#ending;
    watch.until(() => undefined, { timeoutMs: Infinity, signal }).catch((error: unknown) => {
      if (!signal.aborted) this.#broken ??= { error };
    });
  }

  #isSettled(leastTicks: number): boolean {
    if (this.#broken !== undefined) throw this.#broken.error;
    if (!this.book.isAnswered || this.#losses.isSearching) return false;
    if (!isToFail(this.#options.configuration)) return true;
    const { ticks, workspaces, inForceAtMs = Infinity } = this.book;
    const tick = ticks.filter(({ seenAtMs }) => seenAtMs >= inForceAtMs)[leastTicks - 1];
    return tick !== undefined &&
      workspaces.every(({ miss, jobCount, jobs }) =>
        (miss !== "failed" || jobCount >= LEAST_FAILED_JOBS) &&
        jobs.every((job) => (job.createdAtMs ?? 0) > tick.endMs || isOver(job))
      );
  }
}

/** Whether there is nothing more to wait for. */
function isOver({ end, isGone, isOverdue }: JobRecord): boolean {
  return end !== undefined || isGone || isOverdue;
}

const BACKUP_JOBS = `${LABEL.backupJob}=true`;

/** Where all are in one, no more is asked for: fewer rights, and less to hear. */
function onlyNamespace(refs: readonly KnownWorkspace[]): { readonly namespace?: string } {
  const [first, ...others] = new Set(refs.map(({ namespace }) => namespace));
  return first === undefined || others.length > 0 ? {} : { namespace: first };
}

function refOf({ metadata: { namespace = "", name = "", uid } }: KubeObject) {
  return { namespace, name, uid };
}
