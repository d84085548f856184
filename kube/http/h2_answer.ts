/**
 * One request over HTTP/2 and its answer: what the engine tells becomes a head to wait for, and a body
 * that is read as a whole or as it comes. Who does not read slows the server down.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type { AnswerSink, ClientStream, StreamFailure } from "../../core/h2/answer_sink.ts";
import type { H2Client, RequestHead } from "../../core/h2/h2_client.ts";
import type { HeaderField } from "../../core/h2/header_field.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { WireAnswer } from "./wire.ts";

/** Told of requests that cannot be sent yet, as so many are under way as the server allows. */
export interface Waits {
  /** @param mostStreams that the server takes at a time on this connection */
  begin(mostStreams: number): void;
  /** It is sent now, or given up. */
  end(waitedMs: number): void;
}

interface H2AnswerOptions {
  readonly clock: Clock;
  readonly explain: (failure: StreamFailure) => OperationFailedError;
  readonly waits: Waits;
  /** Once; nothing more comes. */
  readonly onOver: () => void;
}

export class H2Answer implements AnswerSink, WireAnswer {
  status = 0;
  readonly headers = { get: (name: string) => this.#header(name.toLowerCase()) };
  readonly #options: H2AnswerOptions;
  readonly #head = Promise.withResolvers<WireAnswer>();
  #stream: ClientStream | undefined;
  #waitsSinceMs: number | undefined;
  #fields: readonly HeaderField[] = [];
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** The body is wanted as a whole, so that the server need not wait for who reads it. */
  #isAllWanted = false;
  #isWhole = false;
  #error: unknown;
  #wake = () => {};

  constructor(readonly url: string, options: H2AnswerOptions) {
    this.#options = options;
  }

  /** Resolves with this. */
  get head(): Promise<WireAnswer> {
    return this.#head.promise;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: (reason) => this.giveUp(reason),
    }, { highWaterMark: 0 });
  }

  async bytes(): Promise<Uint8Array> {
    this.#isAllWanted = true;
    this.#stream?.release(this.#pieceBytes);
    while (!this.#isOver) await this.#more();
    if (this.#error !== undefined) throw this.#error;
    return this.#taken();
  }

  /** Once. */
  send(client: H2Client, head: RequestHead, body: Uint8Array | undefined): void {
    try {
      this.#stream = client.request(head, this, body);
      if (this.#stream.id === undefined && client.isOpen) this.#wait(client);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The server is told, and whoever waits gets the reason. */
  giveUp(reason: unknown): void {
    if (this.#isOver) return;
    this.#stream?.cancel();
    this.#fail(reason);
  }

  onTurn(): void {
    if (this.#waitsSinceMs === undefined) return;
    this.#options.waits.end(this.#options.clock.now() - this.#waitsSinceMs);
    this.#waitsSinceMs = undefined;
  }

  onHead(status: number, fields: readonly HeaderField[]): void {
    this.status = status;
    this.#fields = fields;
    this.#head.resolve(this);
  }

  onData(piece: Uint8Array): number {
    this.#pieces.push(piece.slice());
    this.#pieceBytes += piece.length;
    if (this.#isAllWanted) return 0;
    this.#wake();
    return piece.length;
  }

  onEnd(): void {
    this.#isWhole = true;
    this.#options.onOver();
    this.#wake();
  }

  /** As over `fetch`, whatever breaks a body off has made it too short. */
  onFailure(failure: StreamFailure): void {
    const error = this.#options.explain(failure);
    this.#fail(this.status === 0 ? error : new OperationFailedError("truncated", error.message));
  }

  get #isOver(): boolean {
    return this.#isWhole || this.#error !== undefined;
  }

  #wait({ facts }: H2Client): void {
    this.#waitsSinceMs = this.#options.clock.now();
    this.#options.waits.begin(facts.peerSettings.maxConcurrentStreams);
  }

  #header(name: string): string | null {
    const values = this.#fields.filter((field) => field[0] === name).map(([, value]) => value);
    return values.length === 0 ? null : values.join(", ");
  }

  #fail(error: unknown): void {
    this.#error = error;
    this.#head.reject(error);
    this.onTurn();
    this.#options.onOver();
    this.#wake();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#pieces.length === 0 && !this.#isOver) await this.#more();
    if (this.#pieces.length > 0) {
      this.#stream?.release(this.#pieceBytes);
      controller.enqueue(this.#taken());
    } else if (this.#error !== undefined) controller.error(this.#error);
    else controller.close();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  #taken(): Uint8Array {
    const pieces = this.#pieces;
    const bytes = pieces.length === 1 ? pieces[0]! : joined(pieces, this.#pieceBytes);
    this.#pieces = [];
    this.#pieceBytes = 0;
    return bytes;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
