/**
 * How long does something take this time? Pauses around a mean, by chance, on a clock that may be virtual.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";

/** A pause is so much shorter or longer than its mean, at most. */
const SPREAD = 0.25;

export class Pace {
  readonly clock: Clock;
  readonly #rng: Rng;

  constructor({ clock, rng }: { readonly clock: Clock; readonly rng: Rng }) {
    this.clock = clock;
    this.#rng = rng;
  }

  /** In whole ms, so that much happens at once on a virtual clock. @param signal ends it early */
  async pause(meanMs: number, signal: AbortSignal): Promise<void> {
    const factor = 1 - SPREAD + 2 * SPREAD * this.#rng.next();
    const durationMs = Number.isFinite(meanMs) ? Math.round(meanMs * factor) : meanMs;
    await this.clock.sleepUntil(this.clock.now() + durationMs, signal);
  }

  /** Whether it is so this time. */
  isHit(share: number): boolean {
    return this.#rng.next() < share;
  }
}
