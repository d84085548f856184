/**
 * All objects of one resource, now and at each revision that its history reaches. Decides nothing
 * about what may be written.
 * @module
 */

import { EventHistory, type StoreEvent } from "./event_history.ts";
import type { StoredObject } from "./stored_object.ts";

/** Objects in the order of their keys, which is the order of lists. */
type Sorted = readonly StoredObject[];

/** `NAMESPACE/NAME`, or the name alone: the end of an etcd key. */
export function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** See the module. */
export class Collection {
  readonly history: EventHistory;
  readonly #objects = new Map<string, StoredObject>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  /** By namespace; empty for cluster-scoped ones. */
  readonly #counts = new Map<string, number>();
  #keys: string[] = [];
  /** Keys that came after the last sorting. */
  #added: string[] = [];
  #hasGone = false;

  constructor(historyLimit: number) {
    this.history = new EventHistory(historyLimit);
  }

  /** How many objects there are in a namespace. */
  count(namespace: string): number {
    return this.#counts.get(namespace) ?? 0;
  }

  get(namespace: string, name: string): StoredObject | undefined {
    return this.#objects.get(keyOf({ namespace, name }));
  }

  /** @param namespace empty: all */
  list(namespace = ""): Sorted {
    const keys = this.#sortedKeys();
    const [from, to] = namespace === "" ? [0, keys.length] : [
      firstAtOrAfter(keys, `${namespace}/`),
      // "0" is the character after "/".
      firstAtOrAfter(keys, `${namespace}0`),
    ];
    return keys.slice(from, to).map((key) => this.#objects.get(key)!);
  }

  /**
   * As it was right after that revision: the events since then are undone.
   * @param options.revision not below the history's floor
   */
  listAt({ revision, namespace = "" }: { revision: number; namespace?: string }): Sorted {
    const since = this.history.after(revision);
    if (since.length === 0) return this.list(namespace);
    const objects = new Map(this.list(namespace).map((object) => [keyOf(object), object]));
    for (const { object, previous } of since.toReversed()) {
      if (namespace !== "" && object.namespace !== namespace) continue;
      if (previous === undefined) objects.delete(keyOf(object));
      else objects.set(keyOf(object), previous);
    }
    return [...objects.entries()].sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Puts the event's state in the place of the one before, and tells everyone. */
  apply(event: StoreEvent): void {
    const key = keyOf(event.object);
    const { type, object } = event;
    if (type === "DELETED") {
      this.#objects.delete(key);
      this.#hasGone = true;
      this.#counts.set(object.namespace, this.count(object.namespace) - 1);
    } else {
      if (type === "ADDED") {
        this.#added.push(key);
        this.#counts.set(object.namespace, this.count(object.namespace) + 1);
      }
      this.#objects.set(key, object);
    }
    this.history.add(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns ends it */
  listen(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Almost sorted already, which the engine's sort takes in one pass. */
  #sortedKeys(): readonly string[] {
    if (this.#hasGone || this.#added.length > 0) {
      const all = new Set([...this.#keys, ...this.#added]);
      this.#keys = [...all].filter((key) => this.#objects.has(key)).sort();
      this.#added = [];
      this.#hasGone = false;
    }
    return this.#keys;
  }
}

function firstAtOrAfter(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
