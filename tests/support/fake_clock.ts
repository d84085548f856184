/**
 * A clock that stands still until the test moves it, so that no unit test takes real time.
 * @module
 */

import { VirtualClock } from "../../core/load/virtual_clock.ts";

/**
 * `await clock.advance(5_000)` moves time to each sleeper's moment in turn and lets everything that
 * the sleeper started settle before it moves on. Code that sleeps again in that time is woken again
 * within the same advance.
 */
export class FakeClock extends VirtualClock {
  /** Moves time forward by `ms`, step by step; with 0 it only lets things settle. */
  async advance(ms: number): Promise<void> {
    const endMs = this.now() + ms;
    await this.settle();
    while (this.nextMs <= endMs) await this.jump();
    this.moveTo(endMs);
    // Code that looked at the time only now must see its end too.
    await this.settle();
  }

  /**
   * Moves time without waking anybody, as a busy event loop or a suspended machine does. The next
   * `advance` wakes everyone who has become due meanwhile in one go.
   */
  stall(ms: number): void {
    this.moveBy(ms);
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
