/**
 * One request and its answer on a connection: in which state it is (RFC 9113, section 5.1), its
 * windows and what waits to be sent. Sends nothing itself.
 * @module
 */

import type { StreamFailure } from "./answer_sink.ts";
import type { BodySource } from "../body_source.ts";
import { StreamError } from "./errors.ts";
import type { ReceiveWindow, SendWindow } from "./flow_control.ts";
import type { HeaderField } from "./header_field.ts";

/** Those of the section's figure that a stream has here: without pushes none is ever reserved. */
export type StreamState = "open" | "half-closed (local)" | "half-closed (remote)" | "closed";

/** Who is told what comes on a stream. May throw a StreamError: what came breaks a rule of messages. */
export interface StreamUser {
  /** A field block after the one that began the stream at the server's end. */
  onHeaders(fields: readonly HeaderField[], endStream: boolean): void;
  /** @returns how many of its bytes are kept, and released later */
  onData(piece: Uint8Array): number | void;
  /** The peer's half is over. */
  onEnd(): void;
  /** The stream is over, and was not so by both ends. */
  onFailure(failure: StreamFailure): void;
}

export class Stream {
  state: StreamState = "open";
  /** What is to be sent; undefined: no more. */
  body: BodySource | undefined;
  /** Bytes that the user keeps: of the windows that the peer has not got back. */
  keptBytes = 0;
  /** The fields of its message have come, so that DATA may: RFC 9113, section 8.1. */
  hasHead = false;
  /** What is left of the peer's content-length; -1 if there was none. */
  #expectedBytes = -1;

  // Of the queue of those that can send: core/h2/data_output.ts.
  next: Stream | undefined;
  isQueued = false;
  hasStarted = false;
  /** By the clock, since when its window has nothing left for bytes that are ready; or undefined. */
  stalledSinceMs: number | undefined;
  /** Its window is in the list of those to give back. */
  isOwing = false;

  constructor(
    readonly id: number,
    readonly user: StreamUser,
    readonly sendWindow: SendWindow,
    readonly receiveWindow: ReceiveWindow,
  ) {}

  /** The peer may still send HEADERS and DATA. */
  get mayReceive(): boolean {
    return this.state === "open" || this.state === "half-closed (local)";
  }

  /** This end may still send HEADERS and DATA. */
  get maySend(): boolean {
    return this.state === "open" || this.state === "half-closed (remote)";
  }

  /** END_STREAM was sent. */
  endLocal(): void {
    this.state = this.state === "open" ? "half-closed (local)" : "closed";
  }

  /** END_STREAM has come. */
  endRemote(): void {
    // RFC 9113, section 8.1.1: a body of another length than its content-length is malformed.
    if (this.#expectedBytes > 0) {
      throw this.#wrongLength(`${this.#expectedBytes} bytes fewer came`);
    }
    this.state = this.state === "open" ? "half-closed (remote)" : "closed";
  }

  /** The peer's content-length. */
  expectBody(bytes: number): void {
    this.#expectedBytes = bytes;
  }

  /** So many bytes of body have come. */
  countBody(bytes: number): void {
    if (this.#expectedBytes < 0) return;
    this.#expectedBytes -= bytes;
    if (this.#expectedBytes < 0) throw this.#wrongLength("more bytes came");
  }

  #wrongLength(what: string): StreamError {
    const rule = `RFC 9113, section 8.1.1: a body is as long as its content-length, but ${what}`;
    return new StreamError(this.id, "PROTOCOL_ERROR", rule);
  }
}
