/**
 * One TCP connection to one server, and one request at a time over it by HTTP/1.1: for whoever has to
 * know over which connection an answer came, and that the request was sent once. `fetch` and
 * node:http send it a second time, unasked and untold, when the server closes a connection that was
 * kept (denoland/deno#32566, #31932), so that the failure that is looked for is not there.
 * No TLS, no proxy, no redirects, no second attempt.
 * Source: RFC 9112 (HTTP/1.1), sections 3, 4, 6.3 and 9.
 * @module
 */

import { Buffer } from "node:buffer";
import { OperationFailedError } from "../errors.ts";
import { yieldToEventLoop } from "../load/clock.ts";
import type { Address } from "./address.ts";
import { ChunkedBody, type Http1Body, LengthBody, malformed, RestBody } from "./http1_body.ts";

const READ_BYTES = 16_384;
const MOST_HEAD_BYTES = 65_536;
const END_OF_HEAD = "\r\n\r\n";

/** One request as it goes over the wire. */
export interface Http1Request {
  /** The Host header, which need not be the server's address. */
  readonly host: string;
  /** From its first slash on, with the query. */
  readonly path: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

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

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** HTTP/1.x. */
  readonly minor: number;
}

/**
 * Connects; small writes leave at once.
 * @param signal ends the attempt
 * @throws {Deno.errors.ConnectionRefused} and what else `Deno.connect` throws
 * @throws the signal's reason
 */
export async function openHttp1Connection(
  { hostname, port }: Address,
  signal: AbortSignal,
): Promise<Http1Connection> {
  const conn = await Deno.connect({ hostname, port, signal });
  if (signal.aborted) {
    conn.close();
    throw signal.reason;
  }
  conn.setNoDelay(true);
  return new Http1Connection(conn);
}

/** Disposing of it fails the request that is under way. */
export class Http1Connection implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BYTES);
  /** Begun between two requests: it shows that the server has closed the connection. */
  #reading: Promise<number | null> | undefined;
  #isIdle = true;
  #isOpen = true;

  /** Use {@link openHttp1Connection}. */
  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Whether it can take another request, as far as this end knows. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * What the server answers, interim answers (1xx) aside. The connection stays open if the answer
   * allows it and its body was read to the end.
   * @throws {OperationFailedError} `connection-closed`, `truncated` or `protocol`
   * @throws {RangeError} for a request that would be none, or several, on the wire
   * @throws what the socket throws; after any failure the connection is closed
   */
  async get(request: Http1Request, limits: Http1Limits): Promise<Http1Answer> {
    this.#take();
    try {
      await writeAll(this.#conn, Buffer.from(requestText("GET", request), "latin1"));
      return await this.#answer(limits);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * As {@link get}, with a body. A server may answer before it has read all of it: then the rest is
   * not sent, and the connection closed.
   */
  async post(
    request: Http1Request & { readonly body: Uint8Array },
    limits: Http1Limits,
  ): Promise<Http1Answer> {
    this.#take();
    const length = ["Content-Length", String(request.body.length)] as const;
    const headers = [...request.headers ?? [], length];
    try {
      await writeAll(
        this.#conn,
        Buffer.from(requestText("POST", { ...request, headers }), "latin1"),
      );
      let isSent = false;
      const sending = writeAll(this.#conn, request.body).then(() => isSent = true, () => {});
      const answer = await this.#answer(limits);
      // What has just been taken to the last byte may not have been told so yet.
      if (this.#isOpen) await Promise.race([sending, yieldToEventLoop()]);
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

  async #answer({ keptBytes, mostBytes }: Http1Limits): Promise<Http1Answer> {
    let { head, rest } = await this.#head(new Uint8Array());
    while (head.status < 200) ({ head, rest } = await this.#head(rest));
    const body = bodyOf(head, keptBytes);
    let unread = rest.subarray(body.take(rest));
    while (!body.isOver && body.bytes <= mostBytes) {
      const chunk = await this.#next();
      if (chunk !== undefined) unread = chunk.subarray(body.take(chunk));
      else if (body.endsWithConnection) break;
      else throw new OperationFailedError("truncated", `The body ended after ${body.bytes} bytes`);
    }
    // What comes unasked, before the next request, answers nothing.
    if (body.isOver && unread.length === 0 && staysOpen(head)) this.#rest();
    else this[Symbol.dispose]();
    return {
      status: head.status,
      headers: head.headers,
      bodyHead: body.head,
      bodyBytes: body.bytes,
    };
  }

  async #head(first: Uint8Array): Promise<{ head: Head; rest: Uint8Array }> {
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
    const bytes = await reading;
    return bytes === null ? undefined : this.#buffer.subarray(0, bytes);
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

function requestText(method: string, { host, path, headers = [] }: Http1Request): string {
  const fields = [["Host", host], ...headers].map(([name, value]) => `${name}: ${value}`);
  if (!/^\/[\x21-\x7e]*$/.test(path) || fields.some((field) => /[\r\n]/.test(field))) {
    throw new RangeError(`Cannot ask for ${JSON.stringify(path)} of ${JSON.stringify(host)}`);
  }
  return `${method} ${path} HTTP/1.1\r\n${fields.join("\r\n")}${END_OF_HEAD}`;
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let left = bytes; left.length > 0;) left = left.subarray(await conn.write(left));
}

function parseHead(text: string): Head {
  const [statusLine = "", ...lines] = text.split("\r\n");
  const [, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: |$)/.exec(statusLine) ?? [];
  if (status === undefined) throw malformed("it begins with no status line");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw malformed("a header field has no name");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), headers, minor: Number(minor) };
}

const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** RFC 9112, section 6.3, for an answer to GET. */
function bodyOf({ status, headers }: Head, keptBytes: number): Http1Body {
  if (status === NO_CONTENT || status === NOT_MODIFIED) return new LengthBody(keptBytes, 0);
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    return listed(coding).at(-1) === "chunked"
      ? new ChunkedBody(keptBytes)
      : new RestBody(keptBytes);
  }
  const length = headers.get("content-length");
  if (length === undefined) return new RestBody(keptBytes);
  if (!/^\d{1,15}$/.test(length)) throw malformed("its Content-Length is no number");
  return new LengthBody(keptBytes, Number(length));
}

/** RFC 9112, section 9.3. */
function staysOpen({ headers, minor }: Head): boolean {
  const options = listed(headers.get("connection") ?? "");
  return minor === 1 ? !options.includes("close") : options.includes("keep-alive");
}

function listed(list: string): string[] {
  return list.toLowerCase().split(",").map((item) => item.trim());
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
