/**
 * Sees to many things, each of them once a period. They are spread over it in groups, so that with
 * ten thousand of them no turn of the event loop has to see to all.
 * @module
 */

import type { Clock } from "./clock.ts";
import { Ticker } from "./ticker.ts";

interface RoundsOptions {
  readonly clock: Clock;
  /** From one visit to the next of the same thing. */
  readonly periodMs: number;
  /** How many groups there are, and turns in a period. */
  readonly groups: number;
}

/** Dispose it to end it. */
export class Rounds<T> implements AsyncDisposable {
  readonly #groups: readonly Set<T>[];
  readonly #groupOf = new Map<T, Set<T>>();
  readonly #ticker: Ticker;
  #joined = 0;
  #turns = 0;

  /** @param visit is given one group after the other, those without anybody too */
  constructor(visit: (group: ReadonlySet<T>) => void, options: RoundsOptions) {
    const { clock, periodMs, groups } = options;
    this.#groups = Array.from({ length: groups }, () => new Set<T>());
    const turn = () => visit(this.#groups[this.#turns++ % groups]!);
    this.#ticker = new Ticker(turn, { clock, periodMs: periodMs / groups, atEnd: false });
  }

  /** Everything that is seen to. */
  get all(): Iterable<T> {
    return this.#groupOf.keys();
  }

  get size(): number {
    return this.#groupOf.size;
  }

  has(thing: T): boolean {
    return this.#groupOf.has(thing);
  }

  add(thing: T): void {
    if (this.#groupOf.has(thing)) return;
    const group = this.#groups[this.#joined++ % this.#groups.length]!;
    group.add(thing);
    this.#groupOf.set(thing, group);
  }

  /** Whether it was seen to. */
  delete(thing: T): boolean {
    this.#groupOf.get(thing)?.delete(thing);
    return this.#groupOf.delete(thing);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ticker[Symbol.asyncDispose]();
  }
}
