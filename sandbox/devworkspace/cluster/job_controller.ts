/**
 * Plays the controllers of Jobs and of their time to live, for backup Jobs: one pod after the other until
 * one succeeds or too many have failed, and two minutes after that the Job goes.
 * Source: kubernetes, pkg/controller/job and pkg/controller/ttlafterfinished.
 * @module
 */

import { LABEL } from "../../../kube/devworkspace/words.ts";
import { fieldsOf, integerOf } from "../../../kube/fields.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { apiVersionOf, JOBS, PODS } from "../../../kube/resource.ts";
import { StatusError } from "../../../kube/status_error.ts";
import { timestamp } from "../../kubernetes/api_state.ts";
import { activeStatus, announcedStatus, backingOffStatus, endedStatus } from "./job_status.ts";
import type { ClusterTools } from "./tools.ts";

/** Before the second pod; twice as long before each one after it. */
const FIRST_BACK_OFF_MS = 10_000;
const LONGEST_BACK_OFF_MS = 600_000;
/** Between what announces the end and the end. */
const ENDING_MS = 100;

type PodEnd = "Succeeded" | "Failed";

interface EndedJob extends Pick<KubeObject, "metadata"> {
  /** Undefined: it stays. */
  readonly ttlSeconds: number | undefined;
}

export class JobController {
  readonly #tools: ClusterTools;
  /** Who waits for the end of a pod, by its UID. */
  readonly #waiting = new Map<string, (end: PodEnd) => void>();

  constructor(tools: ClusterTools) {
    this.#tools = tools;
    const { view, signal } = tools;
    view.jobs.listen(({ before, after }) => {
      const isNew = after !== undefined && before?.metadata.uid !== after.metadata.uid;
      if (!isNew || after.metadata.labels?.[LABEL.backupJob] !== "true") return;
      void this.#run(after).then((left) => left && this.#remove(left));
    }, { signal });
    view.pods.listen(({ before, after }) => {
      const end = endOf(after);
      if (end !== undefined) this.#waiting.get((after ?? before)!.metadata.uid ?? "")?.(end);
    }, { signal });
  }

  /** Resolves when it has ended, to all that is needed for the minutes until it is removed; undefined: it is gone. */
  async #run(job: KubeObject): Promise<EndedJob | undefined> {
    const { pace, settings, signal } = this.#tools;
    const { metadata: { namespace = "", name = "", uid = "" }, spec } = job;
    const { backoffLimit, ttlSecondsAfterFinished } = fieldsOf(spec);
    const limit = integerOf(backoffLimit) ?? 0;
    const startTime = this.#now();
    await pace.pause(settings().cluster.jobReactMs, signal);
    let failedPods = 0;
    for (;;) {
      const end = await this.#runPod(job, activeStatus(failedPods, startTime));
      if (!this.#isThere(job)) return undefined;
      if (end === "Succeeded") break;
      if (++failedPods > limit) break;
      await this.#say(job, backingOffStatus(failedPods));
      const backOffMs = FIRST_BACK_OFF_MS * 2 ** (failedPods - 1);
      await this.#sleep(Math.min(backOffMs, LONGEST_BACK_OFF_MS));
    }
    await this.#finish(job, { isSuccessful: failedPods <= limit, failedPods });
    const ttlSeconds = integerOf(ttlSecondsAfterFinished);
    return { metadata: { namespace, name, uid }, ttlSeconds };
  }

  /** Its end; the Job may be gone before it. */
  async #runPod(job: KubeObject, status: unknown): Promise<PodEnd> {
    let pod: KubeObject | undefined;
    while (this.#isThere(job)) {
      pod = await this.#createPod(job);
      if (pod !== undefined) break;
      await this.#sleep(FIRST_BACK_OFF_MS);
    }
    if (pod === undefined) return "Failed";
    await this.#say(job, status);
    const { uid = "" } = pod.metadata;
    const { promise, resolve } = Promise.withResolvers<PodEnd>();
    this.#waiting.set(uid, resolve);
    const end = await promise;
    this.#waiting.delete(uid);
    return end;
  }

  /** Undefined: it is refused, as by a quota. */
  async #createPod(job: KubeObject): Promise<KubeObject | undefined> {
    const { metadata: { namespace = "", name = "", uid }, spec } = job;
    const template = fieldsOf(fieldsOf(spec)["template"]);
    const owner = {
      apiVersion: apiVersionOf(JOBS),
      kind: JOBS.kind,
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    try {
      return await this.#tools.writer.create(PODS, {
        metadata: {
          ...fieldsOf(template["metadata"]),
          generateName: `${name}-`,
          namespace,
          ownerReferences: [owner],
        },
        spec: template["spec"],
      } as KubeObject);
    } catch (error) {
      if (error instanceof StatusError) return undefined;
      throw error;
    }
  }

  async #finish(
    job: KubeObject,
    ending: { readonly isSuccessful: boolean; readonly failedPods: number },
  ): Promise<void> {
    await this.#say(job, announcedStatus({ ...ending, now: this.#now() }));
    await this.#sleep(ENDING_MS);
    await this.#say(job, endedStatus({ ...ending, now: this.#now() }));
  }

  /** In the foreground: the Job changes once more, and only then goes. */
  async #remove({ ttlSeconds, ...job }: EndedJob): Promise<void> {
    if (ttlSeconds === undefined) return;
    await this.#sleep(ttlSeconds * 1_000);
    if (!this.#isThere(job)) return;
    const { namespace = "", name = "" } = job.metadata;
    const propagationPolicy = "Foreground";
    await this.#tools.writer.remove(JOBS, { namespace, name }, { propagationPolicy });
  }

  #isThere(job: Pick<KubeObject, "metadata">): boolean {
    const { view, signal } = this.#tools;
    const now = view.jobs.get(objectKey(job))?.metadata;
    return !signal.aborted && now?.uid === job.metadata.uid && now?.deletionTimestamp === undefined;
  }

  async #say(job: KubeObject, status: unknown): Promise<void> {
    const { namespace = "", name = "" } = job.metadata;
    if (this.#isThere(job)) await this.#tools.writer.patchStatus(JOBS, { namespace, name }, status);
  }

  async #sleep(durationMs: number): Promise<void> {
    const { pace: { clock }, signal } = this.#tools;
    await clock.sleepUntil(clock.now() + durationMs, signal);
  }

  #now(): string {
    return timestamp(this.#tools.pace);
  }
}

/** Of a pod that is over or gone. */
function endOf(pod: KubeObject | undefined): PodEnd | undefined {
  if (pod === undefined) return "Failed";
  const { phase } = fieldsOf(pod["status"]);
  return phase === "Succeeded" || phase === "Failed" ? phase : undefined;
}
