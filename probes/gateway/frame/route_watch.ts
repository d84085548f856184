/**
 * What do the statuses of a run's routes say, and who wrote them how often? From watches, never a
 * poll: a route counts as accepted by a Gateway as long as its status says so at its generation and
 * of a parent that it still has. Never writes.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { KeyedWakes } from "../../../core/load/keyed_wakes.ts";
import type { Rng } from "../../../core/load/rng.ts";
import { until, type UntilOptions } from "../../../core/load/until.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { type Acceptance, acceptanceOf } from "../../../kube/gateway_api/route_status.ts";
import { routeChange } from "../../../kube/gateway_api/status_change.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { runSelector } from "../../../kube/owned/ownership.ts";
import {
  type ObjectFound,
  ObjectWatch,
  type ObjectWrite,
} from "../../../kube/watch/object_watch.ts";
import { AcceptanceBook, type Unversioned } from "./acceptance_book.ts";
import type { GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";

/** Writes to routes, tagged with who wrote what: `none` is nobody's status. */
export const ROUTE_WRITES = "routeWrites";
/** Entries of one controller that another one took away. */
export const FOREIGN_REWRITES = "foreignRewrites";
/** Routes that are accepted by a status that does not tell of which generation, by Gateway. */
export const UNVERSIONED_ACCEPTANCES = "unversionedAcceptances";

interface RouteWatchOptions {
  readonly namespaces: readonly string[];
  readonly runId: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly recorder: Recorder;
  /** Ends the first lists. */
  readonly signal: AbortSignal;
  /** See {@link AcceptanceBook}. */
  readonly staleAfterMs: number;
  /** Called with the first route of each Gateway and kind; must not throw. */
  readonly onUnversioned: (event: UnversionedEvent) => void;
}

/** A Gateway whose controller accepts a route without telling of which generation. */
export interface UnversionedEvent {
  readonly gateway: string;
  readonly route: string;
  readonly how: Unversioned;
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
  /** By tag. */
  readonly #books = new Map<string, AcceptanceBook>();
  readonly #listeners = new Set<(event: AcceptanceEvent) => void>();
  readonly #wakes = new KeyedWakes();
  /** Gateways, and how, that were told of. */
  readonly #told = new Set<string>();

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
        onFound: (found) => routes.#take(found),
        onGone: (route) => routes.#gone(route),
      });
      routes.#watches.push(opened.use(watch));
    }
    opened.move();
    return routes;
  }

  /** From now on it is told whether routes are accepted by this Gateway. */
  follow(acceptor: Acceptor): void {
    const { tag: gateway } = acceptor;
    const { clock, staleAfterMs } = this.#options;
    const onUnversioned = (route: string, how: Unversioned) =>
      this.#unversioned({ gateway, route, how });
    this.#acceptors.push(acceptor);
    this.#books.set(gateway, new AcceptanceBook({ clock, staleAfterMs, onUnversioned }));
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
    return this.#books.get(gateway)?.acceptedCount ?? 0;
  }

  /** What its status says of a Gateway; undefined: there is no such route. */
  acceptance(route: string, gateway: string): Acceptance | undefined {
    const acceptor = this.#acceptors.find(({ tag }) => tag === gateway);
    const found = this.get(route);
    if (acceptor === undefined || found === undefined) return undefined;
    return acceptanceOf(found, askOf(acceptor));
  }

  isAccepted(route: string, gateway: string): boolean {
    return this.#books.get(gateway)?.isAccepted(route) ?? false;
  }

  /** Accepted, by a status that does not tell of which generation. */
  isUnversioned(route: string, gateway: string): boolean {
    return this.#books.get(gateway)?.isUnversioned(route) ?? false;
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

  /**
   * What `look` gives, looked for again with every notification: of one route if `route` (its
   * `namespace/name`) is given, so that many may be waited for; of any otherwise.
   * @throws as `until` of core/load does
   */
  until<T>(
    look: () => T | undefined,
    { route, ...wait }: Omit<UntilOptions<T>, "pollMs" | "woken"> & { readonly route?: string },
  ): Promise<T> {
    return until(this.#options.clock, look, {
      ...wait,
      pollMs: Infinity,
      woken: (wake) => this.#wakes.on(route, wake),
    });
  }

  /**
   * Resolves once a route is accepted by a Gateway, as it is now or without its generation: to wait
   * longer would tell nothing.
   * @throws as `until` of core/load does
   */
  async untilAccepted(
    { route, gateway }: Pick<AcceptanceEvent, "route" | "gateway">,
    wait: Omit<UntilOptions<true>, "pollMs" | "woken" | "what">,
  ): Promise<void> {
    const look = () =>
      this.isAccepted(route, gateway) || this.isUnversioned(route, gateway) || undefined;
    await this.until(look, {
      ...wait,
      route,
      what: `route ${route} is accepted by Gateway ${gateway}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
    for (const book of this.#books.values()) book[Symbol.dispose]();
  }

  #written(write: ObjectWrite): void {
    const { before, after, atMs } = write;
    if (before !== undefined) this.#count(before, after, atMs);
    this.#take(write);
  }

  /** Also what a list has found after a watch was lost: it is as true as any. */
  #take({ after, atMs }: ObjectFound): void {
    const route = objectKey(after);
    for (const acceptor of this.#acceptors) {
      const acceptance = acceptanceOf(after, askOf(acceptor));
      if (!this.#books.get(acceptor.tag)!.take(route, acceptance)) continue;
      const event = { atMs, route, gateway: acceptor.tag, acceptance };
      for (const listener of this.#listeners) listener(event);
    }
    this.#wakes.wake(route);
  }

  #gone(object: KubeObject): void {
    const route = objectKey(object);
    for (const book of this.#books.values()) book.forget(route);
    this.#wakes.wake(route);
  }

  #unversioned(event: UnversionedEvent): void {
    const { recorder, clock, onUnversioned } = this.#options;
    const { gateway, route, how } = event;
    recorder.count(UNVERSIONED_ACCEPTANCES, 1, { atMs: clock.now(), tags: { gateway, how } });
    this.#wakes.wake(route);
    const kind = `${gateway} ${how}`;
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    onUnversioned(event);
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
}

function askOf({ ref: gateway, controllerName }: Acceptor) {
  return { gateway, controllerName };
}
