/**
 * How many operations may be in flight, and who is next? A counting semaphore, first come first
 * served. Never looks at a clock and never throws.
 * @module
 */

import { AbortGroups } from "./abort_groups.ts";

interface Waiter {
  /** Called when it is handed a permit. */
  readonly wake: () => void;
  /** Its signal aborted: passed over when its turn comes. */
  isGone: boolean;
  next: Waiter | undefined;
}

/** `limit` permits; Infinity for no limit. */
export class Permits {
  readonly #limit: number;
  #taken = 0;
  /** A linked queue, because it may hold every arrival of a long stall. */
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  readonly #aborts = new AbortGroups();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Permits out; never above the limit. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a permit if one is free. Then nobody waits, because a released one is handed over. */
  tryTake(): boolean {
    if (this.#taken >= this.#limit) return false;
    this.#taken++;
    return true;
  }

  /** Waits in line for a permit; false, and without one, if the signal aborts first. */
  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.tryTake()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const onAbort = () => {
        waiter.isGone = true;
        resolve(false);
      };
      const waiter: Waiter = {
        wake: () => {
          this.#aborts.remove(signal, onAbort);
          resolve(true);
        },
        isGone: false,
        next: undefined,
      };
      this.#aborts.add(signal, onAbort);
      if (this.#last === undefined) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
    });
  }

  /** Gives a permit back: to the first in line, if anyone waits. */
  release(): void {
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.next) {
      this.#first = waiter.next;
      if (this.#first === undefined) this.#last = undefined;
      if (waiter.isGone) continue;
      waiter.wake();
      return;
    }
    this.#taken--;
  }
}
