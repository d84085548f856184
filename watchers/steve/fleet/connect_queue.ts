/**
 * Who may connect again now? A first-come queue that lets out so many per second, because a server
 * that lost a thousand sockets at once must not get a thousand handshakes at once. Never connects.
 * @module
 */

interface Waiting<T> {
  readonly item: T;
  /** When it wanted to. */
  readonly dueMs: number;
}

/** At most so much time is made up for in one go, ms. */
const LONGEST_BURST_MS = 200;

/** See the module. */
export class ConnectQueue<T> {
  readonly #ratePerMs: number;
  readonly #waiting: Waiting<T>[] = [];
  /** Up to when the rate was used. */
  #usedUntilMs: number;

  /** @param ratePerSec > 0 */
  constructor(ratePerSec: number, nowMs: number) {
    this.#ratePerMs = ratePerSec / 1_000;
    this.#usedUntilMs = nowMs;
  }

  add(item: T, dueMs: number): void {
    this.#waiting.push({ item, dueMs });
  }

  /** Those whose turn has come since the last call, in order. */
  take(nowMs: number): Waiting<T>[] {
    const oneMs = 1 / this.#ratePerMs;
    const earliestMs = nowMs - Math.max(LONGEST_BURST_MS, oneMs);
    this.#usedUntilMs = Math.max(this.#usedUntilMs, earliestMs);
    const allowed = Math.floor((nowMs - this.#usedUntilMs) * this.#ratePerMs + 1e-9);
    const taken = this.#waiting.splice(0, allowed);
    this.#usedUntilMs += taken.length * oneMs;
    return taken;
  }
}
