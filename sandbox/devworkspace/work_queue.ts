/**
 * What is to be looked at, a few at a time and none twice at once? What changes while it is looked at is
 * looked at once more, and what fails a little later.
 * Source: client-go, util/workqueue; controller-runtime, pkg/internal/controller.
 * @module
 */

import { messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  /** Looks at one; what it throws is told, and it is asked again. */
  readonly work: (key: string) => Promise<void>;
  readonly onError: (key: string, message: string) => void;
  /** Ends it: what is being looked at is let go, and nothing follows. */
  readonly signal: AbortSignal;
}

/** Until what has failed is looked at again. */
const RETRY_MS = 1_000;

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  /** Being looked at; true: once more. */
  readonly #busy = new Map<string, boolean>();
  readonly #later = new Map<string, () => void>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  add(key: string): void {
    if (this.#options.signal.aborted) return;
    if (this.#busy.has(key)) return void this.#busy.set(key, true);
    this.#waiting.add(key);
    this.#next();
  }

  /** In so long; the last that was said of a key counts. */
  addAfter(key: string, delayMs: number): void {
    const { clock, signal } = this.#options;
    if (signal.aborted) return;
    this.#later.get(key)?.();
    const cancel = clock.callAt(clock.now() + delayMs, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, cancel);
  }

  /** What was said with `addAfter` no longer counts. */
  forgetLater(key: string): void {
    this.#later.get(key)?.();
    this.#later.delete(key);
  }

  #next(): void {
    for (const key of this.#waiting) {
      if (this.#busy.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#busy.set(key, false);
      void this.#look(key);
    }
  }

  async #look(key: string): Promise<void> {
    const { work, onError, signal } = this.#options;
    try {
      await work(key);
    } catch (error) {
      if (signal.aborted) return;
      onError(key, messageOf(error));
      this.addAfter(key, RETRY_MS);
    }
    const isAgain = this.#busy.get(key) === true;
    this.#busy.delete(key);
    if (isAgain) this.add(key);
    else this.#next();
  }

  #end(): void {
    this.#waiting.clear();
    for (const cancel of this.#later.values()) cancel();
    this.#later.clear();
  }
}
