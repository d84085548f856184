/** Has the peer used up what it is allowed? Numbers: {@link import("./limits.ts")}. @module */

import type { Clock } from "../load/clock.ts";
import { ConnectionError } from "./errors.ts";
import type { Allowance, Limits } from "./limits.ts";

/** What is left of an allowance. The clock is looked at only when nothing is. */
class Remainder {
  #left: number;
  #sinceMs: number;

  constructor(readonly allowance: Allowance, readonly clock: Clock) {
    this.#left = allowance.atOnce;
    this.#sinceMs = clock.now();
  }

  /** @returns false if there was none left */
  take(): boolean {
    if (this.#left < 1) this.#addTime();
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  give(count: number): void {
    this.#left = Math.min(this.allowance.atOnce, this.#left + count);
  }

  #addTime(): void {
    const nowMs = this.clock.now();
    this.give((nowMs - this.#sinceMs) / 1_000 * this.allowance.perSec);
    this.#sinceMs = nowMs;
  }
}

/** Each method counts one, and throws if it is one too many. */
export class FloodGuard {
  readonly #resets: Remainder;
  readonly #settings: Remainder;
  readonly #idleFrames: Remainder;

  constructor(readonly limits: Limits, clock: Clock) {
    this.#resets = new Remainder(limits.resets, clock);
    this.#settings = new Remainder(limits.settings, clock);
    this.#idleFrames = new Remainder(limits.idleFrames, clock);
  }

  countSettings(): void {
    if (!this.#settings.take()) throw tooMuch("SETTINGS frames");
  }

  countIdleFrame(): void {
    if (!this.#idleFrames.take()) throw tooMuch("frames that are no part of a message");
  }

  /** Frames of messages have come or gone. */
  countMessageFrames(frames: number): void {
    this.#idleFrames.give(frames * this.limits.idleFramesPerFrame);
  }

  countReset(): void {
    if (!this.#resets.take()) throw tooMuch("streams that were reset");
  }

  countFinishedStream(): void {
    this.#resets.give(1);
  }

  /** @param waiting frames of ours that answer the peer's */
  checkReplies(waiting: number): void {
    if (waiting > this.limits.maxQueuedReplies) {
      throw tooMuch("frames whose answers are not read");
    }
  }
}

function tooMuch(what: string): ConnectionError {
  return new ConnectionError("ENHANCE_YOUR_CALM", `RFC 9113, section 10.5: too many ${what}`);
}
