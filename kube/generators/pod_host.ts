/**
 * Pods of a cluster as generators: makes them, tells what they say and what becomes of them, hands them
 * orders, and removes them. Knows nothing of what they do.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../core/errors.ts";
import type {
  GeneratorEvents,
  GeneratorHost,
  GeneratorsToldOf,
} from "../../core/generators/host.ts";
import type { ClockOffset } from "../../core/generators/line.ts";
import type { Order } from "../../core/generators/order.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import { NAME } from "../../core/version.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { HttpCluster } from "../http/http_cluster.ts";
import type { Cluster } from "../cluster.ts";
import { CONFIG_MAPS, type Resource } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { clockPatch, ordersPatch } from "./order_book.ts";
import type { PodEnd } from "./pod_end.ts";
import { PodFootprint } from "./pod_footprint.ts";
import { type LivingPod, PodLives } from "./pod_lives.ts";
import { POD_GRACE_SECONDS, podObjects, type PodPlan, podsName } from "./pod_objects.ts";
import { podTelling } from "./pod_telling.ts";
import { untilPodsBegin } from "./pods_begin.ts";

export interface PodHostOptions {
  readonly cluster: Cluster & Pick<HttpCluster, "lines">;
  readonly plan: PodPlan;
  /** What the load makes. */
  readonly loadKinds: readonly Resource[];
  /** Until when all pods have to run. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly rng: Rng;
  /** How far our calendar is behind the API server's. */
  readonly measureClock: (signal: AbortSignal) => Promise<ClockOffset>;
  /** How the place is found, e.g. by which context. */
  readonly found: Readonly<Record<string, string>>;
  /** Ends what the cluster is reached by. */
  readonly close: () => void;
}

/** Streams of one connection that are open all the time, by which calls beside them never wait. */
const LOGS_A_CONNECTION = 50;
/** A write, an event of a watch, and the time for which an API server may hold either up. */
const ORDER_WITHIN_MS = 2_000;
/**
 * What a pod tells is kept where it runs, and is there when the way to it is again; of one that is over, or
 * whose node is gone, the cluster tells sooner.
 */
export const POD_SILENCE_MS = 120_000;
/** Beyond the time that a pod has to end in. */
const END_MARGIN_MS = 15_000;

/** How many connections a host of so many pods takes: one for its calls, the others for logs. */
export function connectionsFor(pods: number): number {
  return 1 + Math.ceil(pods / LOGS_A_CONNECTION);
}

/** Which of these carries the log of a place. */
export function laneOf(index: number, pods: number): number {
  return 1 + index % (connectionsFor(pods) - 1);
}

/** See the module. */
export class PodHost implements GeneratorHost {
  readonly place: GeneratorsToldOf;
  readonly orderWithinMs = ORDER_WITHIN_MS;
  readonly silenceMs = POD_SILENCE_MS;
  readonly byHand: string;
  readonly #options: PodHostOptions;
  readonly #rng: Rng;
  readonly #closing = new AbortController();
  readonly #orders: Order[] = [];
  /** How many pods of a place were lost. */
  readonly #lost = new Map<number, number>();
  #manifest: Manifest | undefined;
  #footprint: PodFootprint | undefined;
  #lives: PodLives | undefined;
  #written: Promise<unknown> = Promise.resolve();

  constructor(options: PodHostOptions) {
    const { plan: { namespace, count, identity }, found } = options;
    this.#options = options;
    this.#rng = options.rng;
    this.byHand = `${NAME} cleanup --run-id ${identity.runId}`;
    this.place = {
      kind: "pods",
      count,
      found: { ...found, namespace, job: podsName(identity.runId, count) },
    };
  }

  keep(manifest: Manifest): void {
    this.#manifest = manifest;
  }

  async start(events: GeneratorEvents, signal: AbortSignal): Promise<void> {
    const { cluster, plan, clock } = this.#options;
    const { identity, namespace, needs: { namespaces } } = plan;
    const { say } = events;
    this.#footprint = new PodFootprint(cluster, {
      identity,
      namespace,
      load: { kinds: this.#options.loadKinds, namespaces },
      clock,
      rng: this.#rng.fork("footprint"),
      say,
    });
    try {
      const objects = podObjects(plan, this.#manifest);
      await this.#footprint.lay(objects, { signal });
      this.#lives = await this.#watch(events, signal);
      await this.#footprint.release(signal);
      await Promise.all([this.#untilBegun(events, signal), this.#tellClock(signal)]);
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      throw new CannotRunError(`Cannot start the pods: ${thrown.message}`, { cause: thrown });
    }
  }

  /** Before they are watched, and once they are being removed, there is nobody to be told anything. */
  async send(order: Order): Promise<void> {
    this.#orders.push(order);
    if (this.#lives === undefined) return;
    const { signal } = this.#closing;
    try {
      await this.#write(ordersPatch(this.#orders), signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const lives = this.#lives;
    lives?.leave();
    try {
      await this.#footprint?.remove(signal, {
        untilPodsEnd: async () => {
          const timeoutMs = POD_GRACE_SECONDS * 1_000 + END_MARGIN_MS;
          const late = () => true as const; // whoever looks for what is left tells of it
          await lives?.until(() => lives.pods.length === 0 || undefined, {
            timeoutMs,
            signal,
            late,
          });
        },
      });
    } finally {
      await lives?.[Symbol.asyncDispose]();
      this.#options.close();
    }
  }

  #watch(events: GeneratorEvents, signal: AbortSignal): Promise<PodLives> {
    const { cluster, plan: { namespace, identity }, clock } = this.#options;
    return PodLives.open(cluster, {
      namespace,
      runId: identity.runId,
      clock,
      rng: this.#rng.fork("lives"),
      signal,
      laneOf: (index) => laneOf(index, this.place.count),
      events: podTelling(events, (pod, end) => this.#isReplaced(pod, end)),
    });
  }

  async #untilBegun({ say }: GeneratorEvents, signal: AbortSignal): Promise<void> {
    const { cluster, timeoutMs, clock } = this.#options;
    const { found: { namespace = "", job = "" }, count } = this.place;
    const ref = { namespace, name: job };
    say(`starting ${count === 1 ? "1 pod" : `${count} pods`} of job ${namespace}/${job}`);
    await untilPodsBegin(this.#lives!, {
      reader: cluster,
      job: ref,
      count,
      timeoutMs,
      clock,
      signal,
      say,
    });
  }

  /** Pods say that they are ready only when they know it, too. */
  async #tellClock(signal: AbortSignal): Promise<void> {
    await this.#write(clockPatch(await this.#options.measureClock(signal)), signal);
  }

  /** One after the other, lest an older one comes last. */
  async #write(body: unknown, signal: AbortSignal): Promise<void> {
    const { cluster, clock } = this.#options;
    const { found: { namespace = "", job: name = "" } } = this.place;
    const patch = { body, options: { type: "merge", signal } } as const;
    const patient = { clock, rng: this.#rng.fork("orders"), signal, deadlineMs: Infinity };
    const write = () =>
      retrying(() => cluster.patch(CONFIG_MAPS, { namespace, name }, patch), patient);
    const written = this.#written.then(write, write);
    this.#written = written.catch(() => {});
    await written;
  }

  /** As the Job's controller does it. */
  #isReplaced({ index }: LivingPod, { isOrderly, exitCode }: PodEnd): boolean {
    if (isOrderly || !this.#options.plan.isReplaced || this.#closing.signal.aborted) return false;
    const lost = (this.#lost.get(index) ?? 0) + 1;
    this.#lost.set(index, lost);
    return lost === 1 && exitCode !== 1 && exitCode !== 2;
  }
}
