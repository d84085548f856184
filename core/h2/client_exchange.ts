/** One request of a client and its answer: RFC 9113, section 8.1, and what the sink is told. @module */

import type { AnswerSink, ClientStream, StreamFailure } from "./answer_sink.ts";
import type { BodySource } from "../body_source.ts";
import { ERROR_CODES } from "./error_code.ts";
import { StreamError } from "./errors.ts";
import type { FloodGuard } from "./flood_guard.ts";
import type { HeaderField } from "./header_field.ts";
import { checkFields, checkTrailers, contentLengthOf, malformed } from "./message_fields.ts";
import type { Stream, StreamUser } from "./stream.ts";

const NO_TRAILERS: readonly HeaderField[] = [];

/** What it needs of its connection. */
export interface ClientExchangeOwner {
  readonly guard: FloodGuard;
  release(stream: Stream, bytes: number): void;
  reset(stream: Stream, code: number): void;
  giveUpWaiting(exchange: ClientExchange): void;
}

export class ClientExchange implements ClientStream, StreamUser {
  /** Undefined while it waits for the peer's limit. */
  stream: Stream | undefined;
  /** By the clock, while it waits. */
  waitsSinceMs: number | undefined;
  isOver = false;
  #interimAnswers = 0;
  #hasNoBody = false;
  #trailers = NO_TRAILERS;

  constructor(
    readonly connection: ClientExchangeOwner,
    /** As they are sent, with the pseudo-header fields. */
    readonly fields: readonly HeaderField[],
    readonly sink: AnswerSink,
    readonly body: BodySource | undefined,
    readonly isHead: boolean,
  ) {}

  get id(): number | undefined {
    return this.stream?.id;
  }

  release(bytes: number): void {
    if (this.stream !== undefined) this.connection.release(this.stream, bytes);
  }

  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.stream === undefined) this.connection.giveUpWaiting(this);
    else this.connection.reset(this.stream, ERROR_CODES.CANCEL);
  }

  onHeaders(fields: readonly HeaderField[], endStream: boolean): void {
    const stream = this.stream!;
    const { id } = stream;
    if (stream.hasHead) {
      checkTrailers(id, fields, endStream);
      this.#trailers = fields;
      return;
    }
    const status = statusOf(id, fields);
    if (status < 200) {
      if (endStream) throw malformed(id, "8.1: an interim answer does not end the stream");
      if (status === 101) throw malformed(id, "8.6: no status 101");
      return this.#countInterimAnswer(id);
    }
    stream.hasHead = true;
    this.#expectBody(stream, status, fields);
    this.sink.onHead(status, fields);
  }

  #countInterimAnswer(streamId: number): void {
    if (++this.#interimAnswers <= this.connection.guard.limits.maxInterimAnswers) return;
    const rule = "RFC 9113, section 10.5: too many interim answers";
    throw new StreamError(streamId, "ENHANCE_YOUR_CALM", rule);
  }

  /** RFC 9110, section 6.4.1: which answers have no body, whatever their content-length is. */
  #expectBody(stream: Stream, status: number, fields: readonly HeaderField[]): void {
    const contentLength = contentLengthOf(stream.id, fields);
    this.#hasNoBody = this.isHead || status === 204 || status === 304;
    stream.expectBody(this.#hasNoBody ? 0 : contentLength);
  }

  onData(piece: Uint8Array): number | void {
    return this.sink.onData(piece);
  }

  onEnd(): void {
    this.isOver = true;
    this.sink.onEnd(this.#trailers);
  }

  /** An answer that came whole stays so, whatever becomes of the request's body: section 8.1. */
  onFailure(failure: StreamFailure): void {
    if (this.isOver) return;
    this.isOver = true;
    this.sink.onFailure(failure);
  }
}

/** Section 8.3.2: one `:status`, and nothing else of that kind. */
function statusOf(streamId: number, fields: readonly HeaderField[]): number {
  let status: string | undefined;
  checkFields(streamId, fields, (name, value) => {
    if (name !== ":status") throw malformed(streamId, `8.3.2: no ${name} in an answer`);
    if (status !== undefined) throw malformed(streamId, "8.3.2: one :status");
    status = value;
  });
  if (status === undefined || !/^[1-9]\d\d$/.test(status)) {
    throw malformed(streamId, "8.3.2: an answer has a :status of three digits");
  }
  return Number(status);
}
