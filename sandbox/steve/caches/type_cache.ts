/**
 * What does Steve know of the objects of one type? Their present state, and the ring of what happened
 * to them; each watcher is called after each event. Ends as a whole: a type whose columns change
 * gets a new cache.
 * Source: rancher/steve v0.10.2, pkg/sqlcache/informer/listoption_indexer.go.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { StoreEvent } from "../../kubernetes/store/event_history.ts";
import { FixedDelayQueue } from "../sockets/fixed_delay_queue.ts";
import type { KubeFeed } from "../../kube_feed.ts";
import type { Schema } from "../reading/schema.ts";

export interface CacheEvent {
  readonly name: "resource.create" | "resource.change" | "resource.remove";
  readonly object: KubeObject;
  /** The state before it. */
  readonly previous: KubeObject | undefined;
  /** The object's resourceVersion; of a removal that of the removal. */
  readonly revision: string;
}

/** One that reads the ring. */
export interface CacheWatcher {
  /** There is something to read. */
  wake(): void;
  /** The cache has ended; nothing more comes. */
  cacheEnded(): void;
}

interface TypeCacheOptions {
  readonly feed: KubeFeed;
  readonly clock: Clock;
  readonly ringEvents: number;
  readonly ingestLagMs: number;
  /** Of every event. */
  readonly onStored: (event: CacheEvent) => void;
  /** The sandbox's. */
  readonly ended: AbortSignal;
}

type Ingest = () => void;

export class TypeCache {
  readonly schema: Schema;
  readonly ring: EventRing<CacheEvent>;
  /** Resolves with the first list. */
  readonly ready: Promise<void>;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<CacheWatcher>();
  /** Those of a list, whose id the server adds twice: once aside. */
  readonly #first = new WeakSet<KubeObject>();
  readonly #texts = new SharedTexts();
  readonly #ending = new AbortController();
  readonly #onStored: (event: CacheEvent) => void;
  #revision = "";

  constructor(schema: Schema, options: TypeCacheOptions) {
    const { feed, clock, ringEvents, ingestLagMs: delayMs, onStored } = options;
    this.schema = schema;
    this.ring = new EventRing(ringEvents);
    this.#onStored = onStored;
    const ended = AbortSignal.any([this.#ending.signal, options.ended]);
    const lagging = new FixedDelayQueue<Ingest>({ clock, delayMs, ended }, (ingest) => ingest());
    const ingest = delayMs === 0 ? (now: Ingest) => now() : (later: Ingest) => lagging.add(later);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    void feed.follow(schema.resource, {
      signal: ended,
      listener: {
        onList: (objects) => {
          ingest(() => {
            this.#replace(objects);
            resolve();
          });
        },
        onEvent: (type, object) => ingest(() => this.#apply(type, object)),
      },
    }).finally(resolve);
  }

  /** Of the event that was ingested last; empty if there was none. */
  get revision(): string {
    return this.#revision;
  }

  get objects(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  /** Whether the object is as it was in a list, and no event has changed it. */
  isFirst(object: KubeObject): boolean {
    return this.#first.has(object);
  }

  get hasEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  add(watcher: CacheWatcher): void {
    this.#watchers.add(watcher);
  }

  remove(watcher: CacheWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** @param options.tells whether its watchers learn of it */
  end({ tells }: { tells: boolean }): void {
    this.#ending.abort();
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    if (tells) { for (const watcher of watchers) watcher.cacheEnded(); }
  }

  /** Each object of the first list counts as added, in the order of the list. */
  #replace(objects: readonly KubeObject[]): void {
    const present = new Map(objects.map((object) => [objectKey(object), object]));
    for (const [key, object] of this.#objects) {
      if (!present.has(key)) this.#apply("DELETED", object);
    }
    for (const [key, object] of present) {
      this.#first.add(object);
      const known = this.#objects.get(key)?.metadata.resourceVersion;
      if (known !== object.metadata.resourceVersion) this.#apply("ADDED", object);
    }
  }

  #apply(type: StoreEvent["type"], object: KubeObject): void {
    if (this.hasEnded) return;
    this.#texts.share(object);
    const key = objectKey(object);
    const previous = this.#objects.get(key);
    if (type === "DELETED") {
      if (previous === undefined) return;
      this.#objects.delete(key);
    } else this.#objects.set(key, object);
    const name = type === "DELETED"
      ? "resource.remove"
      : previous === undefined
      ? "resource.create"
      : "resource.change";
    const { resourceVersion: revision = "" } = object.metadata;
    this.#revision = revision;
    const event: CacheEvent = { name, object, previous, revision };
    this.ring.add(event);
    this.#onStored(event);
    for (const watcher of this.#watchers) watcher.wake();
  }
}

const LONG = 16 * 1024;
/** The last few different ones; a text that comes back later is kept twice. */
const MOST_TEXTS = 8;
const FIELDS = ["data", "binaryData"];

/**
 * Long texts that are equal, kept once. A ring of a thousand events of objects of a megabyte would be a
 * gigabyte; load tests fill all of them with one and the same text.
 */
class SharedTexts {
  readonly #texts: string[] = [];

  /** Changes the object's long values to those that are known. */
  share(object: KubeObject): void {
    for (const field of FIELDS) {
      const values = object[field];
      if (typeof values !== "object" || values === null) continue;
      const record = values as Record<string, unknown>;
      for (const [key, value] of Object.entries(record)) {
        if (typeof value === "string" && value.length >= LONG) record[key] = this.#known(value);
      }
    }
  }

  #known(text: string): string {
    const known = this.#texts.find((one) => one === text);
    if (known !== undefined) return known;
    this.#texts.push(text);
    if (this.#texts.length > MOST_TEXTS) this.#texts.shift();
    return text;
  }
}

/** Has the words of the server. */
export class SlowReaderError extends Error {
  override name = "SlowReaderError";

  constructor(missed: number) {
    super(`slow reader detected; items missed: ${missed}`);
  }
}

/**
 * What has happened to one type, as far back as a fixed number of events. A watch that names a
 * resourceVersion begins after the event that has exactly this one. Events are numbered from 1 on.
 * Source: as above, informer/internal/ring/circular_buffer.go.
 */
export class EventRing<Event extends { readonly revision: string }> {
  readonly #events: Event[] = [];
  readonly #size: number;
  #last = 0;

  /** @param size most events that are kept, at least 1 */
  constructor(size: number) {
    this.#size = size;
  }

  /** The number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  add(event: Event): void {
    this.#events[this.#last % this.#size] = event;
    this.#last++;
  }

  /**
   * The number of the newest event with exactly this revision; undefined if there is none (any more).
   * In a full ring the oldest event is not found: the server's search ends where it will write next.
   */
  find(revision: string): number | undefined {
    const oldest = Math.max(1, this.#last - this.#size + 2);
    for (let number = this.#last; number >= oldest; number--) {
      if (this.#at(number).revision === revision) return number;
    }
    return undefined;
  }

  /**
   * @param number up to {@link last}
   * @throws {SlowReaderError} if it has been overwritten
   */
  read(number: number): Event {
    const laps = Math.floor((this.#last - number) / this.#size);
    // It finds a later event in the place of the one that it is looking for.
    if (laps > 0) throw new SlowReaderError(laps * this.#size);
    return this.#at(number);
  }

  #at(number: number): Event {
    return this.#events[(number - 1) % this.#size]!;
  }
}
