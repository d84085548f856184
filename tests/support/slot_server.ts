/**
 * A server of known capacity on a test's clock: so many slots, each busy for a fixed time with one
 * request; all others wait in line. It can answer slots / service time requests a second.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import { Permits } from "../../core/load/permits.ts";

export class SlotServer {
  readonly #slots: Permits;

  constructor(
    readonly clock: Clock,
    readonly options: { readonly slots: number; readonly serviceMs: number },
  ) {
    this.#slots = new Permits(options.slots);
  }

  get capacityPerSec(): number {
    return this.options.slots * 1_000 / this.options.serviceMs;
  }

  /** Resolves with the answer. @throws the signal's reason when the caller gives up */
  async answer(signal: AbortSignal): Promise<void> {
    if (!await this.#slots.take(signal)) throw signal.reason;
    try {
      await this.clock.sleepUntil(this.clock.now() + this.options.serviceMs, signal);
      signal.throwIfAborted();
    } finally {
      this.#slots.release();
    }
  }
}
