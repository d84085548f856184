/** Notices a peer that has gone silent, and cuts its request off. @module */

import type { Clock } from "../core/load/clock.ts";

/** Aborts `signal` when nothing was heard for the timeout, or when the run stops. */
export class SilenceWatchdog implements Disposable {
  readonly #cutOff = new AbortController();
  readonly #done = new AbortController();
  #isSilent = false;
  #heardMs: number;

  constructor(
    readonly clock: Clock,
    readonly options: {
      timeoutMs: number;
      stopping: AbortSignal;
      /** How long of that time our own event loop was away: what came meanwhile was not heard. */
      ownLagMs: (fromMs: number, toMs: number) => number;
    },
  ) {
    this.#heardMs = clock.now();
    const { stopping } = options;
    stopping.addEventListener("abort", () => this.#cutOff.abort(stopping.reason), {
      once: true,
      signal: this.#done.signal,
    });
    if (stopping.aborted) this.#cutOff.abort(stopping.reason);
    this.#watch();
  }

  get signal(): AbortSignal {
    return this.#cutOff.signal;
  }

  /** Whether it was silence that ended the request. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Something arrived. */
  heard(atMs: number): void {
    this.#heardMs = atMs;
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#done;
    while (!signal.aborted && this.#leftMs() > 0) {
      await this.clock.sleepUntil(this.clock.now() + this.#leftMs(), signal);
    }
    if (signal.aborted) return;
    this.#isSilent = true;
    this.#cutOff.abort();
  }

  /** How much longer it may be silent. */
  #leftMs(): number {
    const { timeoutMs, ownLagMs } = this.options;
    const nowMs = this.clock.now();
    return timeoutMs - (nowMs - this.#heardMs - ownLagMs(this.#heardMs, nowMs));
  }
}
