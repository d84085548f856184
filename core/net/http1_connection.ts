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
import type { ByteConnection } from "./byte_connection.ts";
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

const READ_BYTES = 16_384;
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
  readonly #buffer = new Uint8Array(READ_BYTES);
  /** Begun between two requests: it shows that the server has closed the connection. */
  #reading: Promise<number | null> | undefined;
  #isIdle = true;
  #isOpen = true;
  /** The TCP connection ended within the TLS one (RFC 9112, section 9.8). */
  #isCut = false;

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
      throw error;
    }
  }

  #take(): void {
    if (!this.#isIdle || !this.#isOpen) throw new Error("The connection cannot take a request");
    this.#isIdle = false;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#conn.close();
  }

  async #answer({ keptBytes, mostBytes }: Http1Limits, onHead?: OnHead): Promise<Http1Answer> {
    let { head, rest } = await this.#head(new Uint8Array());
    while (head.status < 200) ({ head, rest } = await this.#head(rest));
    const onPiece = onHead?.(head);
    const body = bodyOf(head, onPiece === undefined ? keptBytes : 0, onPiece);
    let unread = rest.subarray(body.take(rest));
    while (!body.isOver && body.bytes <= mostBytes) {
      const chunk = await this.#next();
      if (chunk !== undefined) unread = chunk.subarray(body.take(chunk));
      else if (body.endsWithConnection && !this.#isCut) break;
      else throw new OperationFailedError("truncated", `The body ended after ${body.bytes} bytes`);
    }
    const { status, headers, staysOpen } = head;
    // What comes unasked, before the next request, answers nothing.
    if (body.isOver && unread.length === 0 && staysOpen) this.#rest();
    else this[Symbol.dispose]();
    return { status, headers, bodyHead: body.head, bodyBytes: body.bytes };
  }

  async #head(first: Uint8Array): Promise<{ head: Http1Head; rest: Uint8Array }> {
    let text = latin1(first);
    for (let chunk: Uint8Array | undefined = first;;) {
      const end = text.indexOf(END_OF_HEAD);
      if (end >= 0) {
        const restBytes = text.length - end - END_OF_HEAD.length;
        return { head: parseHead(text.slice(0, end)), rest: chunk.slice(chunk.length - restBytes) };
      }
      if (text.length > MOST_HEAD_BYTES) throw malformed("its header does not end");
      chunk = await this.#next();
      if (chunk === undefined) {
        throw new OperationFailedError("connection-closed", "connection closed before the answer");
      }
      text += latin1(chunk);
    }
  }

  /** The next bytes, good until the next call; undefined at the end of the connection. */
  async #next(): Promise<Uint8Array | undefined> {
    const reading = this.#reading ?? this.#conn.read(this.#buffer);
    this.#reading = undefined;
    try {
      const bytes = await reading;
      return bytes === null ? undefined : this.#buffer.subarray(0, bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
      this.#isCut = true;
      return undefined;
    }
  }

  /** Until the next request: the server may close the connection, and nothing else. */
  #rest(): void {
    this.#isIdle = true;
    const reading = this.#conn.read(this.#buffer);
    this.#reading = reading;
    const onSomething = () => {
      if (this.#isIdle) this[Symbol.dispose]();
    };
    reading.then(onSomething, onSomething);
  }
}

async function writeAll(conn: ByteConnection, bytes: Uint8Array): Promise<void> {
  for (let left = bytes; left.length > 0;) left = left.subarray(await conn.write(left));
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

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
