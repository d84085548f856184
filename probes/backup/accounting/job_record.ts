/**
 * What has been seen of one backup Job and of its pods? Keeps what was once true: pods and Jobs vanish
 * two minutes after their end.
 * @module
 */

import type { BackupJob } from "../../../kube/devworkspace/backup_job.ts";
import type { JobAccount } from "./account.ts";

/** What a pod of a backup Job says of itself. */
export interface JobPod {
  readonly uid: string;
  readonly namespace: string;
  /** Name of its Job, in its namespace. */
  readonly job: string;
  /** Its containers were started once, or it has ended. */
  readonly hasStarted: boolean;
  readonly hasFailed: boolean;
}

/** See the module. */
export class JobRecord implements JobAccount {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Server's clock, whole seconds; undefined: not told. */
  readonly createdAtMs: number | undefined;
  endedAtMs: number | undefined;
  end: JobAccount["end"];
  /** Server's clock, whole seconds; undefined: it has not ended, or does not tell when. */
  finishedAtMs: number | undefined;
  isGone = false;
  /** It runs longer than it may. */
  isOverdue = false;
  /** The API server refused its pods: quota, admission. */
  isRefused = false;
  #told = { pods: 0, failedPods: 0 };
  #hadStarted = false;
  /** By UID. */
  readonly #pods = new Map<string, { hasStarted: boolean; hasFailed: boolean }>();

  constructor(job: BackupJob, readonly seenAtMs: number) {
    this.uid = job.uid;
    this.namespace = job.namespace;
    this.name = job.name;
    this.createdAtMs = job.createdAtMs;
  }

  get pods(): number {
    return Math.max(this.#told.pods, this.#pods.size);
  }

  get failedPods(): number {
    return Math.max(this.#told.failedPods, this.#count("hasFailed"));
  }

  /** Whether any pod of it was ever started. */
  get hasStarted(): boolean {
    return this.#hadStarted || this.end !== undefined || this.failedPods > 0 ||
      this.#count("hasStarted") > 0;
  }

  take({ pods, failedPods, end, finishedAtMs }: BackupJob, atMs: number): void {
    this.#told = {
      pods: Math.max(this.#told.pods, pods),
      failedPods: Math.max(this.#told.failedPods, failedPods),
    };
    if (end === undefined || this.end !== undefined) return;
    this.end = end;
    this.finishedAtMs = finishedAtMs;
    this.endedAtMs = atMs;
    this.isOverdue = false;
  }

  /** It is deleted, and its pods with it: how many there were is all that is kept. */
  goes(): void {
    this.#told = { pods: this.pods, failedPods: this.failedPods };
    this.#hadStarted = this.hasStarted;
    this.#pods.clear();
    this.isGone = true;
  }

  takePod({ uid, hasStarted, hasFailed }: JobPod): void {
    if (this.isGone) return;
    const before = this.#pods.get(uid);
    this.#pods.set(uid, {
      hasStarted: hasStarted || before?.hasStarted === true,
      hasFailed: hasFailed || before?.hasFailed === true,
    });
  }

  #count(what: "hasStarted" | "hasFailed"): number {
    let count = 0;
    for (const pod of this.#pods.values()) if (pod[what]) count++;
    return count;
  }
}
