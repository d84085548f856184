/** Who waits for the same thing to change: each is woken whenever it may have. Knows not what it is. @module */

/** See the module. */
export class Wakes {
  readonly #waiting = new Set<() => void>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Subscribes `wake`, which must not throw; returns what unsubscribes it. As `until` takes it. */
  readonly woken = (wake: () => void): () => void => {
    this.#waiting.add(wake);
    return () => void this.#waiting.delete(wake);
  };

  wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
