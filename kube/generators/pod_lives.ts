/**
 * What becomes of the pods of a Job, one after the other in each place: each is followed from its
 * beginning to its end, with all that it writes. One watch for all of them; makes and deletes none.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ClusterReader } from "../cluster.ts";
import type { HttpCluster } from "../http/http_cluster.ts";
import { type KubeObject, objectKey, type ObjectRef } from "../object.ts";
import { runSelector } from "../owned/ownership.ts";
import { PODS } from "../resource.ts";
import { ObjectWatch } from "../watch/object_watch.ts";
import { followLog, type LogLine } from "./follow_log.ts";
import { DELETED, endOf, hasBegun, type PodEnd } from "./pod_end.ts";
import { CONTAINER, INDEX_LABEL } from "./pod_objects.ts";

export interface PodLivesEvents {
  readonly onLine: (pod: LivingPod, line: LogLine) => void;
  readonly onGap: (pod: LivingPod, why: string) => void;
  /** It has ended and all that could be had of its log was read. */
  readonly onEnd: (pod: LivingPod, end: PodEnd) => void;
}

export interface LivingPod {
  /** Its place among the generators. */
  readonly index: number;
  readonly name: string;
}

interface PodLivesOptions {
  readonly namespace: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Ends the first look at them. */
  readonly signal: AbortSignal;
  /** Which connection carries the log of a place. */
  readonly laneOf: (index: number) => number;
  readonly events: PodLivesEvents;
}

type PodSource = ClusterReader & Pick<HttpCluster, "lines">;

/** After so long without its log a pod that its node does not answer for counts as lost. */
const LOST_AFTER_MS = 60_000;

/** See the module. Dispose it to end the watch. */
export class PodLives implements AsyncDisposable {
  readonly #source: PodSource;
  readonly #options: PodLivesOptions;
  readonly #lives = new Map<string, Life>();
  readonly #ending = new AbortController();
  #watch!: ObjectWatch;

  private constructor(source: PodSource, options: PodLivesOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** @throws {StatusError} if pods may not be listed @throws the signal's reason */
  static async open(source: PodSource, options: PodLivesOptions): Promise<PodLives> {
    const { namespace, runId, clock, rng, signal } = options;
    const lives = new PodLives(source, options);
    const see = ({ after }: { readonly after: KubeObject }) => lives.#see(after);
    lives.#watch = await ObjectWatch.open(source, {
      resource: PODS,
      selection: { namespace, labelSelector: runSelector(runId) },
      clock,
      rng: rng.fork("pods"),
      signal,
      onThere: see,
      onWrite: see,
      onFound: see,
      onGone: (pod) => lives.#life(pod)?.gone(),
    });
    return lives;
  }

  /** As they are now, those that have ended too. */
  get pods(): readonly KubeObject[] {
    return [...this.#watch.keys()].flatMap((key) => this.#watch.get(key) ?? []);
  }

  /** As the watch has it: with every change of a pod it looks again. */
  get until(): ObjectWatch["until"] {
    return (look, options) => this.#watch.until(look, options);
  }

  /** Nothing more of them is to be told; they are seen all the same. */
  leave(): void {
    this.#ending.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    await Promise.all([...this.#lives.values()].map(({ following }) => following));
    await this.#watch[Symbol.asyncDispose]();
  }

  #see(pod: KubeObject): void {
    this.#life(pod)?.see(pod);
  }

  #life(pod: KubeObject): Life | undefined {
    const { uid = objectKey(pod), name = "", labels } = pod.metadata;
    const index = Number(labels?.[INDEX_LABEL] ?? NaN);
    if (!Number.isInteger(index)) return undefined;
    let life = this.#lives.get(uid);
    if (life === undefined) {
      const { clock, rng, namespace, events, laneOf } = this.#options;
      life = new Life({ index, name }, {
        source: this.#source,
        ref: { namespace, name },
        clock,
        rng: rng.fork(name),
        signal: this.#ending.signal,
        lane: laneOf(index),
        events,
      });
      this.#lives.set(uid, life);
    }
    return life;
  }
}

interface LifeOptions {
  readonly source: Pick<HttpCluster, "lines">;
  readonly ref: Required<ObjectRef>;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  readonly lane: number;
  readonly events: PodLivesEvents;
}

/** One pod. */
class Life {
  /** Resolves when its end was told, or when nobody wants to know any more. */
  following: Promise<void> = Promise.resolve();
  readonly #pod: LivingPod;
  readonly #options: LifeOptions;
  readonly #lost = new AbortController();
  #end: PodEnd | undefined;
  #isFollowed = false;
  #isReady = false;

  constructor(pod: LivingPod, options: LifeOptions) {
    this.#pod = pod;
    this.#options = options;
  }

  see(pod: KubeObject): void {
    this.#end = endOf(pod) ?? this.#end;
    this.#isReady = isServed(pod);
    if (hasBegun(pod) || this.#end !== undefined) this.#follow();
  }

  gone(): void {
    this.#end ??= DELETED;
    this.#follow();
  }

  #follow(): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    this.following = this.#toTheEnd();
  }

  async #toTheEnd(): Promise<void> {
    const { source, ref, clock, rng, signal, lane, events } = this.#options;
    await followLog(source, ref, {
      container: CONTAINER,
      clock,
      rng,
      lane,
      signal: AbortSignal.any([signal, this.#lost.signal]),
      hasEnded: () => this.#end !== undefined,
      onLine: (line) => events.onLine(this.#pod, line),
      onGap: (why) => events.onGap(this.#pod, why),
      onFailure: (why, sinceMs) => this.#onFailure(why, sinceMs),
    });
    if (signal.aborted) return;
    events.onEnd(this.#pod, this.#end ?? DELETED);
  }

  /** A node that is gone answers for nothing, and its pods are declared dead minutes later. */
  #onFailure(why: string, sinceMs: number): void {
    if (this.#isReady && this.#end === undefined) return;
    if (this.#options.clock.now() - sinceMs < LOST_AFTER_MS) return;
    this.#end ??= {
      isOrderly: false,
      why: `its node does not answer for it, nor for its log (${why})`,
      exitCode: undefined,
    };
    this.#lost.abort();
  }
}

function isServed({ status }: KubeObject): boolean {
  const conditions = (status as { conditions?: { type: string; status: string }[] } | undefined)
    ?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
