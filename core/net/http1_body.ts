/**
 * Where does the body of an HTTP/1.1 answer end? Takes bytes as they come, keeps the first of them,
 * and says when the message is over. Never reads a socket.
 * Source: RFC 9112, sections 6 (message body) and 7.1 (chunked coding).
 * @module
 */

import { Buffer } from "node:buffer";
import { OperationFailedError } from "../errors.ts";

/** No chunk's size with its extensions, nor a trailer field, is longer. */
const MOST_LINE_BYTES = 8_192;
const LINE_FEED = 10;

/** Told a piece of a body as it comes, without its framing; the bytes are good until it returns. */
export type OnPiece = (bytes: Uint8Array) => void;

/** The body of one answer, as far as it has come. */
export abstract class Http1Body {
  readonly #most: number;
  readonly #onPiece: OnPiece | undefined;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  /** How many have come, without the framing. */
  bytes = 0;

  /** @param mostKept how many bytes of it {@link head} keeps */
  constructor(mostKept: number, onPiece?: OnPiece) {
    this.#most = mostKept;
    this.#onPiece = onPiece;
  }

  /** Whether the message is over by what has come. */
  abstract get isOver(): boolean;
  /** Whether the end of the connection is an end of this message, too. */
  readonly endsWithConnection: boolean = false;

  /**
   * Takes what has come.
   * @returns how many of the bytes belong to this message
   * @throws {OperationFailedError} `protocol`, for framing that is none
   */
  abstract take(bytes: Uint8Array): number;

  /** Its first bytes as text. */
  get head(): string {
    const [only, ...more] = this.#kept;
    const bytes = more.length === 0 ? only : Buffer.concat(this.#kept);
    return bytes?.toString("utf8") ?? "";
  }

  protected keep(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (bytes.length > 0) this.#onPiece?.(bytes);
    if (this.#keptBytes >= this.#most) return;
    // A copy: the bytes are in a buffer that is read into again.
    const kept = Buffer.from(bytes.subarray(0, this.#most - this.#keptBytes));
    this.#keptBytes += kept.length;
    this.#kept.push(kept);
  }
}

/** As many bytes as the Content-Length says. */
export class LengthBody extends Http1Body {
  readonly #length: number;

  constructor(length: number, mostKept: number, onPiece?: OnPiece) {
    super(mostKept, onPiece);
    this.#length = length;
  }

  get isOver(): boolean {
    return this.bytes >= this.#length;
  }

  take(bytes: Uint8Array): number {
    const own = bytes.subarray(0, this.#length - this.bytes);
    this.keep(own);
    return own.length;
  }
}

/** Everything until the server closes the connection. */
export class RestBody extends Http1Body {
  override readonly endsWithConnection = true;

  get isOver(): boolean {
    return false;
  }

  take(bytes: Uint8Array): number {
    this.keep(bytes);
    return bytes.length;
  }
}

/** Chunks with their sizes before them; the trailer after the last one is passed over. */
export class ChunkedBody extends Http1Body {
  #expects: "size" | "data" | "end of chunk" | "trailer" | "nothing" = "size";
  /** Of the chunk's data, still to come. */
  #left = 0;
  #line = "";

  get isOver(): boolean {
    return this.#expects === "nothing";
  }

  take(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.isOver) {
      at += this.#expects === "data" ? this.#data(bytes.subarray(at)) : this.#text(bytes, at);
    }
    return at;
  }

  #data(bytes: Uint8Array): number {
    const own = bytes.subarray(0, this.#left);
    this.keep(own);
    this.#left -= own.length;
    if (this.#left === 0) this.#expects = "end of chunk";
    return own.length;
  }

  #text(bytes: Uint8Array, from: number): number {
    const feed = bytes.indexOf(LINE_FEED, from);
    const end = feed < 0 ? bytes.length : feed + 1;
    this.#line += Buffer.from(bytes.subarray(from, end)).toString("latin1");
    if (this.#line.length > MOST_LINE_BYTES) throw malformed("a line of its chunks does not end");
    if (feed >= 0) {
      this.#onLine(this.#line.replace(/\r?\n$/, ""));
      this.#line = "";
    }
    return end - from;
  }

  #onLine(line: string): void {
    if (this.#expects === "size") {
      this.#left = chunkBytes(line);
      this.#expects = this.#left === 0 ? "trailer" : "data";
    } else if (this.#expects === "end of chunk") {
      if (line !== "") throw malformed("a chunk is longer than its size");
      this.#expects = "size";
    } else if (line === "") this.#expects = "nothing";
  }
}

function chunkBytes(line: string): number {
  // Twelve digits are more than any body has, and an exact number still.
  const [, digits] = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line) ?? [];
  if (digits === undefined) throw malformed("the size of a chunk is no number");
  return parseInt(digits, 16);
}

/** What the server sent is not HTTP/1.1. */
export function malformed(why: string): OperationFailedError {
  return new OperationFailedError("protocol", `The answer is not HTTP/1.1: ${why}`, { why });
}
