/**
 * Does something again and again at absolute times, so that it never drifts. Skips the times that
 * passed while it was held up.
 * @module
 */

import type { Clock } from "./clock.ts";

interface TickerOptions {
  readonly clock: Clock;
  /** From one time to the next, > 0. */
  readonly periodMs: number;
  /**
   * What the periods are counted from.
   * @default now
   */
  readonly startMs?: number;
  /**
   * Whether it acts once more when it is ended, for what came since the last time.
   * @default true
   */
  readonly atEnd?: boolean;
}

/** Dispose it to end it. */
export class Ticker implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #loop: Promise<void>;
  readonly #action: () => void;

  readonly #atEnd: boolean;

  constructor(action: () => void, { atEnd = true, ...options }: TickerOptions) {
    this.#action = action;
    this.#atEnd = atEnd;
    this.#loop = this.#run(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#loop;
    if (this.#atEnd) this.#action();
  }

  async #run({ clock, periodMs, startMs = clock.now() }: TickerOptions): Promise<void> {
    const { signal } = this.#ending;
    for (let turn = 1;; turn++) {
      // Not the division alone: rounding may put the time of a turn just before it.
      turn = Math.max(turn, Math.floor((clock.now() - startMs) / periodMs) + 1);
      await clock.sleepUntil(startMs + turn * periodMs, signal);
      if (signal.aborted) return;
      this.#action();
    }
  }
}
