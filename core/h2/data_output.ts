/**
 * Bodies on their way out: which stream sends next, and how much. Streams that have bytes take turns of
 * one frame each; one that has none, or no window, is not in the queue until that changes, so that
 * idle streams cost nothing. RFC 9113, sections 5.2 and 6.1.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import type { BodySource } from "../body_source.ts";
import type { FloodGuard } from "./flood_guard.ts";
import { SendWindow } from "./flow_control.ts";
import { writeDataHead } from "./frame/data.ts";
import { FRAME, FRAME_HEAD_BYTES } from "./frame/frame_head.ts";
import { INITIAL_SETTINGS } from "./settings.ts";
import { StallMeter } from "./stall_meter.ts";
import type { Stream } from "./stream.ts";
import type { TrafficCounts } from "./traffic_counts.ts";

/**
 * A frame, with its head, fills one TLS record (RFC 8446, section 5.1: 2^14 bytes): so a read of the
 * peer's that gives one record gives one frame. Every peer takes as much (RFC 9113, section 4.2), and
 * larger frames gain nothing.
 */
const RECORD_BYTES = 16_384;
const MOST_PAYLOAD_BYTES = RECORD_BYTES - FRAME_HEAD_BYTES;
/** At the end of the buffer a frame is made smaller to fill it, but not smaller than this. */
const LEAST_ROOM_BYTES = 1_024;

export interface DataOutputOwner {
  /** There is something to send. */
  onOutput(): void;
  /** The last frame of a stream's body is written. */
  onBodySent(stream: Stream): void;
  /** A source has failed, or does not keep to its interface. */
  onBodyFailure(stream: Stream, error: unknown): void;
  /** Whether other frames wait, which go before. */
  readonly hasControlOutput: boolean;
}

export interface DataOutputOptions {
  readonly clock: Clock;
  readonly counts: TrafficCounts;
  readonly guard: FloodGuard;
  readonly owner: DataOutputOwner;
}

export class DataOutput {
  /** The connection's. */
  readonly window = new SendWindow(INITIAL_SETTINGS.initialWindowBytes);
  readonly streamStalls = new StallMeter();
  readonly connectionStalls = new StallMeter();
  #first: Stream | undefined;
  #last: Stream | undefined;
  /** Those that wait for the connection's window only. */
  #blocked = new Set<Stream>();
  #blockedSinceMs = 0;
  /** Of the body that was asked last. */
  #rest: "there" | "later" | "none" = "later";

  readonly #clock: Clock;
  readonly #counts: TrafficCounts;
  readonly #guard: FloodGuard;
  readonly #owner: DataOutputOwner;

  constructor({ clock, counts, guard, owner }: DataOutputOptions) {
    this.#clock = clock;
    this.#counts = counts;
    this.#guard = guard;
    this.#owner = owner;
  }

  start(stream: Stream, body: BodySource): void {
    stream.body = body;
    this.#enqueue(stream);
  }

