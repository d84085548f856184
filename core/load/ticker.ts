/**
 * Does something again and again at absolute times, so that it never drifts. Skips the times that
 * passed while it was held up.
 * @module
 */

import type { Clock } from "./clock.ts";

/** Dispose it to end it; what it does is done once more then, for what came since the last time. */
export class Ticker implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #loop: Promise<void>;
  readonly #action: () => void;

  /** @param options `periodMs`: from one time to the next, > 0 */
  constructor(action: () => void, options: { clock: Clock; periodMs: number }) {
    this.#action = action;
    this.#loop = this.#run(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#loop;
    this.#action();
  }

  async #run({ clock, periodMs }: { clock: Clock; periodMs: number }): Promise<void> {
    const { signal } = this.#ending;
    const startMs = clock.now();
    for (let turn = 1;; turn++) {
      // Not the division alone: rounding may put the time of a turn just before it.
      turn = Math.max(turn, Math.floor((clock.now() - startMs) / periodMs) + 1);
      await clock.sleepUntil(startMs + turn * periodMs, signal);
      if (signal.aborted) return;
      this.#action();
    }
  }
}
