/**
 * How well was the pace of one response kept? Takes the arrival of each block and records how far it
 * was from where it should have been.
 * @module
 */

import type { Recorder } from "../core/measure/recorder.ts";

/**
 * Two views of the same blocks, both in ms and only for paced responses:
 * - `gapError`: |time since the block before - period|, whichever way; unevenness, iperf's jitter;
 * - `blockLag`: arrival - (arrival of the first block + k * period), negative when early; drift.
 */
export class BlockTiming {
  #firstMs: number | undefined;
  #previousMs = 0;
  #count = 0;

  constructor(readonly recorder: Recorder, readonly periodMs: number) {}

  /** The next block is complete. */
  onBlock(atMs: number): void {
    if (this.periodMs <= 0) return;
    if (this.#firstMs === undefined) {
      this.#firstMs = atMs;
    } else {
      this.recorder.observeMs("gapError", Math.abs(atMs - this.#previousMs - this.periodMs), {
        atMs,
        // Too short a gap is one that was late before: what held up the block before counts too.
        sinceMs: this.#previousMs - this.periodMs,
      });
      this.recorder.observeMs("blockLag", atMs - this.#firstMs - this.#count * this.periodMs, {
        atMs,
      });
    }
    this.#previousMs = atMs;
    this.#count++;
  }
}
