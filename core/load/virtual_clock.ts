/**
 * A clock that somebody moves: between two moments at which anybody is due nothing happens, so time
 * goes from one to the next without waiting. Decides neither when it is moved nor how far
 * ({@link import("./simulate.ts")} does, and tests do).
 * @module
 */

import { AbortGroups } from "./abort_groups.ts";
import { type Clock, yieldToEventLoop } from "./clock.ts";
import { TimerHeap } from "./timer_heap.ts";

/**
 * Turns of the event loop after each wake-up. All that promises alone carry on is over after one;
 * each `yieldToEventLoop` on the way takes one more.
 */
const SETTLE_TURNS = 8;
/** Wake-ups at one and the same time before what sleeps is said to spin. */
const MOST_WAKE_UPS_AT_ONCE = 100_000;

/**
 * See the module. What a wake-up starts within this thread is over before time goes on: promises,
 * streams and `yieldToEventLoop`. Nobody sees what goes on outside of it (a file, a socket, a module
 * that is loaded), so whoever begins such a thing has to {@link hold} the clock until it is back.
 */
export class VirtualClock implements Clock {
  readonly #sleepers = new TimerHeap();
  readonly #aborts = new AbortGroups();
  readonly #startMs: number;
  readonly #wallStartMs: number;
  #nowMs: number;
  #wakeUpsAtOnce = 0;
  #holds = 0;
  #released = Promise.withResolvers<void>();

  /**
   * @param startMs what `now()` says at first
   * @param options `wallStart`: what `wallNow()` says at first; the same at each start, so that a
   * schedule of the calendar hits the same moments
   */
  constructor(startMs = 0, { wallStart = "2026-01-01T00:00:00Z" } = {}) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
    this.#wallStartMs = Date.parse(wallStart);
  }

  now(): number {
    return this.#nowMs;
  }

  wallNow(): Date {
    return new Date(this.#wallStartMs + this.#nowMs - this.#startMs);
  }

  /** How many sleepers wait: 0 at the end of a test shows that none leaked. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  /** When the next sleeper is due; Infinity: never. */
  get nextMs(): number {
    return this.#sleepers.earliestMs;
  }

  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
    if (!(atMs > this.#nowMs) || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const onAbort = () => {
        this.#sleepers.remove(sleeper);
        resolve();
      };
      const sleeper = this.#sleepers.add(atMs, () => {
        if (signal !== undefined) this.#aborts.remove(signal, onAbort);
        resolve();
      });
      if (signal !== undefined) this.#aborts.add(signal, onAbort);
    });
  }

  callAt(atMs: number, callback: () => void): () => void {
    // A time in the past comes after all who are due already.
    const sleeper = this.#sleepers.add(Math.max(atMs, this.#nowMs), callback);
    return () => void this.#sleepers.remove(sleeper);
  }

  /** Time does not go on until this is disposed of, once or more often. */
  hold(): Disposable {
    this.#holds++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        if (--this.#holds > 0) return;
        this.#released.resolve();
        this.#released = Promise.withResolvers();
      },
    };
  }

  /** Lets everything that can run without time passing run. */
  async settle(): Promise<void> {
    do {
      while (this.#holds > 0) await this.#released.promise;
      for (let turn = 0; turn < SETTLE_TURNS; turn++) await yieldToEventLoop();
    } while (this.#holds > 0);
  }

  /**
   * Moves time to the next sleeper's moment, wakes everybody who is due then, in the order of their
   * due times, and lets what they start settle.
   * @throws {Error} if those who are woken are due again at once, without end
   */
  async jump(): Promise<void> {
    const { nextMs } = this;
    this.#wakeUpsAtOnce = nextMs > this.#nowMs ? 0 : this.#wakeUpsAtOnce + 1;
    if (this.#wakeUpsAtOnce > MOST_WAKE_UPS_AT_ONCE) {
      throw new Error(`Time stands still at ${nextMs}`);
    }
    if (nextMs < Infinity) this.moveTo(nextMs);
    this.#wakeDue();
    await this.settle();
  }

  /** Says another time from now on, if it is a later one, and wakes nobody. */
  protected moveTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** As {@link moveTo}, by so many ms. */
  protected moveBy(ms: number): void {
    this.moveTo(this.#nowMs + ms);
  }

  /** Not those who only come by it, lest two who call each other at once go on for ever. */
  #wakeDue(): void {
    const last = this.#sleepers.add(this.#nowMs, () => {});
    for (
      let sleeper = this.#sleepers.takeDue(this.#nowMs);
      sleeper !== undefined && sleeper !== last;
      sleeper = this.#sleepers.takeDue(this.#nowMs)
    ) sleeper.wake();
  }
}
