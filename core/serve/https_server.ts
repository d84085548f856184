/**
 * How does a server of ours speak with many clients, and outlive them? Accepts TLS connections, serves
 * each in HTTP/2 or HTTP/1.1, ends those that hold a descriptor for nothing, and counts what became of
 * all of them (docs/design/011). Never knows what a request is answered with.
 *
 * The runtime keeps the socket of a TLS connection that was closed until its last bytes are written,
 * or its handshake is over: with a client that does neither, for as long as that client likes (Deno
 * 2.6.8 to 2.9.6). So a connection that is cut is ended in the system, too.
 * @module
 */

import { messageOf } from "../errors.ts";
import { formatAddress } from "../net/address.ts";
import { cutConnections, ownSockets, urlHost } from "../net/own_sockets.ts";
import { SpareDescriptor } from "../net/spare_descriptor.ts";
import {
  AcceptedConnection,
  type AcceptedConnectionOptions,
  type Agreed,
  type ServerProtocol,
} from "./accepted_connection.ts";
import type { ServerConnections } from "./server_connections.ts";
import { TlsListener, type TlsListenerOptions } from "./tls_listener.ts";

const SWEEP_MS = 2_000;

export interface HttpsServerOptions
  extends
    AcceptedConnectionOptions,
    Pick<TlsListenerOptions, "listen" | "tls" | "reusePort" | "clock"> {
  /** Told once: that descriptors ran out, and clients had to wait or were cut. */
  readonly onInterrupted?: ((message: string) => void) | undefined;
  /** Told of each connection that has shaken hands; what it returns is called at its end. */
  readonly onConnection?:
    | ((connection: Pick<AcceptedConnection, "remoteAddr" | "facts">, agreed: Agreed) => () => void)
    | undefined;
}

/** Accepts connections until it is closed. */
export class HttpsServer {
  readonly #options: HttpsServerOptions;
  readonly #listener: TlsListener;
  readonly #open = new Set<AcceptedConnection>();
  /** Kept for the moment when none is left: looking which socket to end takes one. */
  readonly #spare: SpareDescriptor;
  readonly #closing = new AbortController();
  readonly #finished = Promise.withResolvers<void>();
  readonly #agreed: Record<ServerProtocol, number> = { h2: 0, "http/1.1": 0 };
  #accepted = 0;
  #failedHandshakes = 0;
  #cut = 0;
  #hasTold = false;

  /** Listens at once. @throws whatever `Deno.listenTls` throws for an address or a certificate */
  constructor(options: HttpsServerOptions) {
    this.#options = options;
    this.#listener = new TlsListener({
      ...options,
      onConnection: (conn) => void this.#serve(conn),
      onStarved: (error) => this.#makeRoom(error),
    });
    this.#spare = new SpareDescriptor();
    void this.#sweepAll();
  }

  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** False where small writes may be held back by Nagle's algorithm. */
  get nagleDisabled(): boolean {
    return this.#listener.nagleDisabled;
  }

  /** Resolves when it was closed and all its connections have ended. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  connections(): ServerConnections {
    return {
      open: this.#open.size,
      accepted: this.#accepted,
      agreed: { ...this.#agreed },
      failedHandshakes: this.#failedHandshakes,
      cut: this.#cut,
    };
  }

  /**
   * Stops accepting, and waits for open requests. A second call has its own grace.
   * @returns whether all connections have ended within `graceMs`
   */
  async close({ graceMs }: { graceMs: number }): Promise<boolean> {
    this.#closing.abort();
    this.#listener.close();
    this.#spare[Symbol.dispose]();
    for (const connection of this.#open) connection.shutdown();
    this.#end([...this.#open].filter(({ isAgreed }) => !isAgreed));
    this.#finishIfDone();
    const { clock } = this.#options;
    const over = new AbortController();
    void this.finished.then(() => over.abort());
    await clock.sleepUntil(clock.now() + graceMs, over.signal);
    return over.signal.aborted;
  }

  /** Ends what {@link close} has left. */
  cut(): void {
    this.#end([...this.#open]);
  }

  async #serve(conn: Deno.TlsConn): Promise<void> {
    const connection = new AcceptedConnection(conn, this.#options);
    this.#accepted++;
    this.#open.add(connection);
    // It was accepted in the turn in which the server closed.
    if (this.#closing.signal.aborted) this.#end([connection]);
    let onEnd: (() => void) | undefined;
    const isAgreed = await connection.serve((agreed) => {
      this.#agreed[agreed.protocol]++;
      onEnd = this.#options.onConnection?.(connection, agreed);
    });
    onEnd?.();
    if (!isAgreed) this.#failedHandshakes++;
    this.#open.delete(connection);
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#closing.signal.aborted && this.#open.size === 0) this.#finished.resolve();
  }

  async #sweepAll(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.sleepUntil(clock.now() + SWEEP_MS, signal);
      if (!signal.aborted) this.#sweep(clock.now());
    }
  }

  /** Who is told to go, and is still there at the next look, is made to. */
  #sweep(nowMs: number): void {
    const overdue = [...this.#open].filter((connection) => connection.isOverdue(nowMs));
    const leaving = overdue.filter(({ isToldToLeave }) => isToldToLeave);
    const others = overdue.filter(({ isToldToLeave }) => !isToldToLeave);
    for (const connection of others) connection.shutdown();
    this.#cut += others.length;
    this.#end(leaving);
  }

  /** Those without a request first; if there are none, all that have none open. */
  #makeRoom(error: unknown): void {
    this.#tell(error);
    const unused = [...this.#open].filter(({ isInUse }) => !isInUse);
    const silent = unused.filter(({ hasAsked }) => !hasAsked);
    const chosen = silent.length > 0 ? silent : unused;
    this.#cut += chosen.length;
    this.#end(chosen);
  }

  /** See the module: in the system as well, all of them with one look at our descriptors. */
  #end(connections: readonly AcceptedConnection[]): void {
    if (connections.length === 0) return;
    const ends = new Set(connections.map(({ remoteAddr }) => remoteEnd(remoteAddr)));
    for (const connection of connections) connection.cut();
    this.#spare.lend(() => {
      const sockets = ownSockets({ localPort: this.addr.port, listening: false });
      cutConnections(
        sockets.filter(({ remoteHost, remotePort }) => ends.has(`${remoteHost} ${remotePort}`)),
      );
    });
  }

  #tell(error: unknown): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#options.onInterrupted?.(
      `The server on ${formatAddress(this.addr)} could take no more connections (${
        messageOf(error).replace(/^Error: /, "")
      }). It cut those without a request and goes on; others waited meanwhile. ` +
        "A higher limit of open files (ulimit -n) leaves room for them",
    );
  }
}

function remoteEnd({ hostname, port }: Deno.NetAddr): string {
  return `${urlHost(hostname)} ${port}`;
}
