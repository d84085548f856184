/**
 * How is a copy of a resource kept up to date? LIST, then WATCH from there; when the watch ends,
 * watch on from the last resourceVersion seen; when the server has forgotten that one, list again.
 * Keeps no objects itself (the store does), prints nothing, and never gives up once a list has
 * succeeded.
 *
 * The rules are those of client-go's tools/cache/reflector.go, the back-off before a list that
 * follows an expired watch included, with two deliberate differences. A list after the first is as
 * fresh as a quorum read, where client-go asks for anything not older than what it has seen, which
 * a server that was restored from a backup cannot give. And a watch that broke or ended at once is
 * continued without a list, because nothing was missed.
 * @module
 */

import { given } from "../../core/given.ts";
import { OperationFailedError } from "../../core/errors.ts";
import { Backoff } from "../../core/load/backoff.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ClusterReader, Selection, WatchEvent } from "../cluster.ts";
import { listAll } from "../list_all.ts";
import type { KubeObject } from "../object.ts";
import type { Resource } from "../resource.ts";
import {
  asksForRetry,
  isExpired,
  isForbidden,
  isNotFound,
  isUnauthorized,
  StatusError,
} from "../status_error.ts";
import {
  giveUpWhenSilent,
  SHORTEST_WATCH_MS,
  WATCH_BACKOFF,
  WATCH_TIMEOUT_SECONDS,
} from "./watch_policy.ts";

/** Where the objects go. What it throws is a defect, and ends {@link Reflector.run}. */
interface ReflectorStore {
  /** All objects there are. */
  replace(items: readonly KubeObject[]): void;
  /** One change; never a BOOKMARK. */
  apply(event: WatchEvent): void;
}

/**
 * What a reflector did, for counting. Each `watching` is followed by one of `closed`, `expired` and
 * `failed`, unless the run ends first; a refused watch or list is `expired` or `failed` alone.
 */
export type ReflectorActivity =
  | {
    readonly kind: "listed";
    readonly items: number;
    /** All pages together. */
    readonly durationMs: number;
    /** Not the first list that succeeded. */
    readonly isRelist: boolean;
  }
  /** The server has accepted a watch. */
  | { readonly kind: "watching"; readonly timeoutSeconds: number }
  | { readonly kind: "bookmark"; readonly resourceVersion: string | undefined }
  /** The store has it. */
  | { readonly kind: "event"; readonly event: WatchEvent }
  /** The server ended a watch in good order; `events` includes the bookmarks. */
  | { readonly kind: "closed"; readonly afterMs: number; readonly events: number }
  /** The resourceVersion is too old for the server: a list follows. */
  | { readonly kind: "expired"; readonly retryInMs: number }
  | { readonly kind: "failed"; readonly error: OperationFailedError; readonly retryInMs: number };

export interface ReflectorOptions {
  readonly resource: Resource;
  readonly selection?: Selection;
  readonly store: ReflectorStore;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onActivity?: (activity: ReflectorActivity) => void;
  /**
   * What is kept of an object and told of it, so that thousands take little memory: at least its
   * namespace, name, uid and resourceVersion; must not throw. As client-go's SetTransform.
   * @default all of it
   */
  readonly transform?: (object: KubeObject) => KubeObject;
  /** How long each watch is to last: whole seconds, uniform in min .. min + span (300 .. 600). */
  readonly watchTimeoutSeconds?: { readonly min: number; readonly span: number };
  /** Most objects of a page (500) in the lists after the first, which comes whole. */
  readonly pageLimit?: number;
}

type Step = "list" | "watch";

/** A failure that waiting does not cure: before anything was seen it is told to the caller. */
export function isHopeless(thrown: unknown): boolean {
  return isForbidden(thrown) || isNotFound(thrown) || isUnauthorized(thrown);
}

/**
 * What to do after a watch failed. A broken connection and a busy server say nothing about the
 * resourceVersion, so the next watch continues from it; any other answer may mean that it is of no
 * use here, which only a list cures.
 */
function stepAfterWatchFailure(error: OperationFailedError): Step {
  return error instanceof StatusError && !asksForRetry(error) ? "list" : "watch";
}

/** One resource, listed and watched. */
export class Reflector {
  readonly #cluster: ClusterReader;
  readonly #options: ReflectorOptions;
  readonly #backoff: Backoff;
  readonly #timeoutRng: Rng;
  readonly #tell: (activity: ReflectorActivity) => void;
  /** The next list may be as old as the server's cache; so only before anything was seen. */
  #mayListOld = true;
  #hasListed = false;
  #lastResourceVersion: string | undefined;

  constructor(cluster: ClusterReader, options: ReflectorOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#backoff = new Backoff(WATCH_BACKOFF, options.rng.fork("backoff"));
    this.#timeoutRng = options.rng.fork("watch timeout");
    this.#tell = options.onActivity ?? (() => {});
  }

  /** What the store is up to: of the last list, event or bookmark. */
  get lastResourceVersion(): string | undefined {
    return this.#lastResourceVersion;
  }

