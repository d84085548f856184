/**
 * What does one subscription of one socket send, and when is it over? Reads its type's ring at its own
 * pace: as long as there is no place in the queue of its socket, it stands still, and not for long.
 * Source: rancher/apiserver v0.10.0, pkg/subscribe/watcher.go.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import type { SteveFaultChain } from "../faults/fault_chain.ts";
import type { FixedDelayQueue } from "./fixed_delay_queue.ts";
import type { CacheEvent, CacheWatcher, TypeCache } from "../caches/type_cache.ts";
import type { WatchedKind } from "../caches/watched_kind.ts";

/** The socket as its subscriptions know it. */
export interface SubscriptionPeer {
  /** What links begin with. */
  readonly baseUrl: string;
  /** @returns whether there was a place */
  offer(text: string): boolean;
  /** Errors, starts and stops wait for a place as long as it takes. */
  put(text: string): void;
  /** The subscription is over. */
  over(subscription: ServedSubscription): void;
}

/** What all subscriptions share. */
export interface SubscriptionTools {
  readonly faults: SteveFaultChain;
  /** Where a notification waits; calls {@link ServedSubscription.debounced}. */
  debounceQueue(debounceMs: number): FixedDelayQueue<ServedSubscription>;
  /** Where one waits that found no place; calls {@link ServedSubscription.retry}. */
  readonly slow: FixedDelayQueue<ServedSubscription>;
  readonly now: () => Date;
}

export class ServedSubscription implements CacheWatcher {
  readonly kind: WatchedKind;
  readonly #peer: SubscriptionPeer;
  readonly #tools: SubscriptionTools;
  readonly #debounce: Debounce | undefined;
  #cache: TypeCache | undefined;
  /** The number of the last event that was read. */
  #position = 0;
  /** What found no place; undefined unless it stands still. */
  #stuck: string[] | undefined;
  #isOver = false;

  constructor(kind: WatchedKind, { peer, tools }: {
    peer: SubscriptionPeer;
    tools: SubscriptionTools;
  }) {
    this.kind = kind;
    this.#peer = peer;
    this.#tools = tools;
    this.#debounce = kind.isNotified ? new Debounce() : undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Begins to read. @param resourceVersion after which event; empty: after the newest */
  begin(cache: TypeCache, resourceVersion: string): void {
    this.#peer.put(this.kind.startText);
    if (cache.hasEnded || this.kind.filter === undefined) return this.end();
    const position = resourceVersion === "" ? cache.ring.last : cache.ring.find(resourceVersion);
    if (position === undefined) return this.end("resourceversion too old");
    this.#position = position;
    this.#cache = cache;
    cache.add(this);
    this.wake();
  }

  wake(): void {
    const ring = this.#cache?.ring;
    while (ring !== undefined && !this.#isOver && this.#stuck === undefined) {
      if (this.#position >= ring.last) return;
      let event: CacheEvent;
      try {
        event = ring.read(this.#position + 1);
      } catch (error) {
        return this.end(messageOf(error));
      }
      this.#position++;
      if (this.kind.filter?.(event)) this.#tell(event);
    }
  }

  cacheEnded(): void {
    this.end();
  }

  /** Its waiting time is over. */
  debounced(): void {
    if (!this.#isOver) this.#send(this.kind.notificationText(this.#debounce!.due()));
  }

  /** It has stood still for as long as it may. */
  retry(): void {
    if (this.#isOver) return;
    const stuck = this.#stuck ?? [];
    while (stuck.length > 0 && this.#peer.offer(stuck[0]!)) stuck.shift();
    if (stuck.length > 0) return this.end();
    this.#stuck = undefined;
    this.wake();
  }

  /** The server's doing. */
  end(error?: string): void {
    if (this.#isOver) return;
    this.cancel();
    if (error !== undefined) this.#peer.put(this.kind.errorText(error));
    this.#peer.put(this.kind.stopText);
    this.#peer.over(this);
  }

  /** Ends it without a word. */
  cancel(): void {
    this.#isOver = true;
    this.#cache?.remove(this);
    this.#cache = undefined;
    this.#stuck = undefined;
  }

  #tell(event: CacheEvent): void {
    const { kind, revision } = { kind: this.kind, revision: event.revision };
    if (this.#debounce === undefined) {
      const { schema } = this.#cache!;
      const { baseUrl } = this.#peer;
      return this.#send(kind.eventText(event, { schema, baseUrl, now: this.#tools.now() }));
    }
    const step = this.#debounce.event(revision);
    if (step === "notify") this.#send(kind.notificationText(revision));
    else if (step === "wait") this.#tools.debounceQueue(kind.key.debounceMs).add(this);
  }

  #send(text: string): void {
    this.#tools.faults.notify(() => {
      if (this.#isOver) return;
      if (this.#stuck !== undefined) this.#stuck.push(text);
      else if (!this.#peer.offer(text)) {
        this.#stuck = [text];
        this.#tools.slow.add(this);
      }
    });
  }
}

/** What an event calls for: a notification now, the waiting time, or nothing. */
type DebounceStep = "notify" | "wait" | "nothing";

/**
 * When a subscription is told that something has changed: the first event at once; after that an event
 * starts the waiting time, the ones during it only move the revision, and at its end there is one
 * notification. It neither waits nor sends. Source: rancher/apiserver v0.10.0, pkg/subscribe/debouncer.go.
 */
export class Debounce {
  #state: "first" | "idle" | "waiting" = "first";
  #revision = "";

  event(revision: string): DebounceStep {
    this.#revision = revision;
    switch (this.#state) {
      case "first":
        this.#state = "idle";
        return "notify";
      case "idle":
        this.#state = "waiting";
        return "wait";
      case "waiting":
        return "nothing";
    }
  }

  /** The waiting time is over. @returns the revision to notify of */
  due(): string {
    this.#state = "idle";
    return this.#revision;
  }
}
