/**
 * A server's end of one HTTP/2 connection (RFC 9113) over bytes that are there already: who listens
 * and accepts is the caller's, and so are limits of idle connections.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import type { ByteConnection } from "../net/byte_connection.ts";
import type { Answer, ExchangeHandler } from "../exchange.ts";
import type { ConnectionEnd } from "./connection_end.ts";
import type { ConnectionFacts } from "./facts.ts";
import { Pump } from "./pump.ts";
import { ServerConnection } from "./server_connection.ts";
import { INITIAL_SETTINGS, type Settings } from "./settings.ts";

export interface H2ServerOptions {
  readonly clock: Clock;
  /** Ours, where they are not the engine's own: docs/design/028. */
  readonly settings?: Partial<Settings>;
  /** Of what the peer may send on all streams together before we say that it is done with. */
  readonly connectionWindowBytes?: number;
  readonly remoteAddr: Deno.NetAddr;
  readonly handler: ExchangeHandler;
  /** What to answer when the handler threw this and has not answered. */
  onError(error: unknown): Answer;
  /** Once, after every exchange was told. */
  onClosed?(end: ConnectionEnd): void;
}

export interface H2ServerSession {
  readonly facts: ConnectionFacts;
  readonly openStreams: number;
  /** By the clock: when the last stream began or ended, or the connection began. */
  readonly lastActiveMs: number;
  /** GOAWAY: no new streams; those that are open go on, and the connection ends with the last. */
  shutdown(): void;
  /** Ends it now: open exchanges are over. */
  cut(): void;
  /** Resolves when it is over and the connection closed. Never rejects. */
  readonly finished: Promise<void>;
}

/** Ours: docs/design/028. As many streams as the server of the original program allows. */
const SETTINGS: Settings = {
  ...INITIAL_SETTINGS,
  maxConcurrentStreams: 10_000,
  initialWindowBytes: 1_048_576,
  maxHeaderListBytes: 65_536,
};
/** As Go's server has it. */
const CONNECTION_WINDOW_BYTES = 1_048_576;

/** Takes the connection over: nobody else may read, write or close it any more. */
export function serveH2(conn: ByteConnection, options: H2ServerOptions): H2ServerSession {
  const connection = new ServerConnection({
    connectionWindowBytes: CONNECTION_WINDOW_BYTES,
    ...options,
    // RFC 9113, section 6.5.2: a server does not say ENABLE_PUSH 1, and need not say 0.
    settings: { ...SETTINGS, ...options.settings, enablePush: INITIAL_SETTINGS.enablePush },
  });
  const pump = new Pump(conn, connection, options.clock);
  connection.onOutput = () => pump.wake();
  pump.start();
  return {
    get facts() {
      return connection.facts;
    },
    get openStreams() {
      return connection.openStreams;
    },
    get lastActiveMs() {
      return connection.lastActiveMs;
    },
    shutdown: () => connection.shutdown(),
    cut: () => {
      connection.finish();
      pump.close();
    },
    finished: pump.finished,
  };
}
