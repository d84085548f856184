/**
 * Whose turn is it after one and the same delay? Thousands of sockets wait for pings, debounces and
 * slow readers; because each kind always waits equally long, the order of coming is the order of
 * going, and one sleeper serves them all.
 * @module
 */

import { type Clock, yieldToEventLoop } from "../../../core/load/clock.ts";

/** So many in a row before others get their turn at the event loop. */
const BATCH = 256;
/** Gaps at the front are closed at this size. */
const COMPACT_AT = 4_096;

export class FixedDelayQueue<T> {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #ended: AbortSignal;
  readonly #onDue: (item: T) => void;
  #items: { readonly item: T; readonly dueMs: number }[] = [];
  #head = 0;
  #isRunning = false;

  constructor(
    { clock, delayMs, ended }: { clock: Clock; delayMs: number; ended: AbortSignal },
    onDue: (item: T) => void,
  ) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#ended = ended;
    this.#onDue = onDue;
  }

  /** Whether it still matters is for `onDue` to know. */
  add(item: T): void {
    this.#items.push({ item, dueMs: this.#clock.now() + this.#delayMs });
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      const first = this.#items[this.#head];
      if (first === undefined || this.#ended.aborted) break;
      await this.#clock.sleepUntil(first.dueMs, this.#ended);
      this.#takeDue();
      await yieldToEventLoop();
    }
    this.#items = [];
    this.#head = 0;
    this.#isRunning = false;
  }

  #takeDue(): void {
    const nowMs = this.#clock.now();
    for (let count = 0; count < BATCH && !this.#ended.aborted; count++) {
      const first = this.#items[this.#head];
      if (first === undefined || first.dueMs > nowMs) break;
      this.#head++;
      this.#onDue(first.item);
    }
    if (this.#head < COMPACT_AT) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
