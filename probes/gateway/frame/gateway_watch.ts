/**
 * What does one Gateway say of itself, and who wrote that how often? From a watch of this one object,
 * never a poll; each write is counted by what it changed. Never writes to it.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { UntilOptions } from "../../../core/load/until.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { attachedRoutesOf } from "../../../kube/gateway_api/gateway_status.ts";
import { GATEWAYS } from "../../../kube/gateway_api/kinds.ts";
import { gatewayChange } from "../../../kube/gateway_api/status_change.ts";
import type { KubeObject } from "../../../kube/object.ts";
import {
  type ObjectFound,
  ObjectWatch,
  type ObjectWrite,
} from "../../../kube/watch/object_watch.ts";
import { formatGatewayRef, type GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";

/** Writes to a Gateway, tagged with it and with what they changed. */
export const GATEWAY_WRITES = "gatewayWrites";
/** As the status of its listener says; of several listeners the sum. */
export const ATTACHED_ROUTES = "attachedRoutes";

interface GatewayWatchOptions {
  readonly gateway: GatewayRef;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly recorder: Recorder;
  /** Ends the first list. */
  readonly signal: AbortSignal;
}

/** A count as a notification told it. */
export interface CountEvent {
  readonly atMs: number;
  /** Undefined: the status says nothing of it. */
  readonly count: number | undefined;
}

/** See the module. Dispose it to end the watch. */
export class GatewayWatch implements AsyncDisposable {
  readonly #options: GatewayWatchOptions;
  readonly #listeners = new Set<(event: CountEvent) => void>();
  #watch: ObjectWatch | undefined;
  #names: readonly string[] = [];
  /** What is going on, for the tag of writes. */
  phase = "getting ready";

  private constructor(options: GatewayWatchOptions) {
    this.#options = options;
  }

  /** @throws {StatusError} if the server refuses it; the signal's reason */
  static async open(cluster: ClusterReader, options: GatewayWatchOptions): Promise<GatewayWatch> {
    const watch = new GatewayWatch(options);
    const { gateway: { namespace, name }, clock, rng, signal } = options;
    watch.#watch = await ObjectWatch.open(cluster, {
      resource: GATEWAYS,
      selection: { namespace, fieldSelector: `metadata.name=${name}` },
      clock,
      rng,
      signal,
      onWrite: (write) => watch.#written(write),
      onFound: (found) => watch.#tell(found),
    });
    return watch;
  }

  /** As last seen; undefined if there is none. */
  get gateway(): KubeObject | undefined {
    return this.#watch?.get(formatGatewayRef(this.#options.gateway));
  }

  /** From now on the count is of these listeners. */
  countListeners(names: readonly string[]): void {
    this.#names = names;
  }

  /** Routes that are attached to its listeners, as last told; undefined: one of them says nothing. */
  get count(): number | undefined {
    return this.#countOf(this.gateway);
  }

  /** Notifications that a lost watch may have missed. */
  get missed(): number {
    return this.#watch?.missed ?? 0;
  }

  /** Calls the listener with each count that is told, until the returned function is called. */
  onCount(listener: (event: CountEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What `look` gives, looked for again with every notification. @throws as {@link ObjectWatch.until} */
  until<T>(
    look: (gateway: KubeObject | undefined) => T | undefined,
    wait: Omit<UntilOptions<T>, "pollMs" | "woken">,
  ): Promise<T> {
    return this.#watch!.until(() => look(this.gateway), wait);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch?.[Symbol.asyncDispose]();
  }

  #countOf(gateway: KubeObject | undefined): number | undefined {
    if (gateway === undefined) return undefined;
    let sum = 0;
    for (const name of this.#names) {
      const count = attachedRoutesOf(gateway, name);
      if (count === undefined) return undefined;
      sum += count;
    }
    return sum;
  }

  #written(write: ObjectWrite): void {
    const { before, after, atMs } = write;
    if (before === undefined) return;
    const { recorder, gateway } = this.#options;
    const tag = formatGatewayRef(gateway);
    const changes = this.#names.map((name) => gatewayChange(before, after, name));
    const change = changes.includes("count") ? "count" : changes[0] ?? "status";
    recorder.count(GATEWAY_WRITES, 1, { atMs, tags: { gateway: tag, change, phase: this.phase } });
    this.#tell(write);
  }

  /** Also of a count that was missed when it came: it is as right as any. */
  #tell({ after, atMs }: ObjectFound): void {
    const { recorder, gateway } = this.#options;
    const count = this.#countOf(after);
    if (count !== undefined) {
      recorder.gauge(ATTACHED_ROUTES, count, {
        atMs,
        tags: { gateway: formatGatewayRef(gateway) },
      });
    }
    for (const listener of this.#listeners) listener({ atMs, count });
  }
}
