/**
 * How long to wait after a failure, so that clients of a sick server neither hammer it nor come back
 * all at once? Only counts; never sleeps and never looks at a clock.
 * Source: apimachinery, pkg/util/wait (growth, cap before jitter, reset).
 * @module
 */

import type { Rng } from "./rng.ts";

export interface BackoffPolicy {
  /** The first wait; each failure in a row doubles it. */
  readonly firstMs: number;
  /** No wait is longer, but for the spread. */
  readonly longestMs: number;
  /**
   * The parts of a wait between which chance picks: [1, 2] waits for it to twice as long.
   * @default [1, 1], which draws nothing
   */
  readonly spread?: readonly [least: number, most: number];
  /**
   * A failure that comes later than this after the one before it is the first of a new row.
   * @default {Infinity}
   */
  readonly resetAfterMs?: number;
}

/** The failures in a row of one client. */
export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #rng: Rng;
  #failures = 0;
  #lastFailureMs = -Infinity;

  constructor(policy: BackoffPolicy, rng: Rng) {
    this.#policy = policy;
    this.#rng = rng;
  }

  /**
   * Notes a failure and says how long to wait after it, ms: uniform in the policy's spread.
   * @param nowMs when it failed; not before the last one
   * @param options `askedMs`: what the server asks for instead, before the spread
   */
  failedAt(nowMs: number, { askedMs }: { askedMs?: number | undefined } = {}): number {
    const { firstMs, longestMs, spread: [least, most] = [1, 1], resetAfterMs = Infinity } =
      this.#policy;
    if (nowMs - this.#lastFailureMs > resetAfterMs) this.#failures = 0;
    this.#lastFailureMs = nowMs;
    const waitMs = Math.min(longestMs, firstMs * 2 ** this.#failures++);
    const part = least === most ? least : least + (most - least) * this.#rng.next();
    return (askedMs ?? waitMs) * part;
  }

  /** It works again: the next failure is the first. */
  succeeded(): void {
    this.#failures = 0;
  }
}
