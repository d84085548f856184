/**
 * One connection to one server, and one request at a time over it by HTTP/1.1: for whoever has to
 * know over which connection an answer came, when each piece of it came, and that the request was sent
 * once. `fetch` and node:http send it a second time, unasked and untold, when the server closes a
 * connection that was kept (denoland/deno#32566, #31932), so that the failure that is looked for is not
 * there; and a request by `fetch` takes three times the CPU.
 * No proxy, no redirects, no second attempt.
 * Source: RFC 9112 (HTTP/1.1), sections 6.3 and 9.
 * @module
 */

import { Buffer } from "node:buffer";
import { OperationFailedError } from "../errors.ts";
import { yieldToEventLoop } from "../load/clock.ts";
import type { Address } from "./address.ts";
import { type ByteConnection, writeAll } from "./byte_connection.ts";
import { connectBytes, type TlsRules } from "./connect_bytes.ts";
import {
  ChunkedBody,
  type Http1Body,
  LengthBody,
  malformed,
  type OnPiece,
  RestBody,
} from "./http1_body.ts";
import {
  END_OF_HEAD,
  type Http1Head,
  type Http1Request,
  listed,
  parseHead,
  requestBytes,
} from "./http1_head.ts";

export type { Http1Request };

/** Of one read: as many as an answer of a few words or a piece of a stream has, and more once it has more. */
const FIRST_READ_BYTES = 2_048;
const MOST_READ_BYTES = 16_384;
const MOST_HEAD_BYTES = 65_536;

export interface Http1Limits {
  /** How many bytes of the body are kept. */
  readonly keptBytes: number;
  /** A body that is longer is left there, and the connection closed. */
  readonly mostBytes: number;
}

export interface Http1Answer {
  readonly status: number;
  /** By their names in lower case; values of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** What was kept of the body, as text. */
  readonly bodyHead: string;
  /** How many of it were read. */
  readonly bodyBytes: number;
}

/**
 * Told the head of an answer; what it returns is told each piece of the body, of which nothing is kept
 * then. What either throws ends the exchange.
 */
export type OnHead = (head: Http1Head) => OnPiece | undefined;

/**
 * Connects; small writes leave at once.
 * @param signal ends the attempt
 * @param tls absent: plain TCP
 * @throws what {@link connectBytes} throws
 */
export async function openHttp1Connection(
  address: Address,
  signal: AbortSignal,
  tls?: TlsRules,
): Promise<Http1Connection> {
  return new Http1Connection(await connectBytes(address, { tls, signal }));
}

/** Disposing of it fails the request that is under way. */
export class Http1Connection implements Disposable {
  readonly #conn: ByteConnection;
  #buffer = Buffer.alloc(FIRST_READ_BYTES);
  /** What was read last is in the buffer until before this, and not looked at from `#from` on. */
  #filled = 0;
  #from = 0;
  /** Begun between two requests: it shows that the server has closed the connection. */
  #reading: Promise<number | null> | undefined;
  #isIdle = true;
  #isOpen = true;
  #isInBody = false;

  /** Use {@link openHttp1Connection}. */
  constructor(conn: ByteConnection) {
    this.#conn = conn;
  }

  /** Whether it can take another request, as far as this end knows. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** See {@link exchange}. */
  async get(request: Http1Request, limits: Http1Limits): Promise<Http1Answer> {
    return await this.exchange(requestBytes("GET", request), limits);
  }

  /** See {@link exchange}. */
  async post(
    request: Http1Request & { readonly body: Uint8Array },
    limits: Http1Limits,
  ): Promise<Http1Answer> {
    return await this.exchange(requestBytes("POST", request), limits);
  }

