/**
 * Which objects are there now, and what has changed? A cache of one resource, fed by a reflector,
 * that calls a handler for each change. Never writes to the cluster, and never resyncs: a handler is
 * called for changes only.
 * Source of the semantics: client-go, tools/cache/shared_informer.go and delta_fifo.go, with two
 * deliberate differences after a new list: an object whose resourceVersion is the same is no
 * update, and one that was deleted and created again under the same name (another uid) is a
 * delete and an add, where client-go tells an update. Counts would be wrong otherwise.
 * @module
 */

import type { ClusterReader, WatchEvent } from "../cluster.ts";
import { type KubeObject, objectKey } from "../object.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";

/**
 * Called synchronously, after the cache was changed, in the order of the changes. Nothing else is
 * received meanwhile, so a handler stamps and enqueues and leaves the work to others. What it throws
 * ends {@link Informer.run}.
 */
export interface InformerHandler {
  onAdd(object: KubeObject, from: { readonly isInInitialList: boolean }): void;
  onUpdate(before: KubeObject, after: KubeObject): void;
  /**
   * @param object as it was when it was deleted; with `isFinalStateUnknown` as it was seen last,
   * because the deletion itself was missed and only shows in a later state
   */
  onDelete(object: KubeObject, from: { readonly isFinalStateUnknown: boolean }): void;
}

export interface InformerOptions extends Omit<ReflectorOptions, "store"> {
  readonly handler: InformerHandler;
  /**
   * What is kept of an object once the handler was told of it, and what it is told is the state before:
   * at least its namespace, name, uid and resourceVersion.
   * @default all of it
   */
  readonly kept?: (object: KubeObject) => KubeObject;
}

/** The objects by {@link objectKey}. */
export class Informer {
  readonly #reflector: Reflector;
  readonly #handler: InformerHandler;
  readonly #kept: (object: KubeObject) => KubeObject;
  readonly #objects = new Map<string, KubeObject>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;

  constructor(cluster: ClusterReader, { handler, kept, ...options }: InformerOptions) {
    this.#handler = handler;
    this.#kept = kept ?? ((object) => object);
    this.#reflector = new Reflector(cluster, {
      ...options,
      store: {
        replace: (items) => this.#replace(items),
        apply: (event) => this.#apply(event),
      },
    });
    // A caller that does not wait for it learns the same from run().
    this.#synced.promise.catch(() => {});
  }

  /**
   * Resolves when the handler has seen the first list; rejects if {@link run} ends before, with its
   * error or the signal's reason.
   */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** How many objects are in the cache. */
  get size(): number {
    return this.#objects.size;
  }

  /** What the cache is up to. */
  get lastResourceVersion(): string | undefined {
    return this.#reflector.lastResourceVersion;
  }

  /** The object as last seen; undefined if there is none. */
  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Of all objects in the cache, in no particular order. */
  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  /** As {@link Reflector.run}. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#reflector.run(signal);
      // Without effect if it was resolved before.
      this.#synced.reject(signal.reason);
    } catch (thrown) {
      this.#synced.reject(thrown);
      throw thrown;
    }
  }

  #replace(items: readonly KubeObject[]): void {
    const isInInitialList = !this.#isSynced;
    const listed = new Set<string>();
    for (const item of items) {
      const key = objectKey(item);
      listed.add(key);
      const before = this.#objects.get(key);
      const isKnown = before !== undefined && before.metadata.uid === item.metadata.uid &&
        before.metadata.resourceVersion === item.metadata.resourceVersion;
      if (!isKnown) this.#put(item, { isInInitialList });
    }
    for (const [key, object] of this.#objects) {
      if (!listed.has(key)) this.#drop(key, { object, isFinalStateUnknown: true });
    }
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #apply({ type, object }: WatchEvent): void {
    if (type === "DELETED") {
      const key = objectKey(object);
      // The deletion of an object that was never seen is no change.
      if (this.#objects.has(key)) this.#drop(key, { object, isFinalStateUnknown: false });
    } else {
      // ADDED or MODIFIED: the cache knows better which of the two it is here.
      this.#put(object, { isInInitialList: false });
    }
  }

  #put(object: KubeObject, from: { readonly isInInitialList: boolean }): void {
    const key = objectKey(object);
    const before = this.#objects.get(key);
    if (before !== undefined && before.metadata.uid === object.metadata.uid) {
      this.#objects.set(key, this.#kept(object));
      this.#handler.onUpdate(before, object);
      return;
    }
    if (before !== undefined) this.#drop(key, { object: before, isFinalStateUnknown: true });
    this.#objects.set(key, this.#kept(object));
    this.#handler.onAdd(object, from);
  }

  #drop(
    key: string,
    { object, isFinalStateUnknown }: { object: KubeObject; isFinalStateUnknown: boolean },
  ): void {
    this.#objects.delete(key);
    this.#handler.onDelete(object, { isFinalStateUnknown });
  }
}
