/**
 * How many requests does a model work on at once, and who waits? First come, first served, until the
 * queue is full. How many may change from one to the next.
 * @module
 */

export interface SlotLimits {
  readonly slots: number;
  /** That may wait. */
  readonly queue: number;
}

export class Slots {
  #running = 0;
  #slots = 0;
  readonly #waiting: (() => void)[] = [];

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with a slot; undefined at once: there is no more room to wait. */
  take({ slots, queue }: SlotLimits): Promise<void> | undefined {
    this.#slots = slots;
    if (this.#running < slots) {
      this.#running++;
      return Promise.resolve();
    }
    if (this.#waiting.length >= queue) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    this.#running--;
    while (this.#running < this.#slots && this.#waiting.length > 0) {
      this.#running++;
      this.#waiting.shift()!();
    }
  }
}
