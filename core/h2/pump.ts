/**
 * Moves the bytes of a protocol: what comes is handed to it, what it has to say is written, one write at
 * a time; while that is under way more is gathered. One promise for each read and each write and none
 * for what is in them. Knows nothing of frames.
 * @module
 */

import { asError } from "../errors.ts";
import { type Clock, yieldToEventLoop } from "../load/clock.ts";
import type { ByteConnection } from "../net/byte_connection.ts";

/** What is driven. None of its methods throws. */
export interface PumpedProtocol {
  /** The memory is read into again after the call. */
  receive(bytes: Uint8Array): void;
  /** No more bytes come or go: the end of what the peer sends, or this error. */
  onTransportEnd(error: Error | undefined): void;
  /** Writes what is to be sent now; returns how many bytes. */
  fill(into: Uint8Array): number;
  /** The bytes of the last `fill` have been handed to the system. */
  onWritten(): void;
  /** Once nothing is left to be written the connection is to be closed. */
  readonly isOver: boolean;
  /** What the peer still sends is read for a while then, so that it can read what was written last. */
  readonly lingers: boolean;
  /** The connection is closed. */
  onClosed(): void;
}

/** A TLS read of Deno gives one record at most, and a record has no more. */
const READ_BYTES = 16_384;
/** As much as Deno's `TlsConn.write` takes at a time: it has room for four records. */
const GATHER_BYTES = 65_536;
/** Memory for gathering is in use during writes only, so a few pieces do for many idle connections. */
const MOST_SPARE_BUFFERS = 64;
/**
 * Reads and writes may end at once, each with a promise that is settled, and no timer is looked at in
 * between, for seconds: so after so many bytes' worth of them (half a MiB) the event loop has its turn.
 */
const READS_A_TURN = 32;
const WRITES_A_TURN = 8;
/** How long a peer may take to read what is written last, and to end its side. Go: 1 s. */
const LINGER_MS = 1_000;

const spareBuffers: Uint8Array[] = [];

export class Pump {
  /** Resolves once the connection is closed. Never rejects. */
  readonly finished: Promise<void>;
  readonly #conn: ByteConnection;
  readonly #protocol: PumpedProtocol;
  readonly #clock: Clock;
  readonly #resolveFinished: () => void;
  #isWriting = false;
  #isFlushDue = false;
  #isReadOver = false;
  #isWriteEnded = false;
  #isEndTold = false;
  #isClosed = false;
  /** Nothing can be written any more. */
  #writeError: Error | undefined;
  #cancelDeadline: (() => void) | undefined;

  constructor(conn: ByteConnection, protocol: PumpedProtocol, clock: Clock) {
    this.#conn = conn;
    this.#protocol = protocol;
    this.#clock = clock;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#resolveFinished = resolve;
  }

  start(): void {
    void this.#readAll();
    this.wake();
  }

  /** There is something to write, or the protocol is over: looked at once in this turn. */
  wake(): void {
    if (this.#isClosed) return;
    if (this.#protocol.isOver) this.#setDeadline();
    if (this.#isFlushDue || this.#isWriting) return;
    this.#isFlushDue = true;
    queueMicrotask(() => this.#flush());
  }

  /** Ends it now, with what waits unwritten. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelDeadline?.();
    try {
      this.#conn.close();
    } catch {
      // It was closed already, by the system.
    }
    this.#tellEnd(this.#writeError);
    this.#protocol.onClosed();
    this.#resolveFinished();
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (let reads = 1;; reads++) {
        if (reads % READS_A_TURN === 0) await yieldToEventLoop();
        const count = await this.#conn.read(buffer);
        if (this.#isClosed) return;
        if (count === null) break;
        this.#protocol.receive(count === READ_BYTES ? buffer : buffer.subarray(0, count));
        this.#flush();
      }
      this.#endReading(undefined);
    } catch (error) {
      this.#endReading(asError(error));
    }
  }

  #endReading(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isReadOver = true;
    this.#tellEnd(error);
    if (this.#writeError === undefined) this.#flush();
    else this.close();
  }

  #tellEnd(error: Error | undefined): void {
    if (this.#isEndTold) return;
    this.#isEndTold = true;
    this.#protocol.onTransportEnd(error);
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#isClosed) return;
    if (this.#protocol.isOver) this.#setDeadline();
    if (this.#isWriting) return;
    const buffer = spareBuffers.pop() ?? new Uint8Array(GATHER_BYTES);
    const count = this.#protocol.fill(buffer);
    if (count > 0) {
      this.#isWriting = true;
      void this.#writeAll(buffer, count);
      return;
    }
    keepBuffer(buffer);
    if (this.#protocol.isOver) this.#onAllWritten();
  }

  async #writeAll(buffer: Uint8Array, firstBytes: number): Promise<void> {
    try {
      for (let bytes = firstBytes, writes = 1; bytes > 0; bytes = this.#protocol.fill(buffer)) {
        for (let at = 0; at < bytes;) {
          at += await this.#conn.write(buffer.subarray(at, bytes));
        }
        if (this.#isClosed) return;
        this.#protocol.onWritten();
        if (writes++ % WRITES_A_TURN === 0) await yieldToEventLoop();
        if (this.#isClosed) return;
      }
      keepBuffer(buffer);
      this.#isWriting = false;
      if (this.#protocol.isOver) this.#flush();
    } catch (error) {
      this.#onWriteFailure(asError(error));
    }
  }

  /** Why is often in what the peer has sent before, such as GOAWAY: that is read first. */
  #onWriteFailure(error: Error): void {
    if (this.#isClosed) return;
    this.#writeError = error;
    if (this.#isReadOver) this.close();
    else this.#setDeadline();
  }

  /** The peer is told that this was all: else it could not tell it from a cut. */
  #onAllWritten(): void {
    if (this.#isReadOver) return this.close();
    if (this.#isWriteEnded) return;
    this.#isWriteEnded = true;
    const closed = this.#conn.closeWrite?.() ?? Promise.resolve();
    const next = () => {
      if (this.#isReadOver || !this.#protocol.lingers) this.close();
    };
    closed.then(next, next);
  }

  #setDeadline(): void {
    this.#cancelDeadline ??= this.#clock.callAt(
      this.#clock.now() + LINGER_MS,
      () => this.close(),
    );
  }
}

function keepBuffer(buffer: Uint8Array): void {
  if (spareBuffers.length < MOST_SPARE_BUFFERS) spareBuffers.push(buffer);
}
