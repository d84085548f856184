/**
 * Who waits for what becomes of which of many things? Who waits for one is woken by that one alone, so
 * that thousands of waits for thousands of things do not look thousands of times at each change.
 * @module
 */

import { Wakes } from "./wakes.ts";

/** See the module. */
export class KeyedWakes {
  /** Undefined: those that wait for any. */
  readonly #byKey = new Map<string | undefined, Wakes>();

  /** Until the returned function is called. @param key undefined: of any */
  on(key: string | undefined, wake: () => void): () => void {
    const wakes = this.#byKey.get(key) ?? new Wakes();
    this.#byKey.set(key, wakes);
    const unsubscribe = wakes.woken(wake);
    return () => {
      unsubscribe();
      if (wakes.isEmpty && this.#byKey.get(key) === wakes) this.#byKey.delete(key);
    };
  }

  wake(key: string): void {
    for (const wakes of [this.#byKey.get(key), this.#byKey.get(undefined)]) wakes?.wake();
  }

  /** Whatever they wait for. */
  wakeAll(): void {
    for (const wakes of [...this.#byKey.values()]) wakes.wake();
  }
}
