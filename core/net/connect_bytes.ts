/**
 * How is a server reached: by TCP, TLS that verifies, or TLS that believes anybody, and through which
 * proxy? Knows no protocol above.
 * @module
 */

import { given } from "../given.ts";
import type { Address } from "./address.ts";
import type { Alpn } from "./alpn.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { connectShowing, connectTcp, startTls, type VerifiedTls } from "./native_tls.ts";
import { connectByNode } from "./node_tls.ts";
import type { PemPair } from "./pem_pair.ts";
import type { ProxyServer } from "./proxy.ts";
import { openSocketTunnel, openTunnel } from "./proxy_tunnel.ts";

/** How to speak TLS with a server. */
export interface TlsRules extends Omit<VerifiedTls, "alpn"> {
  /** Whoever answers is believed. */
  readonly isInsecure?: boolean;
  /** Shown to a server that asks for it. */
  readonly clientCert?: PemPair | undefined;
  /**
   * The one protocol that is offered.
   * @default {"http/1.1"}, by ALPN or for want of it
   */
  readonly alpn?: Alpn;
}

interface ConnectOptions {
  /** Absent: plain TCP. */
  readonly tls?: TlsRules | undefined;
  /** Absent: none. */
  readonly proxy?: ProxyServer | undefined;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Told when TCP is there, and TLS begins; through a proxy when that has made its own to the server. */
  readonly onTcp?: () => void;
}

const HTTP1: Alpn = "http/1.1";

/**
 * Connects, and has shaken hands; small writes leave at once, but where {@link connectShowing} says that
 * they do not.
 * @throws {Deno.errors.ConnectionRefused} and what else `Deno.connect`, TLS and {@link openTunnel} throw;
 *   fetch_failure.ts knows them all
 * @throws the signal's reason
 */
export async function connectBytes(
  address: Address,
  options: ConnectOptions,
): Promise<ByteConnection> {
  const { tls, proxy, signal, onTcp } = options;
  if (tls !== undefined && needsNode(tls, address, proxy)) {
    return await connectedByNode(address, { ...options, tls });
  }
  if (tls?.clientCert !== undefined) {
    const rules = { alpn: HTTP1, ...tls, port: address.port };
    return await connectShowing(tls.clientCert, rules, { signal, onTcp });
  }
  const tcp = proxy === undefined
    ? await connectTcp(address, signal)
    : await openTunnel(proxy, address, { signal, caPem: tls?.caPem });
  onTcp?.();
  return tls === undefined ? tcp : await startTls(tcp, { alpn: HTTP1, ...tls }, signal);
}

/** Whether such TLS is beyond the runtime's own; node's writes no TLS keys. */
export function needsNode(
  { isInsecure, clientCert, serverName }: TlsRules,
  { hostname }: Pick<Address, "hostname">,
  proxy: ProxyServer | undefined,
): boolean {
  if (isInsecure) return true;
  return clientCert !== undefined && (proxy !== undefined || serverName !== hostname);
}

async function connectedByNode(
  address: Address,
  { tls, proxy, signal, onTcp }: ConnectOptions & { readonly tls: TlsRules },
): Promise<ByteConnection> {
  const { serverName, caPem, isInsecure, clientCert, alpn = HTTP1 } = tls;
  const carrier = proxy === undefined
    ? undefined
    : await openSocketTunnel(proxy, address, { signal, caPem });
  const verify = isInsecure ? undefined : { caPem };
  const target = { ...address, alpn, serverName, ...given({ verify, clientCert }) };
  return await connectByNode(target, { signal, carrier, onTcp });
}