  /**
   * Keeps the store up to date until the signal aborts, then resolves. Failures of the server or of
   * connections are reported to `onActivity` and tried again.
   * @throws {StatusError} if before the first successful list the server says that the resource is
   * forbidden, not found or unauthorized
   */
  async run(signal: AbortSignal): Promise<void> {
    let step: Step = "list";
    while (!signal.aborted) {
      try {
        await (step === "list" ? this.#list(signal) : this.#watch(signal));
        step = "watch";
      } catch (thrown) {
        if (signal.aborted) return;
        if (!(thrown instanceof OperationFailedError)) throw thrown;
        if (!this.#hasListed && isHopeless(thrown)) throw thrown;
        await this.#waitAfter(thrown, signal);
        if (isExpired(thrown)) step = "list";
        else if (step === "watch") step = stepAfterWatchFailure(thrown);
      }
    }
  }

  /** The back-off; not shorter than what the server asks for. */
  async #waitAfter(error: OperationFailedError, signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.now();
    const askedMs = error instanceof StatusError ? error.retryAfterMs ?? 0 : 0;
    const retryInMs = Math.max(askedMs, this.#backoff.failedAt(nowMs));
    if (isExpired(error)) {
      this.#mayListOld = false;
      this.#tell({ kind: "expired", retryInMs });
    } else {
      this.#tell({ kind: "failed", error, retryInMs });
    }
    await this.#options.clock.sleepUntil(nowMs + retryInMs, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, store, resource, selection, pageLimit, transform } = this.#options;
    const startMs = clock.now();
    const { items, resourceVersion } = await listAll(
      (page) => this.#cluster.list(resource, { ...selection, ...page, signal }),
      transform ?? ((object) => object),
      {
        ...given({ limit: pageLimit }),
        ...(this.#mayListOld ? { first: { resourceVersion: "0" } } : {}),
      },
    );
    // The one who stopped it expects no more changes.
    if (signal.aborted) return;
    const durationMs = clock.now() - startMs;
    store.replace(items);
    this.#lastResourceVersion = resourceVersion;
    this.#tell({ kind: "listed", items: items.length, durationMs, isRelist: this.#hasListed });
    this.#mayListOld = false;
    this.#hasListed = true;
  }

  /**
   * Follows one watch to its end.
   * @throws {OperationFailedError} if it is refused, breaks, stalls or ends at once
   */
  async #watch(signal: AbortSignal): Promise<void> {
    const { min, span } = this.#options.watchTimeoutSeconds ?? WATCH_TIMEOUT_SECONDS;
    const timeoutSeconds = min + this.#timeoutRng.integerBelow(span + 1);
    const nowMs = this.#options.clock.now();
    const watch: Watch = {
      controller: new AbortController(),
      timeoutSeconds,
      openedMs: nowMs,
      heardMs: nowMs,
      events: 0,
    };
    const onAbort = () => watch.controller.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      void giveUpWhenSilent(watch, this.#options.clock);
      await this.#follow(watch);
    } finally {
      // Also ends the guard's sleep.
      watch.controller.abort();
      signal.removeEventListener("abort", onAbort);
    }
    if (!signal.aborted) this.#judgeEnd(watch);
  }

  async #follow(watch: Watch): Promise<void> {
    const { clock, resource, selection } = this.#options;
    const { timeoutSeconds, controller: { signal } } = watch;
    const from = this.#lastResourceVersion;
    const onOpen = () => {
      watch.openedMs = watch.heardMs = clock.now();
      this.#tell({ kind: "watching", timeoutSeconds });
    };
    const events = this.#cluster.watch(resource, {
      ...selection,
      ...given({ resourceVersion: from }),
      allowWatchBookmarks: true,
      timeoutSeconds,
      onOpen,
      signal,
    });
    for await (const event of events) {
      // The rest of a chunk that was already received when it was stopped.
      signal.throwIfAborted();
      watch.heardMs = clock.now();
      watch.events++;
      this.#take(event);
    }
  }

  #take(event: WatchEvent): void {
    const { store, transform = (object) => object } = this.#options;
    const { resourceVersion } = event.object.metadata;
    const isBookmark = event.type === "BOOKMARK";
    const kept = isBookmark ? event : { ...event, object: transform(event.object) };
    if (!isBookmark) store.apply(kept);
    this.#lastResourceVersion = resourceVersion ?? this.#lastResourceVersion;
    this.#tell(isBookmark ? { kind: "bookmark", resourceVersion } : { kind: "event", event: kept });
  }

  #judgeEnd(watch: Watch): void {
    const afterMs = this.#options.clock.now() - watch.openedMs;
    if (watch.events === 0 && afterMs < SHORTEST_WATCH_MS) {
      throw new OperationFailedError(
        "connection-closed",
        `The server ended the watch after ${Math.round(afterMs)} ms without any event`,
      );
    }
    this.#tell({ kind: "closed", afterMs, events: watch.events });
  }
}

interface Watch {
  readonly controller: AbortController;
  readonly timeoutSeconds: number;
  /** When the server accepted it; until then when it was sent. */
  openedMs: number;
  /** When the last event or bookmark came; until then as `openedMs`. */
  heardMs: number;
  /** Bookmarks included. */
  events: number;
}
