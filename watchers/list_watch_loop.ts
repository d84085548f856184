/**
 * One watcher that begins anew again and again: LIST everything, WATCH from there until the server
 * ends it, LIST. No cache and no continued watch, because the load of the lists is what it is for.
 * @module
 */

import type { Say } from "../core/say.ts";
import { messageOf, OperationFailedError } from "../core/errors.ts";
import type { Outcome } from "../core/measure/sample.ts";
import { Backoff } from "../core/load/backoff.ts";
import type { Rng } from "../core/load/rng.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import type { ClusterReader, Selection, WatchEvent } from "../kube/cluster.ts";
import { objectKey } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { StatusError } from "../kube/status_error.ts";
import { KnownState } from "./known_state.ts";
import type { WatchFigures } from "./watch_figures.ts";
import {
  giveUpWhenSilent,
  SHORTEST_WATCH_MS,
  WATCH_BACKOFF,
  WATCH_TIMEOUT_SECONDS,
} from "../kube/watch/watch_policy.ts";

/** As klog's `-v`. */
const VERBOSITY = { close: 2, event: 4 };

interface ListWatchOptions {
  readonly resource: Resource;
  readonly selection: Selection;
  /** Its number among all watchers, and its name in lines for the user. */
  readonly index: number;
  /** Which of the cluster's connections. */
  readonly lane: number;
  readonly bookmarks: boolean;
  readonly scope: Pick<LoadScope, "clock">;
  readonly rng: Rng;
  readonly figures: WatchFigures;
  readonly verbosity: number;
  readonly say: Say;
  /** Called after the first list, and waited for; with it, that list must succeed at the first try. */
  readonly onFirstList?: () => void | Promise<void>;
}

interface OpenWatch {
  readonly controller: AbortController;
  readonly timeoutSeconds: number;
  readonly sentMs: number;
  /** When the server accepted it. */
  openedMs: number | undefined;
  heardMs: number;
  events: number;
}

export class ListWatchLoop {
  readonly #cluster: ClusterReader;
  readonly #options: ListWatchOptions;
  readonly #state = new KnownState();
  readonly #backoff: Backoff;
  readonly #timeoutRng: Rng;
  #hasListed = false;
  #isAfterError = false;

  constructor(cluster: ClusterReader, options: ListWatchOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#backoff = new Backoff(WATCH_BACKOFF, options.rng.fork("backoff"));
    this.#timeoutRng = options.rng.fork("watch timeout");
  }

