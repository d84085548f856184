/**
 * A clock that stands still until the test moves it, so that no unit test takes real time.
 * @module
 */

import { setImmediate } from "node:timers/promises";
import { AbortGroups } from "../../core/load/abort_groups.ts";
import type { Clock } from "../../core/load/clock.ts";
import { TimerHeap } from "../../core/load/timer_heap.ts";

/** Macrotask turns after each wake-up: enough for chains that themselves pass through a few. */
const SETTLE_TURNS = 8;
/** Wake-ups at one and the same time before the test is said to spin. */
const MOST_WAKE_UPS_AT_ONCE = 100_000;

/**
 * `await clock.advance(5_000)` moves time to each sleeper's moment in turn and lets everything that
 * the sleeper started settle before it moves on. Code that sleeps again in that time is woken again
 * within the same advance.
 */
export class FakeClock implements Clock {
  readonly #sleepers = new TimerHeap();
  readonly #aborts = new AbortGroups();
  readonly #wallStartMs: number;
  readonly #startMs: number;
  #nowMs: number;

  /** @param startMs what `now()` says at first */
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
    const sleeper = this.#sleepers.add(atMs, callback);
    return () => void this.#sleepers.remove(sleeper);
  }

  /** Moves time forward by `ms`, step by step; with 0 it only lets things settle. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    let wakeUpsAtOnce = 0;
    await this.settle();
    while (this.#sleepers.earliestMs <= endMs) {
      const stepMs = this.#sleepers.earliestMs;
      wakeUpsAtOnce = stepMs > this.#nowMs ? 0 : wakeUpsAtOnce + 1;
      if (wakeUpsAtOnce > MOST_WAKE_UPS_AT_ONCE) throw new Error(`Time stands still at ${stepMs}`);
      this.#nowMs = Math.max(this.#nowMs, stepMs);
      this.#wakeDue();
      await this.settle();
    }
    this.#nowMs = endMs;
    // Code that looked at the time only now must see its end too.
    await this.settle();
  }

  /**
   * Moves time without waking anybody, as a busy event loop or a suspended machine does. The next
   * `advance` wakes everyone who has become due meanwhile in one go.
   */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets everything that can run without time passing run. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) await setImmediate();
  }

  #wakeDue(): void {
    for (
      let sleeper = this.#sleepers.takeDue(this.#nowMs);
      sleeper !== undefined;
      sleeper = this.#sleepers.takeDue(this.#nowMs)
    ) sleeper.wake();
  }
}

/**
 * A clock on which a pause takes no time: whoever pauses moves it, and goes on. A sleep that can be
 * ended has no other end, lest what looks at something every second does so for ever at once.
 */
export class JumpingClock extends FakeClock {
  override sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
    if (signal !== undefined) return super.sleepUntil(Infinity, signal);
    if (atMs > this.now()) this.stall(atMs - this.now());
    return Promise.resolve();
  }

  override callAt(_atMs: number, callback: () => void): () => void {
    return super.callAt(Infinity, callback);
  }
}