  /**
   * What the server answers, interim answers (1xx) aside. The connection stays open if the answer
   * allows it and its body was read to the end. A server may answer before it has read all of the
   * request: then the rest is not sent, and the connection closed.
   * @param request as {@link requestBytes} makes it
   * @throws {OperationFailedError} `connection-closed`, `truncated` or `protocol`
   * @throws what the socket throws; after any failure the connection is closed
   */
  async exchange(
    request: Uint8Array,
    limits: Http1Limits,
    onHead?: OnHead,
  ): Promise<Http1Answer> {
    this.#take();
    let isSent = false;
    try {
      const sending = writeAll(this.#conn, request).then(() => isSent = true, () => {});
      const answer = await this.#answer(limits, onHead);
      // What has just been taken to the last byte may not have been told so yet.
      if (this.#isOpen && !isSent) await Promise.race([sending, yieldToEventLoop()]);
      if (!isSent) this[Symbol.dispose]();
      return answer;
    } catch (error) {
      this[Symbol.dispose]();
      throw this.#isInBody && error instanceof Deno.errors.UnexpectedEof
        ? endedWithin(error)
        : error;
    }
  }

  #take(): void {
    if (!this.#isIdle || !this.#isOpen) throw new Error("The connection cannot take a request");
    this.#isIdle = false;
    this.#isInBody = false;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#conn.close();
  }

  async #answer({ keptBytes, mostBytes }: Http1Limits, onHead?: OnHead): Promise<Http1Answer> {
    let head = await this.#head();
    while (head.status < 200) head = await this.#head();
    this.#isInBody = true;
    const onPiece = onHead?.(head);
    const body = bodyOf(head, onPiece === undefined ? keptBytes : 0, onPiece);
    this.#from = body.take(this.#buffer, this.#from, this.#filled);
    while (!body.isOver && body.bytes <= mostBytes) {
      if (this.#took(await this.#read())) this.#from = body.take(this.#buffer, 0, this.#filled);
      else if (body.endsWithConnection) break;
      else throw new OperationFailedError("truncated", `The body ended after ${body.bytes} bytes`);
    }
    const { status, headers, staysOpen } = head;
    // What comes unasked, before the next request, answers nothing.
    if (body.isOver && this.#from === this.#filled && staysOpen) this.#rest();
    else this[Symbol.dispose]();
    return { status, headers, bodyHead: body.head, bodyBytes: body.bytes };
  }

  async #head(): Promise<Http1Head> {
    for (let text = "";;) {
      const before = text.length;
      text += this.#buffer.toString("latin1", this.#from, this.#filled);
      const end = text.indexOf(END_OF_HEAD, Math.max(0, before - END_OF_HEAD.length));
      if (end >= 0) {
        this.#from += end + END_OF_HEAD.length - before;
        return parseHead(text.slice(0, end));
      }
      if (text.length > MOST_HEAD_BYTES) throw malformed("its header does not end");
      if (!this.#took(await this.#read())) {
        throw new OperationFailedError("connection-closed", "connection closed before the answer");
      }
    }
  }

  /** No promise of its own, as each piece of each stream is read so. */
  #read(): Promise<number | null> {
    const begun = this.#reading;
    this.#reading = undefined;
    if (begun !== undefined) return begun;
    const { length } = this.#buffer;
    if (this.#filled === length && length < MOST_READ_BYTES) {
      this.#buffer = Buffer.alloc(2 * length);
    }
    return this.#conn.read(this.#buffer);
  }

  /** @returns false at the end of the connection */
  #took(bytes: number | null): boolean {
    this.#from = 0;
    this.#filled = bytes ?? 0;
    return bytes !== null;
  }

  /** Until the next request: the server may close the connection, and nothing else. */
  #rest(): void {
    this.#isIdle = true;
    const reading = this.#reading = this.#read();
    const onSomething = () => {
      if (this.#isIdle) this[Symbol.dispose]();
    };
    reading.then(onSomething, onSomething);
  }
}

/** RFC 9112, section 9.8: a TCP connection that ends within the TLS one ends no message. */
function endedWithin(cause: Error): OperationFailedError {
  return new OperationFailedError("truncated", "the connection ended within TLS", { cause });
}

const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** RFC 9112, section 6.3, for an answer to GET or POST. */
function bodyOf({ status, headers }: Http1Head, keptBytes: number, onPiece?: OnPiece): Http1Body {
  if (status === NO_CONTENT || status === NOT_MODIFIED) return new LengthBody(0, keptBytes);
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    return listed(coding).at(-1) === "chunked"
      ? new ChunkedBody(keptBytes, onPiece)
      : new RestBody(keptBytes, onPiece);
  }
  const length = headers.get("content-length");
  if (length === undefined) return new RestBody(keptBytes, onPiece);
  if (!/^\d{1,15}$/.test(length)) throw malformed("its Content-Length is no number");
  return new LengthBody(Number(length), keptBytes, onPiece);
}
