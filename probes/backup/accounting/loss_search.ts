/**
 * Who has been passed over by the ticks seen so far, why, and who is told? That a tick made no Job for
 * a workspace can be said once all Jobs of the tick are known, and the watch of Jobs may be behind that
 * of the configuration: a list from a quorum read, begun after the tick was seen, shows all that was
 * made before it. Such a list is asked for only when somebody seems lost.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader, Selection } from "../../../kube/cluster.ts";
import { backupJobOf } from "../../../kube/devworkspace/backup_job.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { listAll } from "../../../kube/list_all.ts";
import { JOBS } from "../../../kube/resource.ts";
import type { BackupBook, LostBackup } from "./backup_book.ts";
import type { JobRecord } from "./job_record.ts";
import { lossEvidence } from "./loss_evidence.ts";
import { lossText } from "./loss_text.ts";

interface LossSearchOptions {
  readonly cluster: ClusterReader;
  readonly book: BackupBook;
  /** Of all backup Jobs of the run's workspaces. */
  readonly selection: Selection;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told of a defect, after which nothing more is found. */
  readonly onBroken: (error: unknown) => void;
}

const NAMESPACES_AT_ONCE = 4;
/** Of further ones nothing more is looked for: the losses are told all the same. */
const MOST_NAMESPACES = 100;

/** See the module. */
export class LossSearch {
  readonly #run: Pick<Run, "clock" | "warn">;
  readonly #options: LossSearchOptions;
  /** Of Jobs that run longer than they may, and were not looked at yet. */
  #overdueIn = new Set<string>();
  #search: Promise<void> | undefined;
  #hasWarned = false;

  constructor(run: Pick<Run, "clock" | "warn">, options: LossSearchOptions) {
    this.#run = run;
    this.#options = options;
  }

  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  async idle(): Promise<void> {
    await this.#search;
  }

  /** Begins a search if there is anything to look for and none is under way. */
  look(overdue: readonly JobRecord[]): void {
    const { book, signal } = this.#options;
    for (const { namespace } of overdue) this.#overdueIn.add(namespace);
    const isNeeded = book.hasSuspects || book.hasLost || this.#overdueIn.size > 0;
    if (!isNeeded || signal.aborted) return;
    this.#search ??= this.#find().catch(this.#options.onBroken)
      .finally(() => this.#search = undefined);
  }

  async #find(): Promise<void> {
    const { book, signal } = this.#options;
    const overdueIn = this.#overdueIn;
    this.#overdueIn = new Set();
    try {
      if (book.hasSuspects) await this.#confirmTicks();
      const lost = book.newlyLost();
      const namespaces = lost.map(({ workspace }) => workspace.namespace);
      await this.#gatherEvidence(new Set([...namespaces, ...overdueIn]));
      this.#tell(lost);
    } catch (thrown) {
      if (signal.aborted) return;
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      this.#warn(thrown);
    }
  }

  async #confirmTicks(): Promise<void> {
    const { cluster, book, selection, signal } = this.#options;
    const { tickCount } = book;
    const { items } = await listAll(
      (page) => cluster.list(JOBS, { ...selection, ...page, signal }),
      backupJobOf,
    );
    const atMs = this.#run.clock.now();
    for (const job of items) if (job !== undefined) book.jobSeen(job, atMs);
    book.confirm(tickCount);
  }

  async #gatherEvidence(namespaces: ReadonlySet<string>): Promise<void> {
    const { cluster, book, signal } = this.#options;
    const some = [...namespaces].slice(0, MOST_NAMESPACES);
    const workspacesIn = Map.groupBy(book.workspaces, ({ namespace }) => namespace);
    await eachAtMost(some, async (namespace) => {
      const evidence = await lossEvidence(cluster, { namespace, signal });
      for (const workspace of workspacesIn.get(namespace) ?? []) {
        if (evidence.hasVolume(workspace.id) === false) book.hasNoVolume(workspace);
        if (evidence.isJobQuotaUsedUp) book.jobsRefused(workspace);
      }
      for (const name of evidence.refusedJobs) book.podsRefused({ namespace, name });
    }, { limit: NAMESPACES_AT_ONCE, signal });
  }

  #tell(lost: readonly LostBackup[]): void {
    // What has come to light meanwhile is not lost.
    const groups = Map.groupBy(
      lost.filter(({ workspace }) => workspace.lost !== undefined),
      ({ workspace, tick }) => `${workspace.lost} ${tick.endMs}`,
    );
    for (const group of groups.values()) this.#run.warn("backup-lost", lossText(group));
  }

  #warn(error: OperationFailedError): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message = `Backup Jobs could not be listed, which is tried again: ${messageOf(error)}`;
    this.#run.warn("backup-jobs-unlisted", message);
  }
}
