/**
 * What has changed in one collection, in order, as far back as is kept? Bounded, so that memory is.
 * Source of the rule for what is too old: apiserver, pkg/storage/cacher/watch_cache.go.
 * @module
 */

import type { StoredObject } from "./stored_object.ts";

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** The state after it; of a DELETED one the last state, with the resourceVersion of the removal. */
  readonly object: StoredObject;
  /** The state before it; undefined for ADDED. */
  readonly previous: StoredObject | undefined;
}

/** See the module. */
export class EventHistory {
  readonly #limit: number;
  /** A ring once it is full: an event that is forgotten holds no object any more. */
  #events: StoreEvent[] = [];
  /** Where the oldest one is. */
  #head = 0;
  #floor = 0;

  /** @param limit most events that are kept, at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Every event after this revision is known. */
  get floor(): number {
    return this.#floor;
  }

  add(event: StoreEvent): void {
    if (this.#events.length < this.#limit) return void this.#events.push(event);
    this.#events[this.#head] = event;
    this.#head = (this.#head + 1) % this.#limit;
    this.#floor = this.#at(0).object.revision - 1;
  }

  /** Forgets everything up to and including that revision. */
  compact(revision: number): void {
    this.#events = this.#after(revision);
    this.#head = 0;
    this.#floor = Math.max(this.#floor, revision);
  }

  /** In order; the revision is not below {@link floor}. */
  after(revision: number): readonly StoreEvent[] {
    return this.#after(revision);
  }

  #after(revision: number): StoreEvent[] {
    const first = this.#indexAfter(revision);
    return Array.from(
      { length: this.#events.length - first },
      (_, index) => this.#at(first + index),
    );
  }

  /** By bisection, because revisions rise. */
  #indexAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle).object.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param index 0: the oldest */
  #at(index: number): StoreEvent {
    return this.#events[(this.#head + index) % this.#events.length]!;
  }
}
