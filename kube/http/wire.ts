/**
 * The port between requests to an API server and what carries them: an HTTP/2 engine of our own, or
 * `fetch` where that is HTTP/1.1 or a server in this process
 * ([006](../../docs/design/006-requests-and-what-carries-them.md)). Types only.
 * @module
 */

import type { ConnectionFacts } from "../../core/h2/facts.ts";

export interface WireRequest {
  readonly method: string;
  /** Names in lower case; one that is there twice is sent twice. */
  readonly headers: [name: string, value: string][];
  readonly body?: string;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** The head of an answer, redirects included. Its body is read once, in one of two ways. */
export interface WireAnswer {
  readonly url: string;
  readonly status: number;
  /** Whether that is a success. */
  readonly ok: boolean;
  /** Null if there is none of that name. */
  readonly headers: Pick<Headers, "get">;
  /** Null for an answer that cannot have one. Cancelled by who does not want all of it. */
  readonly body: ReadableStream<Uint8Array> | null;
  bytes(): Promise<Uint8Array>;
}

/** Over HTTP/2 one TCP connection, over HTTP/1.1 one for each request under way. */
export interface Wire extends Disposable {
  /** Whether it takes new requests, as far as is known; once false, it stays so. */
  readonly isOpen: boolean;
  /** Of HTTP/2, once it is connected. */
  readonly facts?: ConnectionFacts | undefined;
  /**
   * Resolves when the head of the answer is there. Nothing is sent a second time.
   * @throws {OperationFailedError} if there is none
   * @throws the signal's reason, unchanged, once it has aborted
   */
  fetch(url: string, request: WireRequest): Promise<WireAnswer>;
  /**
   * Resolves when the other end of the connection has answered; rejects if it ends. Absent: only a
   * request can ask.
   */
  ping?(signal: AbortSignal): Promise<void>;
  /** Takes no new requests; those under way go on, if they can, and are the last. */
  [Symbol.dispose](): void;
}
