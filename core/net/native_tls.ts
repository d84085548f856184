/**
 * TCP and verified TLS by the runtime itself, the cheaper of two ways (the other is node_tls.ts): it
 * writes TLS keys where SSLKEYLOGFILE is set. Each attempt ends with its signal, and leaves nothing
 * open when it fails.
 * @module
 */

import type { Address } from "./address.ts";
import { type Alpn, alpnMismatch } from "./alpn.ts";
import type { PemPair } from "./pem_pair.ts";

/** How to speak TLS with a server, and verify it. */
export interface VerifiedTls {
  /** In its certificate, and asked for (SNI) unless it is an address; an IPv6 one without its brackets. */
  readonly serverName: string;
  /** PEM of authorities that may vouch for it, beside the system's. */
  readonly caPem?: string | undefined;
  /** The one protocol that is offered. */
  readonly alpn: Alpn;
}

/** Small writes leave at once. @throws what `Deno.connect` throws, and the signal's reason */
export async function connectTcp(
  { hostname, port }: Address,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const tcp = await Deno.connect({ hostname, port, signal });
  if (signal.aborted) {
    tcp.close();
    throw signal.reason;
  }
  tcp.setNoDelay(true);
  return tcp;
}

/**
 * @param tcp belongs to the TLS from now on
 * @throws {Deno.errors.InvalidData} and what else the handshake throws
 * @throws {OperationFailedError} `protocol`, if the server does not take the one that is offered
 */
export async function startTls(
  tcp: Deno.TcpConn,
  rules: VerifiedTls,
  signal: AbortSignal,
): Promise<Deno.TlsConn> {
  const { hostname, port } = tcp.remoteAddr;
  const conn = await Deno.startTls(tcp, { hostname: rules.serverName, ...optionsOf(rules) });
  return await shakenHands(conn, { alpn: rules.alpn, hostname, port }, signal);
}

/**
 * As the two above, showing a certificate, which `Deno.startTls` cannot (2.6.8 and 2.9.6 pass over one
 * in its options). The name in the server's certificate is the host's. Unlike of all other
 * connections, small writes do NOT leave at once, as there is no switch for it: see own_sockets.ts.
 * @param options.onTcp told when TCP is there, and TLS begins
 */
export async function connectShowing(
  { certPem, keyPem }: PemPair,
  rules: VerifiedTls & { readonly port: number },
  { signal, onTcp }: { signal: AbortSignal; onTcp?: (() => void) | undefined },
): Promise<Deno.TlsConn> {
  const { serverName: hostname, port, alpn } = rules;
  signal.throwIfAborted();
  const pair = { cert: certPem, key: keyPem };
  const connecting = Deno.connectTls({ hostname, port, ...optionsOf(rules), ...pair });
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => {
    aborted.reject(signal.reason);
    connecting.then((conn) => conn.close(), () => {});
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const conn = await Promise.race([connecting, aborted.promise]);
    onTcp?.();
    signal.removeEventListener("abort", onAbort);
    return await shakenHands(conn, { alpn, hostname, port }, signal);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * What the work gives; the connection is closed when the work fails, and at once when the signal aborts.
 * @throws the signal's reason, or what the work throws
 */
export async function closedOnFailure<Result>(
  conn: { close(): void },
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const close = () => conn.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

function optionsOf({ caPem, alpn }: VerifiedTls) {
  return { caCerts: caPem === undefined ? [] : [caPem], alpnProtocols: [alpn] };
}

async function shakenHands(
  conn: Deno.TlsConn,
  offered: { readonly alpn: Alpn } & Address,
  signal: AbortSignal,
): Promise<Deno.TlsConn> {
  return await closedOnFailure(conn, signal, async () => {
    const { alpnProtocol } = await conn.handshake().catch(namingHandshake);
    const mismatch = alpnMismatch(alpnProtocol, offered);
    if (mismatch !== undefined) throw mismatch;
    return conn;
  });
}

/** A server that hangs up speaks no TLS, mostly; the runtime says that it has ended, and not when. */
function namingHandshake(error: unknown): never {
  if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
  throw new Deno.errors.UnexpectedEof("tls handshake eof");
}
