/** How does a connection to a target come to speak HTTP/2? Sends no request. @module */

import { given } from "../given.ts";
import type { Address } from "../net/address.ts";
import { connectBytes, needsNode, type TlsRules } from "../net/connect_bytes.ts";
import { type ChannelTarget, remotePort } from "../net/http_channel.ts";
import { type H2Client, type H2ClientOptions, startH2Client } from "./h2_client.ts";

/** Beside what the engine says: node:tls keeps all that comes, whether it is read or not. */
const NODE_CONNECTION_WINDOW_BYTES = 16 * 1024 ** 2;

export interface DialOptions extends H2ClientOptions {
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Told when TCP is there, and TLS begins. */
  onTcp?(): void;
}

/**
 * A connection that has shaken hands.
 * @throws what connect_bytes.ts throws, and the signal's reason
 */
export async function dialH2(
  target: ChannelTarget,
  { signal, onTcp, ...options }: DialOptions,
): Promise<H2Client> {
  const { proxy } = target;
  const address = addressOf(target);
  const tls = tlsRulesOf(target, address);
  const conn = await connectBytes(address, { tls, proxy, signal, ...given({ onTcp }) });
  return startH2Client(
    conn,
    needsNode(tls, address, proxy)
      ? { connectionWindowBytes: NODE_CONNECTION_WINDOW_BYTES, ...options }
      : options,
  );
}

function addressOf({ baseUrl }: ChannelTarget): Address {
  const { hostname } = new URL(baseUrl);
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: remotePort({ baseUrl }) };
}

function tlsRulesOf(
  { insecure, serverName, caPem, clientCert }: ChannelTarget,
  { hostname }: Address,
): TlsRules {
  return {
    alpn: "h2",
    serverName: serverName ?? hostname,
    isInsecure: insecure,
    ...given({ caPem, clientCert }),
  };
}
