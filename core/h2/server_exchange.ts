/** One request to a server and its answer, as handlers see it: RFC 9113, section 8. @module */

import { BodyTooLargeError } from "../net/http_server.ts";
import type { BodySource } from "../body_source.ts";
import type { Answer, Exchange } from "../exchange.ts";
import type { StreamFailure } from "./answer_sink.ts";
import { BytesSource } from "./bytes_source.ts";
import { ERROR_CODES, errorCodeName } from "./error_code.ts";
import type { HeaderField } from "./header_field.ts";
import { checkTrailers } from "./message_fields.ts";
import type { RequestFields } from "./request_fields.ts";
import type { Stream, StreamUser } from "./stream.ts";

/** Of a request's body that are let come though it is answered; half of the initial window. */
const MOST_UNWANTED_BYTES = 32_768;

/** Somebody waits for the body. */
interface BodyReader {
  readonly mostBytes: number;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** What it needs of its connection. */
export interface ServerExchangeOwner {
  readonly remoteAddr: Deno.NetAddr;
  release(stream: Stream, bytes: number): void;
  reset(stream: Stream, code: number): void;
  sendAnswer(stream: Stream, fields: readonly HeaderField[], body: BodySource | undefined): void;
}

export class ServerExchange implements Exchange, StreamUser {
  readonly protocol = "h2";
  onOver: ((isSent: boolean) => void) | undefined;
  stream!: Stream;
  isAnswered = false;
  #isOver = false;
  /** What has come of the request's body, and is kept until it is read. */
  #pieces: Uint8Array[] = [];
  #bodyBytes = 0;
  #unwantedBytes = 0;
  #isBodyWhole = false;
  #reader: BodyReader | undefined;

  constructor(readonly connection: ServerExchangeOwner, readonly request: RequestFields) {}

  get method(): string {
    return this.request.method;
  }

  get target(): string {
    return this.request.target;
  }

  get remoteAddr(): Deno.NetAddr {
    return this.connection.remoteAddr;
  }

  header(name: string): string | undefined {
    return this.request.header(name);
  }

  readBody(mostBytes: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#reader = { mostBytes, resolve, reject };
      // What waited is read now, so that the peer may send more.
      this.connection.release(this.stream, this.#bodyBytes);
      if (this.#isOver) this.#failReader(new Error("the request is over"));
      else this.#feedReader();
    });
  }

  answer({ status, headers, body }: Answer): void {
    if (this.isAnswered) throw new TypeError("a request is answered once");
    this.isAnswered = true;
    // The peer has reset it meanwhile.
    if (this.#isOver) return cancelBody(body);
    const fields: HeaderField[] = [[":status", String(status)], ...headers];
    const hasBody = this.method !== "HEAD" && status !== 204 && status !== 304 &&
      body !== undefined && !(body instanceof Uint8Array && body.length === 0);
    if (!hasBody) cancelBody(body);
    const source = body instanceof Uint8Array ? new BytesSource(body) : body;
    this.connection.sendAnswer(this.stream, fields, hasBody ? source : undefined);
  }

  /** INTERNAL_ERROR, as Go's net/http does for a handler that gives up (ErrAbortHandler). */
  cut(): void {
    if (this.#isOver) return;
    this.connection.reset(this.stream, ERROR_CODES.INTERNAL_ERROR);
    this.onFailure({ kind: "closed", error: undefined });
  }

  onHeaders(fields: readonly HeaderField[], endStream: boolean): void {
    checkTrailers(this.stream.id, fields, endStream);
  }

  /** Kept bytes are given back when they are read, so that nobody can fill this end's memory. */
  onData(piece: Uint8Array): number {
    if (this.isAnswered && this.#reader === undefined) return this.#letGo(piece);
    this.#bodyBytes += piece.length;
    this.#pieces.push(piece.slice());
    if (this.#reader === undefined) return piece.length;
    this.#feedReader();
    return 0;
  }

  /**
   * Of a request that was answered before it was read. RFC 9113, section 8.1: once the answer is sent
   * the peer may be told to send no more. A short rest of a request is not worth it.
   */
  #letGo(piece: Uint8Array): number {
    this.#unwantedBytes += piece.length;
    if (this.#unwantedBytes > MOST_UNWANTED_BYTES && !this.stream.maySend) {
      this.connection.reset(this.stream, ERROR_CODES.NO_ERROR);
    }
    return 0;
  }

  onEnd(): void {
    this.#isBodyWhole = true;
    this.#feedReader();
  }

  /** All of the answer has been handed to the system. */
  onSent(): void {
    this.#end(true, new Error("the request was answered before its body came"));
  }

  onFailure(failure: StreamFailure): void {
    this.#end(false, failureError(failure));
  }

  #end(isSent: boolean, error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failReader(error);
    this.#pieces = [];
    this.onOver?.(isSent);
  }

  #feedReader(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#bodyBytes > reader.mostBytes) {
      this.#failReader(new BodyTooLargeError(`expected at most ${reader.mostBytes} bytes`));
    } else if (this.#isBodyWhole) {
      this.#reader = undefined;
      reader.resolve(joined(this.#pieces, this.#bodyBytes));
    }
  }

  #failReader(error: Error): void {
    this.#pieces = [];
    this.#reader?.reject(error);
    this.#reader = undefined;
  }
}

function cancelBody(body: Answer["body"]): void {
  if (body !== undefined && !(body instanceof Uint8Array)) body.cancel?.();
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function failureError(failure: StreamFailure): Error {
  switch (failure.kind) {
    case "reset":
      return new Error(`the peer reset the request (${errorCodeName(failure.code)})`);
    case "goaway":
      return new Error(`the peer ended the connection (${errorCodeName(failure.code)})`);
    default:
      return failure.error ?? new Error("the request was cut off");
  }
}
