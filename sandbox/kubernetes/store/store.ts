/**
 * Where all objects are, under one revision that rises with each write, as etcd has it. Knows no
 * rules of the API.
 * @module
 */

import { Collection } from "./collection.ts";
import type { StoreEvent } from "./event_history.ts";
import { type Fields, StoredObject } from "./stored_object.ts";

/** See the module. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #historyLimit: number;
  readonly #listeners: ((resource: string, event: StoreEvent) => void)[] = [];
  #revision = 0;

  /** @param options.historyLimit most events kept of each collection */
  constructor({ historyLimit }: { historyLimit: number }) {
    this.#historyLimit = historyLimit;
  }

  /** Of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** @param resource `configmaps`, `flunders.wardle.example.com`: the same for all versions */
  collection(resource: string): Collection {
    let collection = this.#collections.get(resource);
    if (collection === undefined) {
      collection = new Collection(this.#historyLimit);
      // What came before it exists is as gone as in a server that has just begun to watch.
      this.#collections.set(resource, collection);
    }
    return collection;
  }

  /** Of each resource that was ever used. */
  collections(): IterableIterator<[string, Collection]> {
    return this.#collections.entries();
  }

  /** Creates or replaces; the state gets its resourceVersion here. */
  put(resource: string, fields: Fields): StoredObject {
    const collection = this.collection(resource);
    const { metadata: { namespace = "", name = "" } } = fields;
    const previous = collection.get(namespace, name);
    const object = this.#next(fields);
    const type = previous === undefined ? "ADDED" : "MODIFIED";
    this.#commit(resource, { type, object, previous });
    return object;
  }

  /** @param fields the last state */
  remove(resource: string, fields: Fields): void {
    const { metadata: { namespace = "", name = "" } } = fields;
    const previous = this.collection(resource).get(namespace, name);
    if (previous === undefined) return;
    this.#commit(resource, { type: "DELETED", object: this.#next(fields), previous });
  }

  /** Called after each write, in order, and before the next one. */
  onWrite(listener: (resource: string, event: StoreEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Forgets every event so far: who asks for one is told that it has expired. */
  compact(): void {
    for (const collection of this.#collections.values()) collection.history.compact(this.#revision);
  }

  #next(fields: Fields): StoredObject {
    this.#revision++;
    return new StoredObject(fields, this.#revision).at(this.#revision);
  }

  #commit(resource: string, event: StoreEvent): void {
    this.collection(resource).apply(event);
    for (const listener of this.#listeners) listener(resource, event);
  }
}
