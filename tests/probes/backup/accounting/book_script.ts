/** A book that is told what happens in the words of the objects. @module */

import { backupJobOf } from "../../../../kube/devworkspace/backup_job.ts";
import { workspaceStatusOf } from "../../../../kube/devworkspace/workspace.ts";
import type { Miss } from "../../../../probes/backup/accounting/account.ts";
import { BackupBook } from "../../../../probes/backup/accounting/backup_book.ts";
import type { TickStartOf } from "../../../../probes/backup/accounting/tick.ts";
import { at, job, type JobState, workspace, type WorkspaceState } from "./objects.ts";

/** Each minute's second 0. */
function startOfMinute(ms: number): number {
  return Math.floor(ms / 60_000) * 60_000;
}

interface BookScriptOptions {
  readonly tickStartOf?: TickStartOf;
  /** What the operator's configuration says at first. */
  readonly lastBackupTime?: string;
}

/** One event a millisecond of the run's clock, which is another than the server's. */
export class BookScript {
  readonly book: BackupBook;
  nowMs = 0;

  constructor(
    names: readonly string[] = ["a"],
    { tickStartOf = startOfMinute, lastBackupTime }: BookScriptOptions = {},
  ) {
    const workspaces = names.map((name) => ({ namespace: "ns", name }));
    this.book = new BackupBook(workspaces, { tickStartOf });
    this.book.configSeen(lastBackupTime, this.nowMs);
  }

  workspace(name: string, state: WorkspaceState): this {
    const object = workspace(name, state);
    const { uid } = object.metadata;
    this.book.workspaceSeen(
      { namespace: "ns", name, uid },
      workspaceStatusOf(object),
      this.#next(),
    );
    return this;
  }

  /** It runs, and is then stopped at that time. */
  stopped(name: string, time: string): this {
    return this.workspace(name, { phase: "Running" })
      .workspace(name, { phase: "Stopped", stopped: time });
  }

  job(name: string, state: JobState): this {
    this.book.jobSeen(backupJobOf(job(name, state))!, this.#next());
    return this;
  }

  jobGone(name: string, state: JobState): this {
    this.book.jobGone(backupJobOf(job(name, state))!, this.#next());
    return this;
  }

  /** A tick's end is seen. */
  tick(time: string): this {
    this.book.configSeen(at(time), this.#next());
    return this;
  }

  /** A list shows no other Jobs than those that were seen. */
  confirm(): this {
    this.book.confirm(this.book.tickCount);
    return this;
  }

  /** Names of those that are found lost now, and why. */
  lost(): Record<string, Miss | undefined> {
    return Object.fromEntries(
      this.book.newlyLost().map(({ workspace }) => [workspace.name, workspace.miss]),
    );
  }

  of(name: string) {
    return this.book.get({ namespace: "ns", name })!;
  }

  #next(): number {
    return ++this.nowMs;
  }
}
