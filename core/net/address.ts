/**
 * Where is it, in the words of a user: a host and port such as `:8080`, or a URL? It only reads and
 * writes text: no name is looked up and nothing is opened. Where a user and password would be printed,
 * stored and sent on, they are refused; values of a query may be tokens.
 * @module
 */

import { isIPv4, isIPv6 } from "node:net";

/** An end of a connection; `hostname` of an IPv6 address is without its brackets. */
export interface Address {
  hostname: string;
  /** 0..65535; 0 asks the system for any free port when listening. */
  port: number;
}

/** Where a server listens when nobody said otherwise: reachable from this machine only. */
const LOOPBACK = "127.0.0.1";
const HIGHEST_PORT = 65_535;
/** RFC 1123, section 2.1, and the underscore that container names have. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/**
 * Reads `PORT`, `:PORT`, `HOST:PORT` or `[IPV6]:PORT`; the first two get the default host. All
 * interfaces must be asked for by name (`0.0.0.0:PORT`, `[::]:PORT`): unlike in Go, an empty host is
 * loopback, so that nothing is open to the network by accident.
 * @throws {SyntaxError} if the text is none of these or the port is not 0..65535
 */
export function parseAddress(text: string, options: { defaultHost?: string } = {}): Address {
  const parts = /^(?:(?:\[(?<ipv6>[^\[\]]*)\]|(?<host>[^\[\]:]*)):)?(?<port>[^:]*)$/.exec(text)
    ?.groups;
  if (parts === undefined) throw notAnAddress(text, "");
  const { ipv6, host, port = "" } = parts;
  if (!/^\d{1,5}$/.test(port) || Number(port) > HIGHEST_PORT) {
    throw notAnAddress(text, ` with a port from 0 to ${HIGHEST_PORT}`);
  }
  if (ipv6 !== undefined) {
    if (!isIPv6(ipv6)) throw notAnAddress(text, `; "${ipv6}" is no IPv6 address`);
    return { hostname: ipv6, port: Number(port) };
  }
  if (host === undefined || host === "") {
    return { hostname: options.defaultHost ?? LOOPBACK, port: Number(port) };
  }
  // A last label of digits makes it an IPv4 address (RFC 1123, section 2.1), and 127.0.1 is a bad one.
  const isHost = /(?:^|\.)\d+$/.test(host) ? isIPv4(host) : HOST_NAME.test(host);
  if (!isHost) throw notAnAddress(text, `; "${shownUrl(host)}" is no host name or IPv4 address`);
  return { hostname: host, port: Number(port) };
}

/** `HOST:PORT`, an IPv6 host in brackets, as a URL has it; {@link parseAddress} reads it back. */
export function formatAddress(address: Address): string {
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function notAnAddress(text: string, detail: string): SyntaxError {
  return new SyntaxError(
    `Cannot read address "${
      shownUrl(text)
    }": expected PORT, :PORT, HOST:PORT or [IPV6]:PORT${detail}`,
  );
}

/** What a URL that a user gives, in flags and files, may hold. */
export interface UrlRules {
  /** For messages. */
  readonly example: string;
  /** What a text without a scheme is read with; absent: it needs one. */
  readonly bareScheme?: "http" | "https";
  /** Whether it may have a query or fragment. */
  readonly takesQuery?: boolean;
}

/**
 * An `http://` or `https://` URL.
 * @throws {SyntaxError} that begins with "must"; quotes nothing that could hold a secret
 */
export function parseServerUrl(
  text: string,
  { example, bareScheme, takesQuery = false }: UrlRules,
): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(hasScheme || bareScheme === undefined ? text : `${bareScheme}://${text}`);
  if (url !== null && url.username + url.password !== "") {
    throw new SyntaxError("must not hold a user or password");
  }
  if (url !== null && /^https?:$/.test(url.protocol)) {
    if (takesQuery || url.search + url.hash === "") return url;
    throw new SyntaxError("must not have a query");
  }
  const quoted = /[@?#]/.test(text) ? "" : `, not "${text}"`;
  throw new SyntaxError(`must be a URL such as ${example}${quoted}`);
}

/** Without a user and password, and without what is in its query and fragment. */
export function shownUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, "$1//").replace(/[?#].+$/s, "?...");
}
