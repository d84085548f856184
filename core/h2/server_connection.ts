/**
 * A server's end: each stream that the peer begins is an exchange for the handler. RFC 9113, sections
 * 3.4, 5.1.2, 6.8 and 8.
 * @module
 */

import type { BodySource } from "../body_source.ts";
import type { Answer, ExchangeHandler } from "../exchange.ts";
import type { StreamFailure } from "./answer_sink.ts";
import { PREFACE } from "./client_connection.ts";
import type { HeadersFacts } from "./codec/frame_handler.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ERROR_CODES } from "./error_code.ts";
import { ConnectionError, StreamError } from "./errors.ts";
import type { HeaderField } from "./header_field.ts";
import { serverLimits } from "./limits.ts";
import { RequestFields } from "./request_fields.ts";
import { ServerExchange, type ServerExchangeOwner } from "./server_exchange.ts";
import type { Stream } from "./stream.ts";

const LAST_ID = 2 ** 31 - 1;
/** How long a peer may take to answer the PING after the first GOAWAY; as Go and hyperium/h2 have it. */
const SHUTDOWN_NOTICE_MS = 1_000;

export interface ServerConnectionOptions extends Omit<ConnectionOptions, "limits" | "preface"> {
  readonly remoteAddr: Deno.NetAddr;
  readonly handler: ExchangeHandler;
  onError(error: unknown): Answer;
}

export class ServerConnection extends Connection implements ServerExchangeOwner {
  readonly lingers = true;
  readonly remoteAddr: Deno.NetAddr;
  lastPeerStreamId = 0;
  lastActiveMs: number;
  readonly #options: ServerConnectionOptions;
  #prefaceBytes = 0;
  /** The first GOAWAY, which only announces; or the second, after which no stream is taken. */
  #shutdown: "no" | "announced" | "under way" = "no";
  #cancelNotice: (() => void) | undefined;
  /** Answers that are whole but not handed to the system: gathered, and in the write under way. */
  #ended: ServerExchange[] = [];
  #beingWritten: ServerExchange[] = [];

  constructor(options: ServerConnectionOptions) {
    super({ ...options, limits: serverLimits(options.settings.maxConcurrentStreams) });
    this.#options = options;
    this.remoteAddr = options.remoteAddr;
    this.lastActiveMs = options.clock.now();
  }

