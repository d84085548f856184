/**
 * One answer of blocks as it comes: checks each piece and times each block. Knows no connection, and
 * keeps nothing of what it reads.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import type { Recorder } from "../core/measure/recorder.ts";
import { BlockChecker, type BlocksRequest } from "./blocks.ts";
import type { AnswerReader } from "./connection.ts";

interface BlocksReaderOptions {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** A request moved on, in whatever way. */
  readonly onSign: (atMs: number) => void;
  readonly onBytes: (bytes: number, atMs: number) => void;
}

export class BlocksReader implements AnswerReader {
  readonly #options: BlocksReaderOptions;
  readonly #checker: BlockChecker;
  readonly #timing: BlockTiming;
  /** When the request left. */
  #sentMs: number;
  #waitsFor: number | undefined;
  #pieceMs = 0;
  readonly #onBlock = () => this.#timing.onBlock(this.#pieceMs);

  /** To be made when the request is sent. */
  constructor(request: BlocksRequest, options: BlocksReaderOptions) {
    this.#options = options;
    this.#checker = new BlockChecker(request);
    this.#timing = new BlockTiming(options.recorder, request.periodMs);
    this.#sentMs = options.clock.now();
  }

  /** The server's limit of streams while the request waits for it. */
  get waitsFor(): number | undefined {
    return this.#waitsFor;
  }

  onWait(mostStreams: number): void {
    this.#waitsFor = mostStreams;
  }

  onTurn(): void {
    const { clock, recorder, onSign } = this.#options;
    const atMs = clock.now();
    recorder.observeMs("streamWait", atMs - this.#sentMs, { atMs, sinceMs: this.#sentMs });
    this.#waitsFor = undefined;
    this.#sentMs = atMs;
    onSign(atMs);
  }

  /** @throws {OperationFailedError} for an answer other than 200 */
  onHead(status: number): void {
    if (status === 200) return;
    throw new OperationFailedError(`http-${status}`, `The server answered ${status}`);
  }

  onBytes(piece: Uint8Array): void {
    const { clock, recorder, onSign, onBytes } = this.#options;
    const atMs = this.#pieceMs = clock.now();
    if (this.#checker.bytes === 0) recorder.observeMs("ttfb", atMs - this.#sentMs, { atMs });
    onSign(atMs);
    onBytes(piece.length, atMs);
    this.#checker.push(piece, this.#onBlock);
  }

  /** The answer has ended. @throws {OperationFailedError} if that is not what was asked for */
  end(): void {
    const isShort = this.#checker.fault === undefined;
    const fault = this.#checker.end();
    if (fault === undefined) return;
    throw new OperationFailedError(isShort ? "truncated" : "corrupt", fault);
  }
}

/**
 * How well was the pace of one response kept? Two views of its blocks, both in ms and only for paced responses:
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
