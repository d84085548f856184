/**
 * One connection to the target, as the client sees it: the port between who decides what to ask, and
 * those who speak HTTP/2 or HTTP/1.1. Types only.
 * @module
 */

import type { OperationFailedError } from "../core/errors.ts";
import type { ConnectionFacts } from "../core/h2/facts.ts";
import type { Alpn } from "../core/net/alpn.ts";

/**
 * Who is told what comes of one request. What it throws gives the request up, and is what it then
 * fails with.
 */
export interface AnswerReader {
  /** Once, before the body. */
  onHead(status: number): void;
  /** A piece of the body, of any length; its memory is read into again after the call. */
  onBytes(piece: Uint8Array): void;
  /**
   * HTTP/2: the request waits, as so many others are under way as the server allows on a connection.
   * @param mostStreams that limit
   */
  onWait?(mostStreams: number): void;
  /** It waited, and leaves now. */
  onTurn?(): void;
}

export interface GetOptions {
  /** Gives the request up. */
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One TLS connection; over HTTP/1.1 one for each request that is under way. To dispose of it takes it
 * no new requests, and it is closed when those that it has have ended.
 */
export interface Connection extends Disposable {
  readonly id: number;
  readonly protocol: Alpn;
  /** TCP, TLS and the first answer's headers together. */
  readonly connectMs: number;
  /** Absent where `fetch` connects, which shows no more. */
  readonly handshake?: HandshakeTimes;
  /** What only HTTP/2 has. */
  readonly http2?: Http2View;
  /** Whether it takes new requests, as far as this end knows; once false, it stays so. */
  readonly isOpen: boolean;
  /**
   * Resolves when all of the answer has been told.
   * @throws {OperationFailedError} for every failure of the request
   * @throws the signal's reason, unchanged, once it has aborted
   * @throws what the reader throws
   * @throws {RangeError} if the URL is not of the target's origin
   */
  get(url: string, options: GetOptions, reader: AnswerReader): Promise<void>;
}

export interface HandshakeTimes {
  /** To connect, the look-up of the name included; through a proxy until that had made its own. */
  readonly tcpMs: number;
  readonly tlsMs: number;
}

export interface Http2View {
  /** As they are when they are asked for; after its end as they were then. */
  readonly facts: ConnectionFacts;
  /** The round trip in ms. Rejects if the connection ends before the answer. */
  ping(): Promise<number>;
  /** Ends the connection now: what is under way fails so. */
  cut(failure: OperationFailedError): void;
}
