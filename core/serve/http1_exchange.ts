/**
 * One request that came by HTTP/1.1: its body, and the answer that it is given. Reads the body only
 * for whoever asks for it; does not send the answer.
 * @module
 */

import { OperationFailedError } from "../errors.ts";
import type { ByteConnection } from "../net/byte_connection.ts";
import { writeAll } from "../net/byte_connection.ts";
import { BodyTooLargeError } from "../net/http_server.ts";
import { ChunkedBody, type Http1Body, LengthBody, type OnPiece } from "../net/http1_body.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { CONTINUE } from "./http1_answer.ts";
import { type Http1RequestHead, RefusedRequestError } from "./http1_request.ts";
import type { ReadAhead } from "./read_ahead.ts";

/** Of the framing of chunks and of a trailer: for each byte of the body, and beside that. */
const FRAMING_FACTOR = 8;
const MOST_FRAMING_BYTES = 16_384;

export interface Http1ExchangeOptions {
  readonly head: Http1RequestHead;
  readonly remoteAddr: Deno.NetAddr;
  readonly conn: ByteConnection;
  readonly input: ReadAhead;
  /** Breaks the connection off. */
  readonly onCut: () => void;
}

export class Http1Exchange implements Exchange {
  readonly protocol = "http/1.1";
  readonly method: string;
  readonly target: string;
  readonly remoteAddr: Deno.NetAddr;
  readonly #options: Http1ExchangeOptions;
  readonly #body: Http1Body;
  /** What {@link readBody} has asked for; nobody keeps what is read after it. */
  #onPiece: OnPiece | undefined;
  #bodyBytesOnWire = 0;
  /** Nobody knows any more where it ends. */
  #isBodyBroken = false;
  #isToldToContinue: boolean;
  readonly #answered = Promise.withResolvers<Answer | undefined>();
  #answer: Answer | undefined;
  #isOver = false;
  onOver: ((isSent: boolean) => void) | undefined;

  constructor(options: Http1ExchangeOptions) {
    const { head, remoteAddr } = options;
    this.#options = options;
    this.method = head.method;
    this.target = head.target;
    this.remoteAddr = remoteAddr;
    const onPiece: OnPiece = (piece) => this.#onPiece?.(piece);
    this.#body = head.bodyBytes === "chunked"
      ? new ChunkedBody(0, onPiece, { isStrict: true })
      : new LengthBody(head.bodyBytes, 0, onPiece);
    this.#isToldToContinue = !head.expectsContinue;
  }

  /** Undefined: it was over before. */
  get answered(): Promise<Answer | undefined> {
    return this.#answered.promise;
  }

  get isAnswered(): boolean {
    return this.#answer !== undefined;
  }

  /** Whether the next request begins where the body ends, and the client will send that body. */
  get isBodyExpected(): boolean {
    return !this.#isBodyBroken && (this.#body.isOver || this.#isToldToContinue);
  }

  header(name: string): string | undefined {
    return this.#options.head.headers.get(name);
  }

  async readBody(mostBytes: number): Promise<Uint8Array> {
    const { bodyBytes } = this.#options.head;
    if (bodyBytes !== "chunked" && bodyBytes > mostBytes) throw tooLarge(mostBytes);
    if (!this.#body.isOver && !this.#isToldToContinue && !this.isAnswered) {
      this.#isToldToContinue = true;
      await writeAll(this.#options.conn, CONTINUE);
    }
    const pieces: Uint8Array[] = [];
    this.#onPiece = (piece) => void pieces.push(piece.slice());
    try {
      if (!await this.#takeBody(mostBytes)) throw tooLarge(mostBytes);
      return joined(pieces, this.#body.bytes);
    } finally {
      this.#onPiece = undefined;
    }
  }

  /**
   * Takes what is left of the body and throws it away.
   * @returns false if more than `mostBytes` are left, or it broke off
   */
  async passOverBody(mostBytes: number): Promise<boolean> {
    if (this.#isBodyBroken) return false;
    return await this.#takeBody(this.#body.bytes + mostBytes).catch(() => false);
  }

  answer(answer: Answer): void {
    if (this.#isOver) return giveUp(answer);
    if (this.#answer !== undefined) throw new Error("The request was answered before");
    this.#answer = answer;
    this.#answered.resolve(answer);
  }

  cut(): void {
    this.#options.onCut();
  }

  /** Once it is sent, or never will be. */
  end(isSent: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#answered.resolve(undefined);
    if (!isSent && this.#answer !== undefined) giveUp(this.#answer);
    this.onOver?.(isSent);
  }

  /** @returns whether all of it came, and was not more */
  async #takeBody(mostBytes: number): Promise<boolean> {
    const { input } = this.#options;
    while (!this.#body.isOver) {
      if (input.bytes.length === 0 && !await input.more()) {
        throw new OperationFailedError("truncated", "The request broke off");
      }
      this.#takeWhatCame();
      if (this.#body.bytes > mostBytes) return false;
    }
    return true;
  }

  /** @throws for framing that is none, or has too little in it */
  #takeWhatCame(): void {
    const { input } = this.#options;
    this.#isBodyBroken = true; // unless it turns out to be sound
    const taken = this.#body.take(input.bytes);
    input.took(taken);
    this.#bodyBytesOnWire += taken;
    const framingBytes = this.#bodyBytesOnWire - this.#body.bytes;
    if (framingBytes > MOST_FRAMING_BYTES + FRAMING_FACTOR * this.#body.bytes) {
      throw new RefusedRequestError(400, "The framing of the body is larger than the body");
    }
    this.#isBodyBroken = false;
  }
}

function giveUp({ body }: Answer): void {
  if (body !== undefined && !(body instanceof Uint8Array)) body.cancel?.();
}

function tooLarge(mostBytes: number): BodyTooLargeError {
  return new BodyTooLargeError(`expected at most ${mostBytes} bytes`);
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
