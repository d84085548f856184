/** How often, and for how long altogether, did something have to wait? @module */

import type { Stall } from "./facts.ts";

/** Several may wait at a time; each counts. */
export class StallMeter {
  #count = 0;
  #waiting = 0;
  #waitingSinceSumMs = 0;
  #overMs = 0;

  begin(nowMs: number): void {
    this.#count++;
    this.#waiting++;
    this.#waitingSinceSumMs += nowMs;
  }

  /** @param sinceMs when this one began */
  end(sinceMs: number, nowMs: number): void {
    this.#waiting--;
    this.#waitingSinceSumMs -= sinceMs;
    this.#overMs += nowMs - sinceMs;
  }

  toStall(nowMs: number): Stall {
    const underWayMs = this.#waiting === 0 ? 0 : this.#waiting * nowMs - this.#waitingSinceSumMs;
    return { count: this.#count, totalMs: this.#overMs + underWayMs };
  }
}
