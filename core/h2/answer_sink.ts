/** Who is told what comes for one request of a client, in this order. Types only. @module */

import type { HeaderField } from "./header_field.ts";

export interface AnswerSink {
  /** The request leaves. Told only of one that had to wait for the peer's limit of streams. */
  onTurn?(): void;
  /** Once, of the final answer; interim answers (1xx) are not told. */
  onHead(status: number, headers: readonly HeaderField[]): void;
  /**
   * A piece of the body as it came, of any length; valid during the call only, as its memory is read
   * into again. Returns how many of its bytes are not done with: their room in the window is given
   * back to the peer when {@link ClientStream.release} says so.
   */
  onData(piece: Uint8Array): number | void;
  /** The answer is whole. */
  onEnd(trailers: readonly HeaderField[]): void;
  /** It will not be; instead of `onEnd`. Not called for what {@link ClientStream.cancel} gave up. */
  onFailure(failure: StreamFailure): void;
}

/** How an exchange ended that did not end well. */
export type StreamFailure =
  /** By RST_STREAM of the peer; REFUSED_STREAM among them. */
  | { readonly kind: "reset"; readonly code: number }
  /** The peer said GOAWAY, and that it has not looked at this request. */
  | { readonly kind: "goaway"; readonly code: number; readonly debug: string }
  /** What the peer sent breaks the protocol; the text names the rule. */
  | { readonly kind: "protocol"; readonly error: Error }
  /** The connection is gone. */
  | { readonly kind: "closed"; readonly error: Error | undefined };

/** One request under way. */
export interface ClientStream {
  /** Undefined while it waits for the peer's limit of concurrent streams. */
  readonly id: number | undefined;
  /** So many bytes that `onData` kept are done with. */
  release(bytes: number): void;
  /** Gives the exchange up: RST_STREAM with CANCEL, and nothing more is told. */
  cancel(): void;
}
