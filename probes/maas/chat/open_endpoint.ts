/** A connection to where a gateway answers, under the name by which its clients call it. @module */

import type { Address } from "../../../core/net/address.ts";
import type { TlsRules } from "../../../core/net/connect_bytes.ts";
import { type Http1Connection, openHttp1Connection } from "../../../core/net/http1_connection.ts";
import type { ChatEndpoint } from "./chat.ts";

/** Where it is, whatever is asked there. */
export type EndpointPlace = Pick<ChatEndpoint, "origin" | "address" | "caPem" | "isInsecure">;

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/**
 * @param signal ends the attempt
 * @throws what {@link openHttp1Connection} throws
 */
export function openEndpoint(place: EndpointPlace, signal: AbortSignal): Promise<Http1Connection> {
  return openHttp1Connection(place.address ?? addressOf(place.origin), signal, tlsOf(place));
}

function addressOf(origin: URL): Address {
  const standard = origin.protocol === "https:" ? HTTPS_PORT : HTTP_PORT;
  return { hostname: bare(origin.hostname), port: Number(origin.port || standard) };
}

function tlsOf({ origin, caPem, isInsecure }: EndpointPlace): TlsRules | undefined {
  if (origin.protocol !== "https:") return undefined;
  return { serverName: bare(origin.hostname), caPem, isInsecure };
}

/** An IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
