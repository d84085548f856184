/**
 * How do TLS connections get in, whatever happens? Accepts until it is closed: a process that has no
 * descriptor left goes on where it was once it has one again. Does no handshake, and keeps no account
 * of the connections that it hands over.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import type { Address } from "../net/address.ts";
import { disableNagle, limitUnsent } from "../net/own_sockets.ts";

const SHORTEST_BACK_OFF_MS = 50;
const LONGEST_BACK_OFF_MS = 1_000;
/** Twice what a write takes: the next one is made while it is sent. */
const UNSENT_BYTES = 131_072;

export interface TlsListenerOptions {
  /** Port 0 takes a free one. */
  readonly listen: Address;
  /** PEM texts. */
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  /** Several threads listen on one port; needs the runtime's unstable "net" feature. */
  readonly reusePort?: boolean;
  readonly clock: Clock;
  /** Its handshake has yet to come. */
  readonly onConnection: (conn: Deno.TlsConn) => void;
  /** None could be accepted, as the system has no room for it: whoever can make some does so now. */
  readonly onStarved: (error: unknown) => void;
}

/** RFC 7301: what clients may choose; those without ALPN have HTTP/1.1. */
const ALPN_PROTOCOLS = ["h2", "http/1.1"];

export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #listener: Deno.TlsListener;
  readonly #closing = new AbortController();
  readonly addr: Deno.NetAddr;
  /** False where small writes may be held back by Nagle's algorithm. */
  readonly nagleDisabled: boolean;

  /** Listens at once. @throws whatever `Deno.listenTls` throws for an address or a certificate */
  constructor(options: TlsListenerOptions) {
    this.#options = options;
    const { listen, tls, reusePort = false } = options;
    this.#listener = Deno.listenTls({
      hostname: listen.hostname,
      port: listen.port,
      cert: tls.certPem,
      key: tls.keyPem,
      alpnProtocols: ALPN_PROTOCOLS,
      reusePort,
    });
    this.addr = this.#listener.addr;
    // Accepted sockets inherit both; TLS connections have no call for them (docs/design/002).
    const match = { localPort: this.addr.port, listening: true };
    this.nagleDisabled = disableNagle(match) > 0;
    limitUnsent(match, UNSENT_BYTES);
    void this.#acceptAll();
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#listener.close();
  }

  async #acceptAll(): Promise<void> {
    const { clock, onConnection, onStarved } = this.#options;
    const { signal } = this.#closing;
    for (let backOffMs = SHORTEST_BACK_OFF_MS; !signal.aborted;) {
      try {
        const conn = await this.#listener.accept();
        backOffMs = SHORTEST_BACK_OFF_MS;
        onConnection(conn);
      } catch (error) {
        if (signal.aborted) return;
        // A client that went away before it was accepted is no lack of anything.
        if (error instanceof Deno.errors.ConnectionAborted) continue;
        onStarved(error);
        await clock.sleepUntil(clock.now() + backOffMs, signal);
        backOffMs = Math.min(LONGEST_BACK_OFF_MS, 2 * backOffMs);
      }
    }
  }
}
