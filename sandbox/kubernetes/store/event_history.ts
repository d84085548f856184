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
  #events: StoreEvent[] = [];
  /** Where the oldest kept event is; those before it are dropped in bulk. */
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
    this.#events.push(event);
    if (this.#events.length - this.#head <= this.#limit) return;
    this.#head++;
    this.#floor = this.#events[this.#head]!.object.revision - 1;
    if (this.#head < this.#limit) return;
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }

  /** Forgets everything up to and including that revision. */
  compact(revision: number): void {
    this.#events = this.#events.slice(this.#indexAfter(revision));
    this.#head = 0;
    this.#floor = Math.max(this.#floor, revision);
  }

  /** In order; the revision is not below {@link floor}. */
  after(revision: number): readonly StoreEvent[] {
    return this.#events.slice(this.#indexAfter(revision));
  }

  /** By bisection, because revisions rise. */
  #indexAfter(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.object.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
