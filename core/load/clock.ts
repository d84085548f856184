/**
 * What time is it, and who waits until when? The only file that reads the system's clocks or sets
 * its timers; it decides nothing about the load.
 * @module
 */

import { AbortGroups } from "./abort_groups.ts";
import { type FineSleep, fineSleep } from "./fine_sleep.ts";
import { TimerHeap } from "./timer_heap.ts";

/** Time as a parameter: the system's ({@link SystemClock}), or a test's. */
export interface Clock {
  /** Monotonic time in ms with a fraction, from an arbitrary zero. Never goes back. */
  now(): number;
  /** The calendar time, for time stamps that others read. May jump. */
  wallNow(): Date;
  /**
   * Resolves when `now() >= atMs` (never before), or as soon as the signal aborts. Never rejects,
   * so the caller looks at the signal itself. A time in the past resolves at once and does not
   * yield to the event loop. `Infinity` waits for the signal alone.
   *
   * A pending sleep keeps the process alive, and so must not outlive the work that it paces: give
   * every long sleep a signal that its owner aborts when it ends.
   */
  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back once when `now() >= atMs`, never at once, unless the returned function is called
   * before; `Infinity`: never. For limits of what ends thousands of times a second: without the
   * promise, the signal and its abort of a sleep it costs a twentieth of one. Keeps the process alive
   * as well.
   */
  callAt(atMs: number, callback: () => void): () => void;
}

/**
 * Resolves after the event loop has looked at its sockets and timers once. Awaiting what is already
 * settled does not let it, so a loop that may never really wait must await this (about 2 us).
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Timers beyond 2^31 - 1 ms fire at once; such a sleep is made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A timer is late by no more, on an idle machine. */
const TIMER_LAG_MS = 2.2;
/** What is left of a wait once a timer has fired too early for it. */
const FINE_MS = 1;
/** Sleepers that are due closer to each other wake together: a wake-up takes CPU time. */
const LEAST_SLEEP_MS = 0.5;

/**
 * The clocks of this machine. JavaScript timers are millisecond-grained and thousands of them are
 * dear, so all sleepers share one pending timer, set for the earliest; each wake-up resolves every
 * sleeper that is due by then.
 */
export class SystemClock implements Clock {
  readonly #fineSleep: FineSleep | undefined;
  readonly #sleepers = new TimerHeap();
  readonly #aborts = new AbortGroups();
  /** The pending timer, and the time that it was set for; undefined and Infinity when none is. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerForMs = Infinity;
  /** The fine sleep that counts; those before it have been overtaken. */
  #fineSleeps = 0;

  /** @param options.fineSleep for the last of a wait: sleepers are late by 0.1 ms and not by 2 */
  constructor(options: { readonly fineSleep?: FineSleep | undefined } = {}) {
    this.#fineSleep = options.fineSleep;
  }

  now(): number {
    return performance.now();
  }

  wallNow(): Date {
    return new Date();
  }

  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
    if (!(atMs > this.now()) || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const onAbort = () => {
        this.#sleepers.remove(sleeper);
        this.#setTimer();
        resolve();
      };
      const sleeper = this.#sleepers.add(atMs, () => {
        if (signal !== undefined) this.#aborts.remove(signal, onAbort);
        resolve();
      });
      if (signal !== undefined) this.#aborts.add(signal, onAbort);
      this.#setTimer();
    });
  }

  callAt(atMs: number, callback: () => void): () => void {
    const sleeper = this.#sleepers.add(atMs, callback);
    this.#setTimer();
    return () => {
      if (this.#sleepers.remove(sleeper)) this.#setTimer();
    };
  }

  /**
   * Makes the one pending timer fit the earliest sleeper. One that fires too early, as the sleeper it
   * was set for is gone, finds nobody due and is set anew: that is rare, and sleepers go often.
   */
  #setTimer(): void {
    const { earliestMs } = this.#sleepers;
    const nowMs = this.now();
    const wakeMs = this.#fineSleep ? Math.max(earliestMs, nowMs + LEAST_SLEEP_MS) : earliestMs;
    const isInTime = wakeMs >= this.#timerForMs;
    if (isInTime && (wakeMs < Infinity || this.#timerForMs === Infinity)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#fineSleeps++;
    this.#timerForMs = wakeMs;
    if (wakeMs === Infinity) return;
    const waitMs = Math.min(LONGEST_TIMER_MS, wakeMs - nowMs);
    if (this.#fineSleep === undefined) {
      // Rounded up, because a timer for a fraction fires at the whole millisecond before it.
      this.#timer = setTimeout(() => this.#wakeDue(), Math.max(0, Math.ceil(waitMs)));
    } else if (waitMs > FINE_MS + TIMER_LAG_MS) {
      this.#timer = setTimeout(() => this.#wakeDue(), Math.floor(waitMs - TIMER_LAG_MS));
    } else {
      this.#sleepFinely(this.#fineSleep, waitMs);
    }
  }

  #sleepFinely(fineSleep: FineSleep, waitMs: number): void {
    const sleep = ++this.#fineSleeps;
    void fineSleep(Math.round(waitMs * 1_000)).then(() => {
      if (sleep === this.#fineSleeps) this.#wakeDue();
    });
  }

  #wakeDue(): void {
    this.#timer = undefined;
    this.#timerForMs = Infinity;
    const nowMs = this.now();
    for (
      let sleeper = this.#sleepers.takeDue(nowMs);
      sleeper !== undefined;
      sleeper = this.#sleepers.takeDue(nowMs)
    ) sleeper.wake();
    this.#setTimer();
  }
}

/** The same clock, whose sleepers wake 2 ms less late where the system can; another is left as it is. */
export function withFineSleeps(clock: Clock): Clock {
  return clock instanceof SystemClock ? new SystemClock({ fineSleep: fineSleep() }) : clock;
}
