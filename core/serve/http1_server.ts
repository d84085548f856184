/**
 * A server's end of one HTTP/1.1 connection: requests one after the other, answered in their order.
 * Who accepts connections, and how long one may be idle, is the caller's.
 * Source: RFC 9112, sections 9.3 (persistence and pipelining) and 9.6 (tear-down).
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock } from "../load/clock.ts";
import type { ByteConnection } from "../net/byte_connection.ts";
import { END_OF_HEAD } from "../net/http1_head.ts";
import type { Answer, ExchangeHandler } from "../exchange.ts";
import { answerHead, framingOf } from "./http1_answer.ts";
import { Http1Exchange } from "./http1_exchange.ts";
import {
  checkHeadSoFar,
  type Http1RequestHead,
  MOST_HEAD_BYTES,
  parseRequestHead,
  RefusedRequestError,
} from "./http1_request.ts";
import { Http1Sender } from "./http1_sender.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { ServerSession } from "./server_session.ts";

/** Room for one head at its longest, whatever stands behind it. */
const MOST_WAITING_BYTES = 2 * MOST_HEAD_BYTES;
/** Of a body that nobody read: more than that, and it is cheaper to begin anew. */
const MOST_PASSED_OVER_BYTES = 262_144;
/** RFC 9112, section 9.6: closed at once, what the client still sends would destroy what it has not read. */
const LINGER_MS = 500;

export interface Http1ServerOptions {
  readonly clock: Clock;
  readonly remoteAddr: Deno.NetAddr;
  readonly handler: ExchangeHandler;
  /** What to answer when the handler threw this and has not answered. */
  onError(error: unknown): Answer;
}

/** Takes the connection over: nobody else may read, write or close it any more. */
export function serveHttp1(conn: ByteConnection, options: Http1ServerOptions): ServerSession {
  return new Http1Session(conn, options);
}

class Http1Session implements ServerSession {
  readonly #conn: ByteConnection;
  readonly #options: Http1ServerOptions;
  readonly #input: ReadAhead;
  readonly #sender: Http1Sender;
  #current: Http1Exchange | undefined;
  #isLeaving = false;
  #isClosed = false;
  lastActiveMs: number;
  readonly finished: Promise<void>;

  constructor(conn: ByteConnection, options: Http1ServerOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#sender = new Http1Sender(conn);
    this.lastActiveMs = options.clock.now();
    this.#input = new ReadAhead(conn, {
      mostBytes: MOST_WAITING_BYTES,
      // Who has gone reads no answer; and what waits for the connection ends.
      onEnd: () => this.cut(),
    });
    this.finished = this.#serveAll();
  }

  get openStreams(): number {
    return this.#current === undefined ? 0 : 1;
  }

  shutdown(): void {
    this.#isLeaving = true;
    if (this.#current === undefined) this.cut();
  }

  cut(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
    this.#sender.stop();
    this.#end(false);
  }

  async #serveAll(): Promise<void> {
    try {
      while (!this.#isClosed && await this.#serveOne());
    } catch (error) {
      this.#options.onError(error); // a defect of who answered: too late to tell the client of it
    }
    this.cut();
  }

  /** @returns whether the connection may have another request */
  async #serveOne(): Promise<boolean> {
    let head: Http1RequestHead | undefined;
    try {
      head = await this.#readHead();
    } catch (error) {
      if (!(error instanceof RefusedRequestError)) throw error;
      await this.#refuse(error);
    }
    if (head === undefined) return false;
    const exchange = this.#begin(head);
    void this.#handle(exchange);
    const answer = await exchange.answered;
    if (answer === undefined) return false;
    const framing = framingOf(answer, head);
    const staysOpen = head.staysOpen && exchange.isBodyExpected && !this.#isLeaving &&
      framing.kind !== "close";
    if (!await this.#send(answer, { framing, request: head, staysOpen })) return false;
    this.#end(true);
    if (staysOpen && await exchange.passOverBody(MOST_PASSED_OVER_BYTES)) return !this.#isLeaving;
    await this.#linger();
    return false;
  }

  /** Undefined: the client has sent its last request. */
  async #readHead(): Promise<Http1RequestHead | undefined> {
    for (let seen = 0;;) {
      const { buffer, byteOffset, length } = this.#input.bytes;
      const bytes = Buffer.from(buffer, byteOffset, length);
      const end = bytes.indexOf(END_OF_HEAD, Math.max(0, seen - END_OF_HEAD.length));
      checkHeadSoFar(end < 0 ? bytes : bytes.subarray(0, end), seen);
      if (end >= 0) {
        const text = bytes.toString("latin1", 0, end);
        this.#input.took(end + END_OF_HEAD.length);
        // Section 2.2: an empty line before a request "SHOULD" be ignored.
        return parseRequestHead(text.startsWith("\r\n") ? text.slice(2) : text);
      }
      seen = length;
      if (!await this.#input.more()) return undefined;
    }
  }

  #begin(head: Http1RequestHead): Http1Exchange {
    const { remoteAddr, clock } = this.#options;
    this.lastActiveMs = clock.now();
    return this.#current = new Http1Exchange({
      head,
      remoteAddr,
      conn: this.#conn,
      input: this.#input,
      onCut: () => this.cut(),
    });
  }

  async #handle(exchange: Http1Exchange): Promise<void> {
    const { handler, onError } = this.#options;
    try {
      await handler(exchange);
    } catch (error) {
      const answer = onError(error);
      if (!exchange.isAnswered) exchange.answer(answer);
    }
  }

  /** @returns whether the connection took all of it */
  async #send(answer: Answer, how: Parameters<typeof answerHead>[1]): Promise<boolean> {
    const head = answerHead(answer, how);
    const { body } = answer;
    if (body === undefined || body instanceof Uint8Array) {
      return await this.#sender.sendWhole(head, how.framing.kind === "none" ? undefined : body);
    }
    if (how.framing.kind !== "none") return await this.#sender.sendBody(head, body, how.framing);
    body.cancel?.();
    return await this.#sender.sendWhole(head);
  }

  async #refuse({ status, message }: RefusedRequestError): Promise<void> {
    const body = new TextEncoder().encode(`${message}\n`);
    const answer: Answer = {
      status,
      headers: [["content-type", "text/plain; charset=utf-8"]],
      body,
    };
    const how = { framing: framingOf(answer), staysOpen: false };
    if (await this.#sender.sendWhole(answerHead(answer, how), body)) await this.#linger();
  }

  #end(isSent: boolean): void {
    const exchange = this.#current;
    if (exchange === undefined) return;
    this.#current = undefined;
    this.lastActiveMs = this.#options.clock.now();
    exchange.end(isSent);
  }

  /** Says that nothing follows, and waits a while for the client to have read that. */
  async #linger(): Promise<void> {
    if (this.#conn.closeWrite === undefined) return;
    const { clock } = this.#options;
    const cancel = clock.callAt(clock.now() + LINGER_MS, () => this.cut());
    try {
      this.#input.discard();
      await this.#conn.closeWrite();
      while (await this.#input.more());
    } catch {
      // Gone already.
    } finally {
      cancel();
    }
  }
}
