/**
 * Which change of a route does a data plane serve, as one client sees it? By the answers in the order
 * in which they came; never asks, and makes no change.
 * @module
 */

import { Wakes } from "../../../core/load/wakes.ts";
import type { Answer } from "../answers/answer.ts";

/**
 * `good`: of the route as it is or was; `stale`: that too, but an older one than was seen before;
 * `failed`: of nothing that the route ever was.
 */
export type Standing = "good" | "stale" | "failed";

/** Of one route, from change 0, as it was made. */
export class ChangeProgress {
  readonly #changeOf: (answer: Answer) => number | undefined;
  readonly #wakes = new Wakes();
  /** By change: when it or a later one was first seen. */
  readonly #seenMs: number[] = [];
  readonly #seen = new Set<number>();
  #sent = 0;

  /** @param changeOf the number of the change that an answer is of; undefined: it is none of the route's */
  constructor(changeOf: (answer: Answer) => number | undefined) {
    this.#changeOf = changeOf;
  }

  /** From now on answers may be of this change: the next one. */
  sent(change: number): void {
    this.#sent = change;
  }

  /** How an answer stands to what was sent and seen by now. */
  standingOf(answer: Answer): Standing {
    const change = this.#changeOf(answer);
    if (change === undefined || change > this.#sent) return "failed";
    return change < this.#seenMs.length - 1 ? "stale" : "good";
  }

  /** @returns how it stood before it was taken */
  take(answer: Answer): Standing {
    const standing = this.standingOf(answer);
    const change = this.#changeOf(answer) ?? -1;
    if (standing !== "failed") this.#seen.add(change);
    if (standing === "good" && change >= this.#seenMs.length) {
      while (this.#seenMs.length <= change) this.#seenMs.push(answer.atMs);
      this.#wakes.wake();
    }
    return standing;
  }

  /** Clock time at which the change or a later one was first seen; undefined: not yet. */
  seenMs(change: number): number | undefined {
    return this.#seenMs[change];
  }

  /** Whether the change itself was seen, and not only a later one. */
  hasSeen(change: number): boolean {
    return this.#seen.has(change);
  }

  /** To be woken by newer changes. */
  readonly woken = this.#wakes.woken;
}
