/**
 * A client's end of one HTTP/2 connection (RFC 9113) over bytes that are there already: who dials,
 * and over what, is the caller's. Never opens a connection and never repeats a request.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import type { ByteConnection } from "../net/byte_connection.ts";
import type { AnswerSink, ClientStream } from "./answer_sink.ts";
import type { BodySource } from "../body_source.ts";
import { ClientConnection } from "./client_connection.ts";
import type { ConnectionEnd } from "./connection_end.ts";
import type { ConnectionFacts } from "./facts.ts";
import { Pump } from "./pump.ts";
import type { RequestHead } from "./request_head.ts";
import { INITIAL_SETTINGS, type Settings } from "./settings.ts";

export type { RequestHead };

export interface H2ClientOptions {
  readonly clock: Clock;
  /** Ours, where they are not the engine's own: docs/design/028. ENABLE_PUSH is always 0. */
  readonly settings?: Partial<Settings>;
  /** Of what the peer may send on all streams together before we say that it is done with. */
  readonly connectionWindowBytes?: number;
  /** The round trip of each PING that was answered. */
  onPing?(roundTripMs: number): void;
  /** Once, after every stream was told. */
  onClosed?(end: ConnectionEnd): void;
}

export interface H2Client extends Disposable {
  /** Resolves when the peer's SETTINGS have come; rejects if the connection ends before. */
  readonly ready: Promise<void>;
  /**
   * Sends a request, at once or as soon as the peer's limit of concurrent streams lets it. Requests
   * of one turn of the event loop leave together. Without a body it ends with its head.
   *
   * On a connection that is not open the sink is told of the failure in a microtask.
   */
  request(head: RequestHead, sink: AnswerSink, body?: BodySource | Uint8Array): ClientStream;
  /** The round trip in ms. Rejects if the connection ends before the answer. */
  ping(): Promise<number>;
  readonly facts: ConnectionFacts;
  /** Takes new requests: neither end has said GOAWAY, it is not closed, and there are ids left. */
  readonly isOpen: boolean;
  /** GOAWAY with NO_ERROR, then the end of the connection; open streams fail as `closed`. */
  close(): void;
}

/** Ours: docs/design/028. A stream's window as Go's client has it. */
const SETTINGS: Settings = {
  ...INITIAL_SETTINGS,
  enablePush: false,
  initialWindowBytes: 4_194_304,
  maxHeaderListBytes: 262_144,
};
/** As Go's client has it: what is not read is bounded by the windows of streams. */
const CONNECTION_WINDOW_BYTES = 2 ** 30;

/** Takes the connection over: nobody else may read, write or close it any more. */
export function startH2Client(conn: ByteConnection, options: H2ClientOptions): H2Client {
  const connection = new ClientConnection({
    connectionWindowBytes: CONNECTION_WINDOW_BYTES,
    ...options,
    settings: { ...SETTINGS, ...options.settings, enablePush: false },
  });
  const pump = new Pump(conn, connection, options.clock);
  connection.onOutput = () => pump.wake();
  pump.start();
  return {
    ready: connection.ready,
    request: (head, sink, body) => connection.request(head, sink, body),
    ping: () => connection.ping(),
    get facts() {
      return connection.facts;
    },
    get isOpen() {
      return connection.isOpen;
    },
    close: () => connection.close(),
    [Symbol.dispose]: () => connection.close(),
  };
}
