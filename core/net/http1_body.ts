/**
 * Where does the body of an HTTP/1.1 message end? Takes bytes as they come, keeps the first of them,
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
   * Takes what has come: the bytes from `from` until before `to`.
   * @returns where those begin that belong to no part of this message; `to` if all do
   * @throws {OperationFailedError} `protocol`, for framing that is none
   */
  abstract take(bytes: Uint8Array, from?: number, to?: number): number;

  /** Its first bytes as text. */
  get head(): string {
    const [only, ...more] = this.#kept;
    const bytes = more.length === 0 ? only : Buffer.concat(this.#kept);
    return bytes?.toString("utf8") ?? "";
  }

  protected keep(bytes: Uint8Array, from: number, to: number): void {
    if (from >= to) return;
    this.bytes += to - from;
    this.#onPiece?.(bytes.subarray(from, to));
    if (this.#keptBytes >= this.#most) return;
    // A copy: the bytes are in a buffer that is read into again.
    const kept = Buffer.from(
      bytes.subarray(from, Math.min(to, from + this.#most - this.#keptBytes)),
    );
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

  take(bytes: Uint8Array, from = 0, to = bytes.length): number {
    const end = Math.min(to, from + this.#length - this.bytes);
    this.keep(bytes, from, end);
    return end;
  }
}

/** Everything until the server closes the connection. */
export class RestBody extends Http1Body {
  override readonly endsWithConnection = true;

  get isOver(): boolean {
    return false;
  }

  take(bytes: Uint8Array, from = 0, to = bytes.length): number {
    this.keep(bytes, from, to);
    return to;
  }
}

/** Chunks with their sizes before them; the trailer after the last one is passed over. */
export class ChunkedBody extends Http1Body {
  #expects: "size" | "data" | "end of chunk" | "trailer" | "nothing" = "size";
  /** Of the chunk's data, still to come. */
  #left = 0;
  #line = "";
  readonly #isStrict: boolean;

  /**
   * @param isStrict for a server: who takes a line feed alone for the end of a line may see another
   * request than whoever stands before it
   */
  constructor(mostKept: number, onPiece?: OnPiece, { isStrict = false } = {}) {
    super(mostKept, onPiece);
    this.#isStrict = isStrict;
  }

  get isOver(): boolean {
    return this.#expects === "nothing";
  }

  take(bytes: Uint8Array, from = 0, to = bytes.length): number {
    let at = from;
    while (at < to && !this.isOver) {
      at = this.#expects === "data" ? this.#data(bytes, at, to) : this.#text(bytes, at, to);
    }
    return at;
  }

  #data(bytes: Uint8Array, from: number, to: number): number {
    const end = Math.min(to, from + this.#left);
    this.keep(bytes, from, end);
    this.#left -= end - from;
    if (this.#left === 0) this.#expects = "end of chunk";
    return end;
  }

  /** Character by character, as a line is a few digits long and there is one for each piece of a stream. */
  #text(bytes: Uint8Array, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      if (bytes[at] === LINE_FEED) {
        const hasReturn = this.#line.endsWith("\r");
        if (!hasReturn && this.#isStrict) throw malformed("a line ends without CR");
        const line = hasReturn ? this.#line.slice(0, -1) : this.#line;
        this.#line = "";
        this.#onLine(line);
        return at + 1;
      }
      this.#line += String.fromCharCode(bytes[at]!);
    }
    if (this.#line.length > MOST_LINE_BYTES) throw malformed("a line of its chunks does not end");
    return to;
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
