/**
 * How long to wait after a failure, so that clients of a sick server neither hammer it nor come
 * back all at once? Only counts; never sleeps and never looks at a clock.
 * Source: client-go, tools/cache/reflector.go (the values), and apimachinery, pkg/util/wait
 * (growth, cap before jitter, reset).
 * @module
 */

import type { Rng } from "../../core/load/rng.ts";

/** The first wait is 0.8 to 1.6 s. */
const START_MS = 800;
const FACTOR = 2;
/** From the seventh failure on 30 to 60 s: about one try in 45 s. */
const CAP_MS = 30_000;
/** A wait is made longer by up to this part of it; never shorter. */
const JITTER_RATIO = 1;
/** Longer than the longest wait, so that a server that answers every try with a failure never resets. */
const RESET_AFTER_MS = 120_000;

/** The back-off of one reflector. */
export class Backoff {
  readonly #rng: Rng;
  /** The next wait without its jitter, START_MS .. CAP_MS. */
  #nextMs = START_MS;
  #lastFailureMs = -Infinity;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /**
   * Notes a failure and says how long to wait, ms: uniform in [w, 2 w) with w = 0.8 s, twice as much
   * at each further failure up to 30 s, and 0.8 s again if the last failure is more than 2 min ago.
   * @param nowMs when it failed; not before the last one
   */
  waitAfterFailureAt(nowMs: number): number {
    if (nowMs - this.#lastFailureMs > RESET_AFTER_MS) this.#nextMs = START_MS;
    this.#lastFailureMs = nowMs;
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(CAP_MS, waitMs * FACTOR);
    return waitMs * (1 + JITTER_RATIO * this.#rng.next());
  }
}