  override receive(bytes: Uint8Array): void {
    if (this.#prefaceBytes === PREFACE.length) return super.receive(bytes);
    const length = Math.min(bytes.length, PREFACE.length - this.#prefaceBytes);
    for (let at = 0; at < length; at++) {
      if (bytes[at] === PREFACE[this.#prefaceBytes + at]) continue;
      // RFC 9113, section 3.4.
      return this.fail(new ConnectionError("PROTOCOL_ERROR", "RFC 9113, section 3.4: no preface"));
    }
    this.#prefaceBytes += length;
    this.received.bytes += length;
    super.receive(bytes.subarray(length));
  }

  override fill(into: Uint8Array): number {
    const bytes = super.fill(into);
    if (this.control.isEmpty) {
      for (const exchange of this.#ended) this.#beingWritten.push(exchange);
      this.#ended.length = 0;
    }
    return bytes;
  }

  override onWritten(): void {
    if (this.#beingWritten.length === 0) return;
    const written = this.#beingWritten;
    this.#beingWritten = [];
    for (const exchange of written) exchange.onSent();
  }

  /** A source is part of the handler. */
  override onBodyFailure(stream: Stream, error: unknown): void {
    this.#options.onError(error);
    super.onBodyFailure(stream, error);
  }

  override onClosed(): void {
    const failure: StreamFailure = { kind: "closed", error: undefined };
    for (const exchange of [...this.#beingWritten, ...this.#ended]) exchange.onFailure(failure);
    super.onClosed();
  }

  sendAnswer(stream: Stream, fields: readonly HeaderField[], body: BodySource | undefined): void {
    this.control.queuedReplies++;
    this.send(stream, fields, body);
  }

  /** RFC 9113, section 6.8: first a notice, so that requests on their way are not lost. */
  shutdown(): void {
    if (this.#shutdown !== "no" || this.end !== undefined) return;
    this.#shutdown = "announced";
    this.control.goAway(LAST_ID, ERROR_CODES.NO_ERROR, "");
    const goOn = () => this.#refuseStreams();
    this.#cancelNotice = this.clock.callAt(this.clock.now() + SHUTDOWN_NOTICE_MS, goOn);
    this.ping().then(goOn, () => {});
  }

  isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId > this.lastPeerStreamId;
  }

  onFirstHeaders(
    streamId: number,
    fields: readonly HeaderField[],
    { endStream, isTooLarge, error }: HeadersFacts,
  ): void {
    if (streamId % 2 === 0) {
      throw new ConnectionError(
        "PROTOCOL_ERROR",
        "RFC 9113, section 5.1.1: streams of a client have odd ids",
      );
    }
    this.streams.useId(streamId);
    if (this.#shutdown === "under way") return this.streams.end(streamId, "reset by us");
    this.lastPeerStreamId = streamId;
    this.#checkMayBegin(streamId, error);
    const request = isTooLarge ? undefined : new RequestFields(streamId, fields);
    const exchange = new ServerExchange(this, request ?? NO_FIELDS);
    const stream = exchange.stream = this.begin(streamId, exchange);
    stream.hasHead = true;
    this.lastActiveMs = this.clock.now();
    if (request !== undefined) stream.expectBody(request.contentLength);
    if (endStream) {
      stream.endRemote();
      exchange.onEnd();
    }
    // RFC 6585, section 5.
    if (request === undefined) exchange.answer({ status: 431, headers: [] });
    else this.#handle(exchange);
  }

  checkPeerSettings(): void {}

  onPeerSettings(): void {}

  onStreamGone(): void {
    this.lastActiveMs = this.clock.now();
    this.#finishIfDone();
  }

  /** A client says only that it wants no pushes; what it has asked is answered. */
  onPeerGoAway(): void {}

  onEnd(): void {
    this.#cancelNotice?.();
  }

  onLocalEnd(stream: Stream): void {
    this.#ended.push(stream.user as ServerExchange);
  }

  #checkMayBegin(streamId: number, error: StreamError | undefined): void {
    if (error !== undefined) throw error;
    if (this.streams.size < this.#options.settings.maxConcurrentStreams) return;
    throw new StreamError(
      streamId,
      "REFUSED_STREAM",
      "RFC 9113, section 5.1.2: no more streams than MAX_CONCURRENT_STREAMS allows",
    );
  }

  #handle(exchange: ServerExchange): void {
    try {
      const handled = this.#options.handler(exchange);
      if (handled === undefined) return;
      handled.catch((error) => this.#answerError(exchange, error));
    } catch (error) {
      this.#answerError(exchange, error);
    }
  }

  #answerError(exchange: ServerExchange, error: unknown): void {
    const answer = this.#options.onError(error);
    if (exchange.isAnswered) exchange.cut();
    else exchange.answer(answer);
  }

  #refuseStreams(): void {
    if (this.#shutdown !== "announced" || this.end !== undefined) return;
    this.#shutdown = "under way";
    this.#cancelNotice?.();
    this.control.goAway(this.lastPeerStreamId, ERROR_CODES.NO_ERROR, "");
    this.onOutput();
    // Nothing but the rest of its request keeps such a stream open.
    for (const stream of [...this.streams]) {
      if (!stream.maySend) this.reset(stream, ERROR_CODES.NO_ERROR);
    }
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#shutdown === "under way" && this.streams.size === 0) this.finish();
  }
}

/** Of a request whose head is not known. */
const NO_FIELDS = new RequestFields(0, [[":method", "GET"], [":scheme", "https"], [":path", "/"]]);
