/**
 * What do the statuses of a run's routes say, and who wrote them how often? From watches, never a
 * poll: a route counts as accepted by a Gateway as long as its status says so at its generation and
 * of a parent that it still has. Never writes.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { Rng } from "../../../core/load/rng.ts";
import { until, type UntilOptions } from "../../../core/load/until.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { type Acceptance, acceptanceOf } from "../../../kube/gateway_api/route_status.ts";
import { routeChange } from "../../../kube/gateway_api/status_change.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { runSelector } from "../../../kube/owned/ownership.ts";
import { ObjectWatch, type ObjectWrite } from "../../../kube/watch/object_watch.ts";
import type { GatewayRef } from "./gateway_ref.ts";

/** Writes to routes, tagged with who wrote what: `none` is nobody's status. */
export const ROUTE_WRITES = "routeWrites";
/** Entries of one controller that another one took away. */
export const FOREIGN_REWRITES = "foreignRewrites";

interface RouteWatchOptions {
  readonly namespaces: readonly string[];
  readonly runId: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly recorder: Recorder;
  /** Ends the first lists. */
  readonly signal: AbortSignal;
}

/** Of whom routes are to be accepted. */
export interface Acceptor {
  /** `namespace/name`. */
  readonly tag: string;
  readonly ref: GatewayRef;
  readonly controllerName: string;
}

/** A change of what a route's status says of a Gateway. */
export interface AcceptanceEvent {
  readonly atMs: number;
  /** `namespace/name` of the route. */
  readonly route: string;
  /** Tag of the Gateway. */
  readonly gateway: string;
  readonly acceptance: Acceptance;
}

/** See the module. Dispose it to end the watches. */
export class RouteWatch implements AsyncDisposable {
  readonly #options: RouteWatchOptions;
  readonly #watches: ObjectWatch[] = [];
  readonly #acceptors: Acceptor[] = [];
  /** By tag: routes that are accepted, `namespace/name`. */
  readonly #accepted = new Map<string, Set<string>>();
  readonly #listeners = new Set<(event: AcceptanceEvent) => void>();
  readonly #wakes = new Set<() => void>();

  private constructor(options: RouteWatchOptions) {
    this.#options = options;
  }

  /** @throws {StatusError} if the server refuses it; the signal's reason */
  static async open(cluster: ClusterReader, options: RouteWatchOptions): Promise<RouteWatch> {
    const routes = new RouteWatch(options);
    const { namespaces, runId, clock, rng, signal } = options;
    await using opened = new AsyncDisposableStack();
    for (const namespace of new Set(namespaces)) {
      const watch = await ObjectWatch.open(cluster, {
        resource: HTTP_ROUTES,
        selection: { namespace, labelSelector: runSelector(runId) },
        clock,
        rng: rng.fork(namespace),
        signal,
        onWrite: (write) => routes.#written(write),
        onGone: (route) => routes.#gone(route),
      });
      routes.#watches.push(opened.use(watch));
    }
    opened.move();
    return routes;
  }

  /** From now on it is told whether routes are accepted by this Gateway. */
  follow(acceptor: Acceptor): void {
    this.#acceptors.push(acceptor);
    this.#accepted.set(acceptor.tag, new Set());
  }

  /** As last seen, by `namespace/name`. */
  get(route: string): KubeObject | undefined {
    for (const watch of this.#watches) {
      const found = watch.get(route);
      if (found !== undefined) return found;
    }
  }

  /** How many routes are accepted by the Gateway with this tag. */
  acceptedBy(gateway: string): number {
    return this.#accepted.get(gateway)?.size ?? 0;
  }

  /** What its status says of a Gateway; undefined: there is no such route. */
  acceptance(route: string, gateway: string): Acceptance | undefined {
    const acceptor = this.#acceptors.find(({ tag }) => tag === gateway);
    const found = this.get(route);
    if (acceptor === undefined || found === undefined) return undefined;
    return acceptanceOf(found, askOf(acceptor));
  }

  isAccepted(route: string, gateway: string): boolean {
    return this.#accepted.get(gateway)?.has(route) ?? false;
  }

  /** Notifications that lost watches may have missed. */
  get missed(): number {
    return this.#watches.reduce((sum, { missed }) => sum + missed, 0);
  }

  /** Calls the listener with each change, until the returned function is called. */
  onAcceptance(listener: (event: AcceptanceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What `look` gives, looked for again with every notification. @throws as `until` does */
  until<T>(
    look: () => T | undefined,
    wait: Omit<UntilOptions<T>, "pollMs" | "woken">,
  ): Promise<T> {
    return until(this.#options.clock, look, {
      ...wait,
      pollMs: Infinity,
      woken: (wake) => {
        this.#wakes.add(wake);
        return () => this.#wakes.delete(wake);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
  }

  #written({ before, after, atMs }: ObjectWrite): void {
    if (before !== undefined) this.#count(before, after, atMs);
    const route = objectKey(after);
    for (const acceptor of this.#acceptors) {
      const acceptance = acceptanceOf(after, askOf(acceptor));
      const accepted = this.#accepted.get(acceptor.tag)!;
      const was = accepted.has(route);
      if (acceptance.state === "accepted") accepted.add(route);
      else accepted.delete(route);
      if (was === accepted.has(route)) continue;
      const event = { atMs, route, gateway: acceptor.tag, acceptance };
      for (const listener of this.#listeners) listener(event);
    }
    this.#wake();
  }

  #gone(route: KubeObject): void {
    for (const accepted of this.#accepted.values()) accepted.delete(objectKey(route));
    this.#wake();
  }

  #count(before: KubeObject, after: KubeObject, atMs: number): void {
    const { recorder } = this.#options;
    const { kind, controllers, removedForeign } = routeChange(before, after);
    const tags = { change: kind, controller: controllers.join("+") || "none" };
    recorder.count(ROUTE_WRITES, 1, { atMs, tags });
    if (removedForeign.length > 0) {
      recorder.count(FOREIGN_REWRITES, removedForeign.length, { atMs });
    }
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }
}

function askOf({ ref: gateway, controllerName }: Acceptor) {
  return { gateway, controllerName };
}
