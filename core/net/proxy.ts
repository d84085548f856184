/**
 * Through which proxy does a request go, if the environment decides? Go's answer, which is kubectl's
 * too. Reads the variables that it is handed; connects to nothing.
 * Source: golang.org/x/net/http/httpproxy, as in net/http of Go 1.26 (ProxyFromEnvironment).
 * @module
 */

import { BlockList, isIPv4, isIPv6 } from "node:net";
import { CannotRunError, UsageError } from "../errors.ts";
import { isLoopback } from "./loopback.ts";

/** A proxy, and who named it. */
export interface ProxyServer {
  /** `http://`, `https://` or `socks5://`; may hold a user and password. */
  readonly url: string;
  /** For messages: `HTTPS_PROXY`, `--proxy-url`. */
  readonly from: string;
}

/** The value of a variable of the environment. */
export type Env = (name: string) => string | undefined;

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  "http:": "80",
  "https:": "443",
  "socks5:": "1080",
  "socks5h:": "1080",
};

/**
 * The proxy for requests to this URL; undefined: none.
 * @param url `http://` or `https://`
 * @throws {CannotRunError} for a scheme that no proxy has, and for HTTP_PROXY within a CGI program,
 * where anybody can set it by a header
 */
export function proxyFromEnvironment(url: string | URL, env: Env): ProxyServer | undefined {
  const target = new URL(url);
  const scheme = target.protocol === "https:" ? "HTTPS" : "HTTP";
  const found = given([`${scheme}_PROXY`, `${scheme.toLowerCase()}_proxy`], env);
  const proxyUrl = found && withScheme(found.value);
  if (found === undefined || proxyUrl === undefined) return undefined;
  if (scheme === "HTTP" && env("REQUEST_METHOD")) {
    throw new CannotRunError(
      `${found.name} counts for nothing where REQUEST_METHOD is set, because a CGI program gets it ` +
        "from its client: leave out one of both",
    );
  }
  const noProxy = given(["NO_PROXY", "no_proxy"], env)?.value ?? "";
  if (isExcepted(target, noProxy)) return undefined;
  if (proxyUrl.protocol in DEFAULT_PORTS) return { url: proxyUrl.href, from: found.name };
  throw new CannotRunError(`${found.name} ${PROXY_SCHEMES}`);
}

const PROXY_SCHEMES = "must be a URL that begins with http://, https:// or socks5://";

/**
 * A proxy that somebody names outright; no variable counts any more.
 * @throws {UsageError} never quoting the text, which may hold a password
 */
export function parseProxy(text: string, from: string): ProxyServer {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url !== null && url.protocol in DEFAULT_PORTS) return { url: text, from };
  throw new UsageError(`${from} ${PROXY_SCHEMES}`);
}

/** What to do but mend it. NO_PROXY counts for proxies of the environment alone. */
export function otherWays({ from }: ProxyServer): string {
  return /^https?_proxy$/i.test(from)
    ? "name another with --proxy-url, or except the server with NO_PROXY"
    : "or name another with --proxy-url";
}

/** `proxy http://10.0.0.1:3128 (HTTPS_PROXY)`; user and password are left out. */
export function formatProxy({ url, from }: ProxyServer): string {
  const { protocol, host } = new URL(url);
  return `proxy ${protocol}//${host} (${from})`;
}

/** Where the proxy listens; an IPv6 host without brackets. */
export function proxyAddress({ url }: ProxyServer): { hostname: string; port: number } {
  const { protocol, hostname, port } = new URL(url);
  return {
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || DEFAULT_PORTS[protocol]),
  };
}

/** An empty variable is none. */
function given(names: readonly string[], env: Env): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = env(name);
    if (value) return { name, value };
  }
  return undefined;
}

/** A bare `host:port` is one of HTTP; what is no URL even then is passed over, as Go does. */
function withScheme(text: string): URL | undefined {
  const isWhole = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text);
  return URL.parse(isWhole ? text : `http://${text}`) ?? undefined;
}

/** Whether loopback or NO_PROXY keep the target from any proxy. */
function isExcepted(target: URL, noProxy: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = target.port || DEFAULT_PORTS[target.protocol];
  const family = familyOf(host);
  if (isLoopback(host)) return true;
  return noProxy.split(",").map((entry) => entry.trim().toLowerCase())
    .some((entry) => matches(entry, { host, port, family }));
}

/** Undefined: a name. */
type Family = "ipv4" | "ipv6" | undefined;

function familyOf(host: string): Family {
  if (isIPv4(host)) return "ipv4";
  return isIPv6(host) ? "ipv6" : undefined;
}

/** `*`, an address, a network, or a name with all below it; all but networks may have a port. */
function matches(
  entry: string,
  { host, port, family }: { host: string; port: string | undefined; family: Family },
): boolean {
  if (entry === "*") return true;
  const [, network = "", length = ""] = /^([^/]+)\/(\d+)$/.exec(entry) ?? [];
  if (familyOf(network) !== undefined) return isWithin(host, { family, network, length });
  const [, bracketed, bare, wantedPort] = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(entry) ?? [];
  const name = bracketed ?? bare ?? entry;
  if (wantedPort !== undefined && wantedPort !== "" && wantedPort !== port) return false;
  const nameFamily = familyOf(name);
  if (nameFamily !== undefined) {
    const bits = nameFamily === "ipv4" ? "32" : "128";
    return isWithin(host, { family, network: name, length: bits });
  }
  // Names are for names: `.0.0.1` is no way to say 127.0.0.1.
  if (name === "" || family !== undefined) return false;
  const suffix = name.startsWith("*.") ? name.slice(1) : name;
  return suffix.startsWith(".")
    ? host.endsWith(asciiName(suffix))
    : host === asciiName(suffix) || host.endsWith(`.${asciiName(suffix)}`);
}

/** As in a URL: `bücher.test` -> `xn--bcher-kva.test`. */
function asciiName(name: string): string {
  if (!/\P{ASCII}/u.test(name)) return name;
  const dot = name.startsWith(".") ? "." : "";
  return dot + (URL.parse(`http://${name.slice(dot.length)}`)?.hostname ?? name.slice(dot.length));
}

function isWithin(
  host: string,
  { family, network, length }: { family: Family; network: string; length: string },
): boolean {
  const ofNetwork = familyOf(network);
  if (family === undefined || ofNetwork === undefined) return false;
  if (Number(length) > (ofNetwork === "ipv4" ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), ofNetwork);
  return list.check(host, family);
}
