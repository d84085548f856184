/**
 * A client's end: requests begin streams, as many at a time as the peer's SETTINGS allow; those beyond
 * wait in order. Nothing is sent a second time. RFC 9113, sections 5.1.2, 6.8 and 8.
 * @module
 */

import { asError } from "../errors.ts";
import type { AnswerSink, StreamFailure } from "./answer_sink.ts";
import type { BodySource } from "../body_source.ts";
import { BytesSource } from "./bytes_source.ts";
import { ClientExchange, type ClientExchangeOwner } from "./client_exchange.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { endError } from "./connection_end.ts";
import { ERROR_CODES } from "./error_code.ts";
import { ConnectionError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { SETTING_IDS, type SettingEntry } from "./frame/setting_entry.ts";
import type { HeaderField } from "./header_field.ts";
import { CLIENT_LIMITS } from "./limits.ts";
import type { RequestHead } from "./request_head.ts";

/** RFC 9113, section 3.4: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n". */
export const PREFACE: Uint8Array<ArrayBuffer> = new TextEncoder().encode(
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
);
/** Until the peer's SETTINGS have come, which may be below it; RFC 9113, section 6.5.2: none less. */
const FIRST_STREAMS = 100;
const LAST_ID = 2 ** 31 - 1;

export interface ClientConnectionOptions extends Omit<ConnectionOptions, "limits" | "preface"> {
  /** Odd; 1 unless given. RFC 9113, section 5.1.1: those before are passed over. */
  readonly firstStreamId?: number;
}

export class ClientConnection extends Connection implements ClientExchangeOwner {
  readonly lastPeerStreamId = 0;
  readonly #ready = Promise.withResolvers<void>();
  #nextId: number;
  /** For the peer's limit; those that were given up are among them. */
  readonly #waiting = new Fifo<ClientExchange>();

  constructor({ firstStreamId = 1, ...options }: ClientConnectionOptions) {
    super({ ...options, limits: CLIENT_LIMITS, preface: PREFACE });
    this.#nextId = firstStreamId;
    // Who does not wait for it is told by its requests.
    this.#ready.promise.catch(() => {});
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isOpen(): boolean {
    return this.end === undefined && this.goAway === undefined && this.#nextId <= LAST_ID;
  }

  /** The peer is to read why the connection ends; else there is nothing to stay for. */
  get lingers(): boolean {
    return this.end?.kind === "protocol";
  }

  request(
    head: RequestHead,
    sink: AnswerSink,
    body: BodySource | Uint8Array | undefined,
  ): ClientExchange {
    const exchange = new ClientExchange(
      this,
      fieldsOf(head),
      sink,
      sourceOf(body),
      head.method === "HEAD",
    );
    if (!this.isOpen) queueMicrotask(() => this.#refuse(exchange));
    else if (this.#mayBegin && this.#waiting.isEmpty) this.#begin(exchange);
    else this.#wait(exchange);
    return exchange;
  }

  /** GOAWAY, and the end. */
  close(): void {
    if (this.end !== undefined) return;
    this.control.goAway(0, ERROR_CODES.NO_ERROR, "");
    this.finish();
  }

  /** It is passed over when its turn comes. */
  giveUpWaiting(exchange: ClientExchange): void {
    this.#endWait(exchange);
    exchange.body?.cancel?.();
  }

  isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.#nextId;
  }

  onFirstHeaders(): void {
    throw new ConnectionError(
      "PROTOCOL_ERROR",
      "RFC 9113, section 5.1: an answer is on a stream that the client has begun",
    );
  }

  checkPeerSettings(entries: readonly SettingEntry[]): void {
    if (entries.every(({ id, value }) => id !== SETTING_IDS.ENABLE_PUSH || value === 0)) return;
    throw new ConnectionError(
      "PROTOCOL_ERROR",
      "RFC 9113, section 6.5.2: a server does not say ENABLE_PUSH 1",
    );
  }

  onPeerSettings(): void {
    this.#ready.resolve();
    this.#beginWaiting();
    // From now on it is the peer's limit that they wait for, not its SETTINGS.
    for (const exchange of this.#waiting) {
      if (exchange.waitsSinceMs === undefined && !exchange.isOver) this.#noteWait(exchange);
    }
  }

  onStreamGone(): void {
    this.#beginWaiting();
    this.#finishIfDone();
  }

  /** Streams that the peer has not looked at, and those that wait, get no answer any more. */
  onPeerGoAway(): void {
    const { lastStreamId, code, debug } = this.goAway!;
    const failure: StreamFailure = { kind: "goaway", code, debug };
    this.#failWaiting(failure);
    for (const stream of [...this.streams]) {
      if (stream.id <= lastStreamId) continue;
      this.remove(stream, "reset by us");
      stream.user.onFailure(failure);
    }
    this.#finishIfDone();
  }

  onLocalEnd(): void {}

  onEnd(failure: StreamFailure): void {
    this.#failWaiting(failure);
    this.#ready.reject(endError(this.end!));
  }

  get #mayBegin(): boolean {
    const most = this.settings.hasPeer ? this.settings.peer.maxConcurrentStreams : FIRST_STREAMS;
    return this.streams.size < most && this.#nextId <= LAST_ID;
  }

  #begin(exchange: ClientExchange): void {
    const id = this.#nextId;
    this.#nextId += 2;
    this.streams.useId(id);
    const stream = exchange.stream = this.begin(id, exchange);
    try {
      this.send(stream, exchange.fields, exchange.body);
    } catch (error) {
      // Fields that cannot be encoded: nothing was sent, and the id is passed over.
      this.remove(stream, "reset by us");
      const failure: StreamFailure = { kind: "closed", error: asError(error) };
      queueMicrotask(() => this.#failUnsent(exchange, failure));
    }
  }

  #wait(exchange: ClientExchange): void {
    this.#waiting.push(exchange);
    if (this.settings.hasPeer) this.#noteWait(exchange);
  }

  #noteWait(exchange: ClientExchange): void {
    exchange.waitsSinceMs = this.clock.now();
    this.streamLimitStalls.begin(exchange.waitsSinceMs);
  }

  #endWait(exchange: ClientExchange): void {
    if (exchange.waitsSinceMs === undefined) return;
    this.streamLimitStalls.end(exchange.waitsSinceMs, this.clock.now());
    exchange.waitsSinceMs = undefined;
  }

  #beginWaiting(): void {
    while (this.end === undefined && this.goAway === undefined && this.#mayBegin) {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) return;
      this.#endWait(exchange);
      if (exchange.isOver) continue;
      exchange.sink.onTurn?.();
      this.#begin(exchange);
    }
  }

  #failWaiting(failure: StreamFailure): void {
    for (const exchange of this.#waiting.drain()) this.#failUnsent(exchange, failure);
  }

  #failUnsent(exchange: ClientExchange, failure: StreamFailure): void {
    this.#endWait(exchange);
    if (exchange.isOver) return;
    exchange.body?.cancel?.();
    exchange.onFailure(failure);
  }

  /** What became of a request on a connection that takes none. */
  #refuse(exchange: ClientExchange): void {
    const { goAway, end } = this;
    const error = end === undefined ? new Error("no stream ids are left") : endError(end);
    this.#failUnsent(
      exchange,
      goAway === undefined
        ? { kind: "closed", error }
        : { kind: "goaway", code: goAway.code, debug: goAway.debug },
    );
  }

  /** RFC 9113, section 6.8: nothing more is asked on it, so that it may end. */
  #finishIfDone(): void {
    if (this.end !== undefined || this.streams.size > 0) return;
    if (this.goAway !== undefined) return this.finish();
    if (this.#nextId <= LAST_ID) return;
    this.#failWaiting({ kind: "closed", error: new Error("no stream ids are left") });
    this.close();
  }
}

function fieldsOf({ method, scheme, authority, path, headers }: RequestHead): HeaderField[] {
  return [
    [":method", method],
    [":scheme", scheme],
    [":authority", authority],
    [":path", path],
    ...headers,
  ];
}

/** A body of no bytes is none. */
function sourceOf(body: BodySource | Uint8Array | undefined): BodySource | undefined {
  if (!(body instanceof Uint8Array)) return body;
  return body.length === 0 ? undefined : new BytesSource(body);
}
