/**
 * One request to a server of ours and its answer, whatever protocol they came by: the port between
 * those who speak HTTP/2 or HTTP/1.1 and those who know what to answer. Types only.
 * @module
 */

import type { BodySource } from "./body_source.ts";

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Absent: none. Of an answer to HEAD it is not sent. */
  readonly body?: Uint8Array | BodySource;
}

export interface Exchange {
  readonly protocol: "h2" | "http/1.1";
  readonly method: string;
  /** Path and query as they were sent, e.g. `/blocks?size=1`. */
  readonly target: string;
  /** By a name in lower case; values of one name are joined by ", ". */
  header(name: string): string | undefined;
  readonly remoteAddr: Deno.NetAddr;
  /**
   * The request's body, whole.
   * @throws {BodyTooLargeError} as soon as more than `mostBytes` have come
   * @throws if the request broke off
   */
  readBody(mostBytes: number): Promise<Uint8Array>;
  /** Once. What is thrown instead, or never answered, is a defect of the handler. */
  answer(answer: Answer): void;
  /** Breaks it off, answered or not: RST_STREAM, or the end of the connection. */
  cut(): void;
  /** Called once when it is over: true if all of the answer has been handed to the system. */
  onOver: ((isSent: boolean) => void) | undefined;
}

/** May answer at once or later. What it throws is told to the server's `onError`, which answers. */
export type ExchangeHandler = (exchange: Exchange) => void | Promise<void>;
