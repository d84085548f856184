/**
 * What was written to one type, in the order of its revisions, and when its definition was changed: what
 * an account is checked against.
 * Knows nothing of subscriptions. Forgets what is older than anybody may still ask for.
 * @module
 */

import type { WrittenEvent } from "../written_event.ts";

/** One written event, small, because a run has hundreds of thousands. */
export interface BookedWrite {
  /** As a number: exact up to 2^53, more writes than an etcd lives to see. */
  readonly revision: number;
  readonly atMs: number;
  readonly op: WrittenEvent["op"];
  /** `namespace/name` or `name`. */
  readonly id: string;
}

/** Fewer are not worth a move of all the others. */
const FORGET_AT_LEAST = 1_000;

/** See the module. */
export class WrittenBook {
  /** By revision, each once. */
  readonly #written: BookedWrite[] = [];

  get size(): number {
    return this.#written.length;
  }

  /** Mostly the newest one; may come in any order. A revision that is known is not taken again. */
  add({ revision, atMs, op, namespace, name }: WrittenEvent): void {
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    const written: BookedWrite = { revision: Number(revision), atMs, op, id };
    const place = this.indexAfter(written.revision);
    if (this.#written[place - 1]?.revision === written.revision) return;
    if (place === this.#written.length) this.#written.push(written);
    else this.#written.splice(place, 0, written);
  }

  at(index: number): BookedWrite | undefined {
    return this.#written[index];
  }

  /** Where the events with a greater revision begin. */
  indexAfter(revision: number): number {
    const written = this.#written;
    let low = 0;
    let high = written.length;
    // Nearly always the question is about the end.
    if (high > 0 && (written[high - 1]?.revision ?? 0) <= revision) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((written[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The event with this revision, if it was written by us. */
  find(revision: number): BookedWrite | undefined {
    const written = this.#written[this.indexAfter(revision) - 1];
    return written?.revision === revision ? written : undefined;
  }

  /** The event with this revision or, if it is somebody else's, our next one. */
  findFrom(revision: number): BookedWrite | undefined {
    const place = this.indexAfter(revision);
    const before = this.#written[place - 1];
    return before?.revision === revision ? before : this.#written[place];
  }

  /** Drops the oldest ones, as long as they are from before that time. */
  forgetBefore(atMs: number): void {
    const keepFrom = this.#written.findIndex((one) => one.atMs >= atMs);
    const count = keepFrom < 0 ? this.#written.length : keepFrom;
    if (count >= FORGET_AT_LEAST) this.#written.splice(0, count);
  }
}

/** From a change to the last of its effects at most, ms. */
const EFFECT_MS = 5_000;
/** How long a write may have been under way that was answered before the change, ms. */
const LEAD_MS = 1_000;
/** A definition changes every few seconds, and nobody asks about long ago. */
const MOST_REMEMBERED = 100;

/**
 * The changes of one type's definition; times are calendar ms. After one Steve reads all of the type's
 * objects anew and, on subscriptions that it does not stop, tells old ones again and may miss what
 * happened in between. Measured on Steve 0.10.2: the new list comes 1 to 2 s after the change.
 */
export class Disturbances {
  readonly #changedMs: number[] = [];

  changed(atMs: number): void {
    this.#changedMs.push(atMs);
    if (this.#changedMs.length > MOST_REMEMBERED) this.#changedMs.shift();
  }

  /** Whether what was written then may not be told, except along with something later. */
  mayHide(writtenMs: number): boolean {
    return this.#changedMs.some((atMs) =>
      writtenMs >= atMs - LEAD_MS && writtenMs <= atMs + EFFECT_MS
    );
  }

  /** Whether a message of then may be about something old, given how long messages are held back. */
  mayRepeat(toldMs: number, { delayMs }: { delayMs: number }): boolean {
    return this.#changedMs.some((atMs) => toldMs >= atMs && toldMs <= atMs + EFFECT_MS + delayMs);
  }
}
