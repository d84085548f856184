/**
 * TLS by node:tls, the one part of Deno that can leave verification out for one connection (see
 * docs/design/003), and that can show a client certificate over a connection which is there already.
 * It costs throughput and writes no TLS keys, so what `Deno.startTls` can do is left to that.
 * @module
 */

import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";
import { type Alpn, alpnMismatch } from "./alpn.ts";
import type { ByteConnection } from "./byte_connection.ts";
import type { PemPair } from "./pem_pair.ts";
import type { ProxyServer } from "./proxy.ts";

export interface TlsTarget {
  /** Name or address to connect to; an IPv6 address without its brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The one protocol that is offered. */
  readonly alpn: Alpn;
  /** Name to ask for (SNI); `hostname` unless given. An address is never sent: RFC 6066, section 3. */
  readonly serverName?: string;
  /** Verifies the certificate for that name against these authorities; absent: takes any. */
  readonly verify?: { readonly caPem: string | undefined };
  /** PEM texts of the client's certificate, if the server wants one. */
  readonly clientCert?: PemPair;
  /** The way to it. */
  readonly proxy?: ProxyServer;
}

/**
 * The socket of a handshake that is under way.
 * @param carrier an open connection to the target; absent: one is made
 */
export function connectTls(target: TlsTarget, carrier?: Socket): TLSSocket {
  const { hostname, port, alpn, serverName = hostname, verify, clientCert } = target;
  const socket = connect({
    ...(carrier === undefined ? { host: hostname, port } : { socket: carrier }),
    ALPNProtocols: [alpn],
    rejectUnauthorized: verify !== undefined,
    ...(verify?.caPem === undefined ? {} : { ca: verify.caPem }),
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    // Left to itself it takes an address for "localhost" where there is a carrier.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
    ...(clientCert ? { cert: clientCert.certPem, key: clientCert.keyPem } : {}),
  });
  // A request must not wait for the acknowledgement of the one before (RFC 896).
  if (carrier === undefined) socket.setNoDelay(true);
  return socket;
}

/**
 * What was agreed on, at "secureConnect"; undefined: no protocol. Null: Deno 2.6.8 has this event
 * before a handshake that fails as well; the error follows.
 */
export function chosenAlpn(socket: TLSSocket): string | undefined | null {
  const chosen: string | false | null = socket.alpnProtocol;
  return chosen === false ? undefined : chosen;
}

interface NodeTlsOptions {
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** An open connection to the target; absent: one is made. */
  readonly carrier?: Socket | undefined;
  /** Told when TCP is there, and TLS begins. */
  readonly onTcp?: (() => void) | undefined;
}

/**
 * @throws what node:tls says, if there is no TLS with it
 * @throws {OperationFailedError} `protocol`, if the server does not take the one that is offered
 * @throws the signal's reason
 */
export async function connectByNode(
  target: TlsTarget,
  { signal, carrier, onTcp }: NodeTlsOptions,
): Promise<ByteConnection> {
  signal.throwIfAborted();
  const socket = connectTls(target, carrier);
  const secure = Promise.withResolvers<void>();
  const onAbort = () => secure.reject(signal.reason);
  if (carrier === undefined) socket.once("connect", () => onTcp?.());
  else onTcp?.();
  socket.once("secureConnect", () => {
    const chosen = chosenAlpn(socket);
    if (chosen === null) return;
    const mismatch = alpnMismatch(chosen, target);
    if (mismatch === undefined) secure.resolve();
    else secure.reject(mismatch);
  });
  socket.once("error", secure.reject);
  socket.once("close", () => secure.reject(new Deno.errors.UnexpectedEof("closed within TLS")));
  signal.addEventListener("abort", onAbort, { once: true });
  // From the start: what comes with the end of the handshake must find a listener.
  const connection = new SocketConnection(socket);
  try {
    await secure.promise;
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * A socket of node's that is read when its reader wants to. It is never paused: node:tls of Deno 2.9.6
 * goes on reading nevertheless, and then loses the end of the stream; so what waits is bounded by what
 * the server sends unasked, and over HTTP/2 by the windows that it was given.
 */
class SocketConnection implements ByteConnection {
  readonly #socket: TLSSocket;
  readonly #waiting: Uint8Array[] = [];
  #isOver = false;
  #failure: Error | undefined;
  #wake = () => {};
  /** A write that the socket has no room for is never told that it was closed. */
  #onOver = () => {};

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (bytes: Uint8Array) => {
      this.#waiting.push(bytes);
      this.#wake();
    });
    socket.on("error", (error: Error) => this.#failure ??= error);
    socket.once("end", () => this.#end());
    socket.once("close", () => {
      this.#end();
      this.#onOver();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#waiting.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#waiting.shift();
    if (bytes === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return null;
    }
    into.set(bytes.subarray(0, into.length));
    if (bytes.length > into.length) this.#waiting.unshift(bytes.subarray(into.length));
    return Math.min(bytes.length, into.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#onOver = () =>
        reject(this.#failure ?? new Deno.errors.BrokenPipe("closed by the peer"));
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    if (!this.#isOver) this.#failure ??= new Deno.errors.Interrupted("closed by this end");
    this.#end();
    this.#onOver();
    this.#socket.destroy();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