  /**
   * Resolves when the signal aborts.
   * @throws {OperationFailedError} if the first list fails and was not to
   */
  async run(signal: AbortSignal): Promise<void> {
    const mustList = this.#options.onFirstList !== undefined;
    while (!signal.aborted) {
      try {
        const resourceVersion = await this.#list(signal);
        await this.#watch(resourceVersion, signal);
        this.#isAfterError = false;
      } catch (thrown) {
        if (signal.aborted) return;
        if (!(thrown instanceof OperationFailedError)) throw thrown;
        if (mustList && !this.#hasListed) throw thrown;
        await this.#waitAfter(thrown, signal);
      }
    }
  }

  /** The back-off; not shorter than what the server asks for. */
  async #waitAfter(error: OperationFailedError, signal: AbortSignal): Promise<void> {
    const { scope: { clock }, figures } = this.#options;
    this.#isAfterError = true;
    const nowMs = clock.now();
    const askedMs = error instanceof StatusError ? error.retryAfterMs ?? 0 : 0;
    const retryInMs = Math.max(askedMs, this.#backoff.failedAt(nowMs));
    figures.failed(error, retryInMs);
    await clock.sleepUntil(nowMs + retryInMs, signal);
  }

  /** @returns what the list is up to */
  async #list(signal: AbortSignal): Promise<string | undefined> {
    const { resource, selection, lane, figures, onFirstList, scope } = this.#options;
    const sentMs = scope.clock.now();
    try {
      const list = await this.#cluster.list(resource, { ...selection, lane, signal });
      signal.throwIfAborted();
      figures.operation("list", { sentMs, outcome: { kind: "ok" } });
      const gap = this.#state.replace(list);
      if (gap !== undefined) figures.relisted(gap, { isAfterError: this.#isAfterError });
      if (!this.#hasListed) await onFirstList?.();
      this.#hasListed = true;
      return list.metadata.resourceVersion;
    } catch (thrown) {
      // What listing itself throws is recorded, a defect of what follows is not.
      const outcome = outcomeOf(thrown, signal);
      if (outcome !== undefined) figures.operation("list", { sentMs, outcome });
      throw thrown;
    }
  }

  /**
   * Follows one watch to its end in good order.
   * @throws {OperationFailedError} if it is refused, breaks, stalls or ends at once
   */
  async #watch(resourceVersion: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.scope;
    const nowMs = clock.now();
    const { min, span } = WATCH_TIMEOUT_SECONDS;
    const watch: OpenWatch = {
      controller: new AbortController(),
      timeoutSeconds: min + this.#timeoutRng.integerBelow(span),
      sentMs: nowMs,
      openedMs: undefined,
      heardMs: nowMs,
      events: 0,
    };
    const onAbort = () => watch.controller.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void giveUpWhenSilent(watch, this.#options.scope.clock);
    let error: unknown;
    try {
      await this.#follow(watch, resourceVersion);
      this.#requireLived(watch);
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      watch.controller.abort(); // also ends the guard's sleep
      signal.removeEventListener("abort", onAbort);
      this.#account(watch, { error, signal });
    }
  }

  async #follow(watch: OpenWatch, resourceVersion: string | undefined): Promise<void> {
    const { resource, selection, lane, bookmarks, figures, scope } = this.#options;
    const { timeoutSeconds, controller: { signal } } = watch;
    const events = this.#cluster.watch(resource, {
      ...selection,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(bookmarks ? { allowWatchBookmarks: true } : {}),
      timeoutSeconds,
      lane,
      signal,
      onOpen: () => {
        watch.openedMs = watch.heardMs = scope.clock.now();
        figures.operation("watch", { sentMs: watch.sentMs, outcome: { kind: "ok" } });
        figures.opened();
      },
    });
    for await (const event of events) {
      signal.throwIfAborted();
      watch.heardMs = scope.clock.now();
      watch.events++;
      this.#take(event);
    }
    // Given up, and the stream ended as if in good order.
    signal.throwIfAborted();
  }

  #take(event: WatchEvent): void {
    const { figures, verbosity } = this.#options;
    figures.event(event);
    this.#state.apply(event);
    if (verbosity < VERBOSITY.event) return;
    this.#say(`${event.type} ${objectKey(event.object)} ${event.object.metadata.resourceVersion}`);
  }

  #requireLived({ openedMs, sentMs, events }: OpenWatch): void {
    const afterMs = this.#options.scope.clock.now() - (openedMs ?? sentMs);
    if (events > 0 || afterMs >= SHORTEST_WATCH_MS) return;
    throw new OperationFailedError(
      "connection-closed",
      `The server ended the watch after ${Math.round(afterMs)} ms without any event`,
    );
  }

  #account(watch: OpenWatch, { error, signal }: { error: unknown; signal: AbortSignal }): void {
    const { figures, scope, verbosity } = this.#options;
    const { openedMs, sentMs, events } = watch;
    if (openedMs === undefined) {
      const outcome = outcomeOf(error, signal);
      if (outcome !== undefined) figures.operation("watch", { sentMs, outcome });
      return;
    }
    figures.ended({ afterMs: scope.clock.now() - openedMs, error, isStopped: signal.aborted });
    if (verbosity < VERBOSITY.close) return;
    const why = error === undefined ? "the server closed it" : messageOf(error);
    this.#say(`over after ${events} events: ${why}`);
  }

  #say(line: string): void {
    this.#options.say(`watch ${this.#options.index}: ${line}`);
  }
}

/** How an operation that threw ended; undefined if what was thrown is a defect. */
function outcomeOf(thrown: unknown, signal: AbortSignal): Outcome | undefined {
  if (signal.aborted) return { kind: "cancelled" };
  if (!(thrown instanceof OperationFailedError)) return undefined;
  return { kind: "failed", reason: thrown.reason };
}
