/**
 * How do the blocks of one response get to the wire in time, at any speed of the reader? A pull-based
 * stream that makes a chunk only when the connection asks for one. Never counts and never logs.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import { blockSlice, type BlocksRequest, SLICE_BYTES } from "./blocks.ts";
import { BlockSchedule, type FlushMode } from "./block_schedule.ts";

/** Blocks up to this size are sent from a prepared run of them, several to a chunk. */
const PATTERN_BYTES = 64 * 1024;
/** Prepared runs that are kept for the next response of the same size: 4 MiB at most. */
const MAX_PATTERNS = 64;

/**
 * Makes the chunks of bodies without allocating any: all of them are views of a few buffers that
 * nobody writes to. `Deno.serve` neither copies nor detaches what a default stream (not a byte
 * stream) gives it, so that 200 slow readers of 1 MiB blocks hold 60 MB RSS with 1 MiB chunks, where
 * a fresh buffer for each chunk took 470 MB.
 */
export class BlockChunks {
  readonly #patterns = new Map<number, Uint8Array<ArrayBuffer>>();

  /**
   * The body's bytes from `fromByte` on, at least one and at most up to `toByte`. Shared: never
   * write to it. A block over 64 KiB is cut into several chunks of at most 256 KiB.
   */
  next(sizeBytes: number, fromByte: number, toByte: number): Uint8Array<ArrayBuffer> {
    const offset = fromByte % sizeBytes;
    if (sizeBytes <= PATTERN_BYTES) {
      const pattern = this.#patternOf(sizeBytes);
      return pattern.subarray(offset, Math.min(pattern.length, offset + toByte - fromByte));
    }
    const end = Math.min(sizeBytes, offset + SLICE_BYTES, offset + toByte - fromByte);
    // Half of a block that would fit as a whole, as only a slice with one mark is a shared one.
    const isWhole = offset === 0 && end === sizeBytes;
    return blockSlice(sizeBytes, offset, isWhole ? Math.ceil(sizeBytes / 2) : end);
  }

  #patternOf(sizeBytes: number): Uint8Array<ArrayBuffer> {
    const known = this.#patterns.get(sizeBytes);
    if (known !== undefined) return known;
    const block = blockSlice(sizeBytes, 0, sizeBytes);
    const blocks = Math.floor(PATTERN_BYTES / sizeBytes);
    const pattern = new Uint8Array(blocks * sizeBytes);
    for (let index = 0; index < blocks; index++) pattern.set(block, index * sizeBytes);
    const oldest = this.#patterns.keys().next();
    if (this.#patterns.size >= MAX_PATTERNS && !oldest.done) this.#patterns.delete(oldest.value);
    this.#patterns.set(sizeBytes, pattern);
    return pattern;
  }
}

interface BlockBodyOptions {
  readonly clock: Clock;
  readonly flush: FlushMode;
  readonly chunks: BlockChunks;
  /** Called with the size of each chunk that is handed to the connection. */
  readonly onBytes: (bytes: number) => void;
}

/** One response body on its way. The schedule starts when it is made. */
export class BlockBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #request: BlocksRequest;
  readonly #options: BlockBodyOptions;
  readonly #schedule: BlockSchedule;
  /** Aborted when the response is broken off, by either side. */
  readonly #broken = new AbortController();
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #sentBytes = 0;
  #isEnded = false;

  constructor(request: BlocksRequest, options: BlockBodyOptions) {
    this.#request = request;
    this.#options = options;
    this.#schedule = new BlockSchedule(request, {
      flush: options.flush,
      startMs: options.clock.now(),
    });
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#broken.abort(),
    }, { highWaterMark: 0 });
  }

  /** Bytes handed to the connection so far; some of them may still wait in its buffers. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** True once the connection has been given every byte and the end after it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Breaks the response off, so that its reader sees an error and not a short body. */
  cut(reason: Error): void {
    if (this.#isEnded || this.#broken.signal.aborted) return;
    this.#broken.abort();
    this.#controller?.error(reason);
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    const { clock, chunks, onBytes } = this.#options;
    let releasedBytes = this.#schedule.releasedBytes(clock.now());
    if (releasedBytes <= this.#sentBytes) {
      const wakeMs = this.#schedule.nextReleaseMs(this.#sentBytes);
      await clock.sleepUntil(wakeMs, this.#broken.signal);
      if (this.#broken.signal.aborted) return;
      releasedBytes = this.#schedule.releasedBytes(clock.now());
    }
    if (releasedBytes > this.#sentBytes) {
      const chunk = chunks.next(this.#request.sizeBytes, this.#sentBytes, releasedBytes);
      this.#sentBytes += chunk.length;
      controller.enqueue(chunk);
      onBytes(chunk.length);
    }
    const isComplete = this.#sentBytes === this.#schedule.totalBytes;
    if (isComplete && clock.now() >= this.#schedule.endMs) {
      this.#isEnded = true;
      controller.close();
    }
  }
}