  /** Nothing more of it is sent; its source is given up if it has not ended. */
  drop(stream: Stream): void {
    const { body } = stream;
    stream.body = undefined;
    this.#endStall(stream);
    if (this.#blocked.delete(stream)) this.#endBlockIfNone();
    body?.cancel?.();
  }

  /** The stream's window has changed. */
  onStreamWindow(stream: Stream): void {
    if (stream.stalledSinceMs === undefined || stream.sendWindow.bytes <= 0) return;
    this.#endStall(stream);
    this.#enqueue(stream);
  }

  /** The connection's window has changed. */
  onConnectionWindow(): void {
    if (this.window.bytes <= 0 || this.#blocked.size === 0) return;
    const blocked = [...this.#blocked];
    this.#blocked.clear();
    this.#endBlockIfNone();
    for (const stream of blocked) {
      stream.isQueued = false;
      this.#enqueue(stream);
    }
  }

  /**
   * Writes frames from `at` on; returns where they end.
   * @param into of 1,024 bytes at least, or nothing is ever written
   */
  fill(into: Uint8Array, at: number): number {
    let end = at;
    while (
      this.#first !== undefined && into.length - end >= LEAST_ROOM_BYTES &&
      !this.#owner.hasControlOutput
    ) {
      const stream = this.#dequeue(this.#first);
      if (stream.body !== undefined) end = this.#writeFrame(stream, stream.body, into, end);
    }
    return end;
  }

  #writeFrame(stream: Stream, body: BodySource, into: Uint8Array, at: number): number {
    const from = at + FRAME_HEAD_BYTES;
    let end: number;
    try {
      this.#startSource(stream, body);
      end = this.#gather(body, into, from, from + this.#mostBytes(stream, into.length - from));
    } catch (error) {
      if (stream.body !== undefined) this.#owner.onBodyFailure(stream, error);
      return at;
    }
    // The source may have given its stream up.
    if (stream.body === undefined) return at;
    const lengthBytes = end - from;
    const endStream = this.#rest === "none";
    const isFrame = lengthBytes > 0 || endStream;
    if (isFrame) this.#writeHead(stream, into, at, { streamId: stream.id, lengthBytes, endStream });
    if (endStream) this.#endBody(stream);
    else if (this.#rest === "there") this.#awaitTurn(stream);
    return isFrame ? end : at;
  }

  #mostBytes(stream: Stream, roomBytes: number): number {
    const windowBytes = Math.min(stream.sendWindow.bytes, this.window.bytes);
    return Math.max(0, Math.min(windowBytes, MOST_PAYLOAD_BYTES, roomBytes));
  }

  /** Copies what a body has now; returns where it ends, and leaves in `#rest` what is to come. */
  #gather(body: BodySource, into: Uint8Array, from: number, to: number): number {
    let end = from;
    for (;;) {
      const piece = nextPiece(body, to - end);
      this.#rest = piece === null ? "none" : piece === undefined ? "later" : "there";
      if (!piece || piece.length === 0) return end;
      into.set(piece, end);
      end += piece.length;
    }
  }

  #writeHead(
    stream: Stream,
    into: Uint8Array,
    at: number,
    head: { streamId: number; lengthBytes: number; endStream: boolean },
  ): void {
    writeDataHead(into, at, head);
    stream.sendWindow.bytes -= head.lengthBytes;
    this.window.bytes -= head.lengthBytes;
    this.#counts.countFrame(FRAME.DATA);
    this.#guard.countMessageFrames(1);
  }

  #startSource(stream: Stream, body: BodySource): void {
    if (stream.hasStarted) return;
    stream.hasStarted = true;
    body.start?.(() => this.#wake(stream));
  }

  /** There are bytes left: now it depends on windows. */
  #awaitTurn(stream: Stream): void {
    if (stream.sendWindow.bytes <= 0) {
      stream.stalledSinceMs = this.#clock.now();
      this.streamStalls.begin(stream.stalledSinceMs);
    } else if (this.window.bytes <= 0) {
      if (this.#blocked.size === 0) {
        this.#blockedSinceMs = this.#clock.now();
        this.connectionStalls.begin(this.#blockedSinceMs);
      }
      stream.isQueued = true;
      this.#blocked.add(stream);
    } else {
      this.#enqueue(stream);
    }
  }

  #endBody(stream: Stream): void {
    stream.body = undefined;
    this.#owner.onBodySent(stream);
  }

  /** The connection's window holds up those that wait for it, and so nothing once they are gone. */
  #endBlockIfNone(): void {
    if (this.#blocked.size > 0) return;
    this.connectionStalls.end(this.#blockedSinceMs, this.#clock.now());
  }

  #endStall(stream: Stream): void {
    if (stream.stalledSinceMs === undefined) return;
    this.streamStalls.end(stream.stalledSinceMs, this.#clock.now());
    stream.stalledSinceMs = undefined;
  }

  /** Its source has bytes again. */
  #wake(stream: Stream): void {
    if (stream.body === undefined || stream.stalledSinceMs !== undefined) return;
    this.#enqueue(stream);
  }

  #enqueue(stream: Stream): void {
    if (stream.isQueued) return;
    stream.isQueued = true;
    if (this.#last === undefined) this.#first = stream;
    else this.#last.next = stream;
    this.#last = stream;
    this.#owner.onOutput();
  }

  #dequeue(stream: Stream): Stream {
    this.#first = stream.next;
    if (this.#first === undefined) this.#last = undefined;
    stream.next = undefined;
    stream.isQueued = false;
    return stream;
  }
}

/** @throws if the source does not keep to its interface */
function nextPiece(body: BodySource, mostBytes: number): Uint8Array | undefined | null {
  const piece = body.next(mostBytes);
  if (!piece) return piece;
  if (piece.length > mostBytes) {
    throw new RangeError(`a body gave ${piece.length} bytes where at most ${mostBytes} were asked`);
  }
  if (piece.length === 0 && mostBytes > 0) throw new RangeError("a body gave an empty piece");
  return piece;
}
