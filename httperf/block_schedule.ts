/**
 * How much of a response may have left by now, and when does more of it? Pure arithmetic over an
 * absolute schedule: block k is due at start + k * period however late the blocks before it were, so
 * a delay is caught up and never adds up. Never reads a clock.
 * @module
 */

import type { BlocksRequest } from "./blocks.ts";

/**
 * `block`: every block leaves when it is due. `coalesce`: blocks are gathered to bursts of 4096 bytes,
 * as go_httperf does for want of a flush.
 */
export type FlushMode = "block" | "coalesce";

/** The buffer that Go's net/http puts before an HTTP/2 response. */
export const BURST_BYTES = 4096;

/** The schedule of one response. */
export class BlockSchedule {
  /** Size of the whole body. */
  readonly totalBytes: number;
  /**
   * When the response ends, on the clock of `startMs`: one period AFTER the last block is due, as in
   * go_httperf, so that back-to-back requests keep the pace and n blocks take n periods.
   */
  readonly endMs: number;
  readonly #request: BlocksRequest;
  readonly #flush: FlushMode;
  readonly #startMs: number;

  constructor(request: BlocksRequest, options: { flush: FlushMode; startMs: number }) {
    this.#request = request;
    this.#flush = options.flush;
    this.#startMs = options.startMs;
    this.totalBytes = request.sizeBytes * request.count;
    this.endMs = this.#dueMs(request.count);
  }

  /** Bytes of the body that may have been sent by `nowMs`; the first block is due at the start. */
  releasedBytes(nowMs: number): number {
    if (nowMs >= this.endMs) return this.totalBytes;
    const writtenBytes = this.#dueBlocks(nowMs) * this.#request.sizeBytes;
    return this.#isGathered() ? gatheredBytes(writtenBytes) : writtenBytes;
  }

  /** When more than `sentBytes` is released; the end of the response if nothing is before it. */
  nextReleaseMs(sentBytes: number): number {
    const { sizeBytes, count } = this.#request;
    // A full burst leaves when the first byte after it is written.
    const neededBytes = this.#isGathered() ? sentBytes + BURST_BYTES + 1 : sentBytes + 1;
    const block = Math.ceil(neededBytes / sizeBytes) - 1;
    return block < count ? this.#dueMs(block) : this.endMs;
  }

  /** Go's bufio.Writer hands a write that is larger than its empty buffer straight on. */
  #isGathered(): boolean {
    return this.#flush === "coalesce" && this.#request.sizeBytes <= BURST_BYTES;
  }

  #dueMs(block: number): number {
    return this.#startMs + block * this.#request.periodMs;
  }

  /** Blocks k with dueMs(k) <= now, in agreement with `#dueMs` to the last bit of rounding. */
  #dueBlocks(nowMs: number): number {
    const { count, periodMs } = this.#request;
    let due = Math.floor((nowMs - this.#startMs) / periodMs) + 1;
    while (this.#dueMs(due) <= nowMs) due++;
    while (due > 0 && this.#dueMs(due - 1) > nowMs) due--;
    return Math.min(due, count);
  }
}

/** Whole bursts of which at least one further byte has been written. */
function gatheredBytes(writtenBytes: number): number {
  return writtenBytes === 0 ? 0 : Math.floor((writtenBytes - 1) / BURST_BYTES) * BURST_BYTES;
}
