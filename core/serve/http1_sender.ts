/**
 * How do the bytes of an answer get onto an HTTP/1.1 connection? Asks its body for no more than the
 * connection takes; what comes together leaves in one write.
 * @module
 */

import { Buffer } from "node:buffer";
import type { BodySource } from "../body_source.ts";
import { type ByteConnection, writeAll } from "../net/byte_connection.ts";
import type { Framing } from "./http1_answer.ts";

/** Of what is gathered for one write; at first as much as a head and a block or two need. */
const FIRST_GATHER_BYTES = 2_048;
const MOST_GATHER_BYTES = 65_536;
const LINE_END = "\r\n";
const LAST_CHUNK = "0\r\n\r\n";
/** Around a piece and after it: a size of up to 5 hex digits, two line ends, the last chunk. */
const FRAME_BYTES = 5 + 2 * LINE_END.length + LAST_CHUNK.length;
/** With less room than that left, what is gathered is sent first. */
const LEAST_PIECE_BYTES = 512;

/** Sends one answer after the other over one connection. */
export class Http1Sender {
  readonly #conn: ByteConnection;
  #gathered = Buffer.alloc(FIRST_GATHER_BYTES);
  #length = 0;
  #isWoken = false;
  #resume: (() => void) | undefined;
  #isStopped = false;

  constructor(conn: ByteConnection) {
    this.#conn = conn;
  }

  /**
   * A head, with a body that is there or without any.
   * @returns whether the connection took all of it
   */
  async sendWhole(head: string, body?: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(head, "latin1");
    return await this.#write(body === undefined ? bytes : Buffer.concat([bytes, body]));
  }

  /**
   * Head and body; waits for the body wherever it has nothing yet.
   * @returns whether the connection took all of it
   * @throws {RangeError} for a body that is shorter or longer than its length
   * @throws what the body throws
   */
  async sendBody(head: string, source: BodySource, framing: Framing): Promise<boolean> {
    this.#reserve(head.length);
    this.#append(head);
    source.start?.(() => this.#wake());
    let left = framing.kind === "length" ? framing.bytes : Infinity;
    while (!this.#isStopped) {
      this.#isWoken = false;
      const piece = source.next(Math.min(left, this.#room));
      if (piece === null) return await this.#end(framing, left);
      if (piece !== undefined) {
        if (piece.length === 0) throw new RangeError("A body goes on after its length");
        left -= piece.length;
        this.#frame(piece, framing);
        if (this.#length < MOST_GATHER_BYTES - LEAST_PIECE_BYTES) continue;
      }
      if (this.#length > 0) await this.#flush();
      else if (!this.#isWoken) await new Promise<void>((resolve) => this.#resume = resolve);
    }
    return false;
  }

  /** Ends the wait for a body: it was given up. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  #wake(): void {
    this.#isWoken = true;
    this.#resume?.();
  }

  async #end(framing: Framing, left: number): Promise<boolean> {
    if (framing.kind === "length" && left > 0) {
      throw new RangeError(`A body ended ${left} bytes before its length`);
    }
    if (framing.kind === "chunked") this.#append(LAST_CHUNK);
    if (this.#length > 0) await this.#flush();
    return !this.#isStopped;
  }

  get #room(): number {
    return Math.max(LEAST_PIECE_BYTES, MOST_GATHER_BYTES - this.#length);
  }

  #frame(piece: Uint8Array, framing: Framing): void {
    this.#reserve(piece.length);
    const isChunk = framing.kind === "chunked";
    if (isChunk) this.#append(piece.length.toString(16) + LINE_END);
    this.#gathered.set(piece, this.#length);
    this.#length += piece.length;
    if (isChunk) this.#append(LINE_END);
  }

  #append(text: string): void {
    this.#length += this.#gathered.write(text, this.#length, "latin1");
  }

  async #flush(): Promise<void> {
    await this.#write(this.#gathered.subarray(0, this.#length));
    this.#length = 0;
  }

  /** What fails is told as the end that it is: nothing more can be sent. */
  async #write(bytes: Uint8Array): Promise<boolean> {
    await writeAll(this.#conn, bytes).catch(() => this.stop());
    return !this.#isStopped;
  }

  /** Room for so many bytes more, and for the frame around them. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes + FRAME_BYTES;
    if (needed <= this.#gathered.length) return;
    const larger = Buffer.alloc(Math.max(needed, 2 * this.#gathered.length));
    larger.set(this.#gathered.subarray(0, this.#length));
    this.#gathered = larger;
  }
}
