/**
 * How is a server reached: by TCP, TLS that verifies, or TLS that believes anybody? Knows no protocol
 * above, and no proxy.
 * @module
 */

import type { Address } from "./address.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { connectUnverified } from "./unverified_tls.ts";

/** How to speak TLS with a server. */
export interface TlsRules {
  /** In its certificate, and asked for (SNI) unless it is an address; an IPv6 one without its brackets. */
  readonly serverName: string;
  /** PEM of authorities that may vouch for it, beside the system's. */
  readonly caPem?: string | undefined;
  /** Whoever answers is believed. */
  readonly isInsecure?: boolean;
}

interface ConnectOptions {
  /** Absent: plain TCP. */
  readonly tls?: TlsRules | undefined;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

const ALPN = "http/1.1";

/**
 * Connects; small writes leave at once. With TLS the server speaks HTTP/1.1, by ALPN or for want of it.
 * @throws {Deno.errors.ConnectionRefused} and what else `Deno.connect` and `Deno.startTls` throw
 * @throws the signal's reason
 */
export async function connectBytes(
  address: Address,
  { tls, signal }: ConnectOptions,
): Promise<ByteConnection> {
  if (tls?.isInsecure) {
    return await connectUnverified({ ...address, alpn: ALPN, serverName: tls.serverName }, signal);
  }
  const { hostname, port } = address;
  const tcp = await Deno.connect({ hostname, port, signal });
  if (signal.aborted) {
    tcp.close();
    throw signal.reason;
  }
  tcp.setNoDelay(true);
  return tls === undefined ? tcp : await secured(tcp, tls, signal);
}

async function secured(
  tcp: Deno.TcpConn,
  { serverName, caPem }: TlsRules,
  signal: AbortSignal,
): Promise<ByteConnection> {
  const caCerts = caPem === undefined ? [] : [caPem];
  const conn = await Deno.startTls(tcp, { hostname: serverName, caCerts, alpnProtocols: [ALPN] });
  const close = () => conn.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    await conn.handshake();
    return conn;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}
