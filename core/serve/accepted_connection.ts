/**
 * One connection of a server, from its accept to its end: the handshake, then a session in the
 * protocol that the two agreed on. Ends by itself, or when it is told to.
 * @module
 */

import { given } from "../given.ts";
import { type H2ServerSession, serveH2 } from "../h2/h2_server.ts";
import type { ConnectionFacts } from "../h2/facts.ts";
import type { Settings } from "../h2/settings.ts";
import type { Clock } from "../load/clock.ts";
import type { Answer, Exchange, ExchangeHandler } from "../exchange.ts";
import { serveHttp1 } from "./http1_server.ts";
import type { ServerSession } from "./server_session.ts";

/** From the accept to the head of the first request, TLS handshake included, ms. */
export const FIRST_REQUEST_LIMIT_MS = 30_000;
/** From the end of a request to the head of the next one, ms. */
export const IDLE_LIMIT_MS = 120_000;

export type ServerProtocol = "h2" | "http/1.1";

/** What came of a handshake. */
export interface Agreed {
  readonly protocol: ServerProtocol;
  /** From the accept on. */
  readonly handshakeMs: number;
}

export interface AcceptedConnectionOptions {
  readonly clock: Clock;
  readonly handler: ExchangeHandler;
  /** What to answer when the handler threw this and has not answered. */
  readonly onError: (error: unknown) => Answer;
  /** Of HTTP/2, where they are not the engine's own. */
  readonly settings?: Partial<Settings> | undefined;
}

export class AcceptedConnection {
  readonly #conn: Deno.TlsConn;
  readonly #options: AcceptedConnectionOptions;
  readonly #acceptedMs: number;
  #session: ServerSession | undefined;
  #h2: H2ServerSession | undefined;
  #hasAsked = false;
  #isToldToLeave = false;
  #isCut = false;

  constructor(conn: Deno.TlsConn, options: AcceptedConnectionOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#acceptedMs = options.clock.now();
  }

  get remoteAddr(): Deno.NetAddr {
    return this.#conn.remoteAddr;
  }

  /** Whether the handshake is over. */
  get isAgreed(): boolean {
    return this.#session !== undefined;
  }

  get isToldToLeave(): boolean {
    return this.#isToldToLeave;
  }

  /** Whether a request has ever come. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  /** Of HTTP/2. */
  get facts(): ConnectionFacts | undefined {
    return this.#h2?.facts;
  }

  get isInUse(): boolean {
    return this.#session !== undefined && this.#session.openStreams > 0;
  }

  /**
   * Until its end.
   * @param onAgreed told once the handshake is over, and the session has begun
   * @returns false if the handshake failed, which is the client's affair
   */
  async serve(onAgreed: (agreed: Agreed) => void): Promise<boolean> {
    const { clock } = this.#options;
    let agreed: Agreed;
    try {
      const { alpnProtocol } = await this.#conn.handshake();
      const protocol = alpnProtocol === "h2" ? "h2" : "http/1.1";
      agreed = { protocol, handshakeMs: clock.now() - this.#acceptedMs };
    } catch {
      const isOurs = this.#isCut;
      this.cut();
      return isOurs;
    }
    if (this.#isCut) return true;
    this.#session = this.#begin(agreed.protocol);
    onAgreed(agreed);
    if (this.#isToldToLeave) this.#session.shutdown();
    await this.#session.finished;
    return true;
  }

  /** Whether it holds a descriptor for nothing, and has for too long. */
  isOverdue(nowMs: number): boolean {
    if (this.isInUse) return false;
    return this.#hasAsked
      ? nowMs - this.#session!.lastActiveMs >= IDLE_LIMIT_MS
      : nowMs - this.#acceptedMs >= FIRST_REQUEST_LIMIT_MS;
  }

  /** No new requests; it ends with the last one. */
  shutdown(): void {
    if (this.#isToldToLeave) return;
    this.#isToldToLeave = true;
    this.#session?.shutdown();
  }

  /** Ends it now. The descriptor may outlive it: see `HttpsServer`. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    if (this.#session === undefined) this.#conn.close();
    else this.#session.cut();
  }

  #begin(protocol: ServerProtocol): ServerSession {
    const { clock, handler, onError, settings } = this.#options;
    const options = {
      clock,
      remoteAddr: this.remoteAddr,
      handler: (exchange: Exchange) => {
        this.#hasAsked = true;
        return handler(exchange);
      },
      onError,
      ...given({ settings }),
    };
    if (protocol === "http/1.1") return serveHttp1(this.#conn, options);
    return this.#h2 = serveH2(this.#conn, options);
  }
}
