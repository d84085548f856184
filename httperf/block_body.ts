/**
 * How do the blocks of one response get to the wire in time, at any speed of the reader? It makes a
 * chunk only when the connection asks for one. Never counts and never logs.
 * @module
 */

import type { BodySource } from "../core/body_source.ts";
import type { Clock } from "../core/load/clock.ts";
import { blockSlice, type BlocksRequest, SLICE_BYTES } from "./blocks.ts";
import { BlockSchedule, type FlushMode } from "./block_schedule.ts";

/** Blocks up to this size are sent from a prepared run of them, several to a chunk. */
const PATTERN_BYTES = 64 * 1024;
/** Prepared runs that are kept for the next response of the same size: 4 MiB at most. */
const MAX_PATTERNS = 64;

/**
 * Makes the chunks of bodies without allocating any: all of them are views of a few buffers that
 * nobody writes to.
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

/** What all bodies of a server have in common. */
interface BlockBodyOptions {
  readonly clock: Clock;
  readonly flush: FlushMode;
  readonly chunks: BlockChunks;
}

/**
 * One response body on its way. The schedule starts when it is made. Between two blocks it costs one
 * place among the sleepers of the clock, who share one timer.
 */
export class BlockBody implements BodySource {
  readonly #request: BlocksRequest;
  readonly #options: BlockBodyOptions;
  readonly #schedule: BlockSchedule;
  readonly #onBytes: (bytes: number) => void;
  #wake: (() => void) | undefined;
  /** Ends the wait for what comes next. */
  #stopWaiting: (() => void) | undefined;
  #sentBytes = 0;
  #isEnded = false;

  /** @param onBytes called with the size of each chunk that is handed to the connection */
  constructor(
    request: BlocksRequest,
    options: BlockBodyOptions,
    onBytes: (bytes: number) => void,
  ) {
    this.#request = request;
    this.#options = options;
    this.#onBytes = onBytes;
    this.#schedule = new BlockSchedule(request, {
      flush: options.flush,
      startMs: options.clock.now(),
    });
  }

  /** Bytes handed to the connection so far; some of them may still wait in its buffers. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** True once the connection has been given every byte and the end after it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  start(wake: () => void): void {
    this.#wake = wake;
  }

  next(mostBytes: number): Uint8Array | undefined | null {
    const nowMs = this.#options.clock.now();
    const releasedBytes = this.#schedule.releasedBytes(nowMs);
    if (releasedBytes > this.#sentBytes) return this.#piece(releasedBytes, mostBytes);
    if (this.#sentBytes === this.#schedule.totalBytes && nowMs >= this.#schedule.endMs) {
      this.#isEnded = true;
      return null;
    }
    this.#wait();
    return undefined;
  }

  cancel(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  #piece(releasedBytes: number, mostBytes: number): Uint8Array {
    if (mostBytes === 0) return NOTHING;
    const toByte = Math.min(releasedBytes, this.#sentBytes + mostBytes);
    const piece = this.#options.chunks.next(this.#request.sizeBytes, this.#sentBytes, toByte);
    this.#sentBytes += piece.length;
    this.#onBytes(piece.length);
    return piece;
  }

  #wait(): void {
    if (this.#stopWaiting !== undefined) return;
    const wakeMs = this.#schedule.nextReleaseMs(this.#sentBytes);
    this.#stopWaiting = this.#options.clock.callAt(wakeMs, () => {
      this.#stopWaiting = undefined;
      this.#wake?.();
    });
  }
}

const NOTHING = new Uint8Array(0);
