/**
 * What went wrong, in the closed set of reasons that failures are counted under, and what can be
 * done about it? `fetch` throws a plain TypeError for everything, and `Deno.startTls` one class for all
 * that TLS can say, so the texts of the libraries below them (hyper, h2, rustls) have to be read; this
 * file is the only one that does. They were collected from Deno 2.6.8 and 2.9.6 with a scripted peer.
 * It never throws and never does I/O.
 *
 * What no text tells: while a body is read, `fetch` says the same for a reset stream, a GOAWAY, a
 * closed connection and a broken frame, so that all of these are `truncated`. On HTTP/2 a reset TCP
 * connection is sometimes reported as a closed one.
 * @module
 */

import { messageOf, OperationFailedError } from "../errors.ts";
import type { CommonReason, FailureReason } from "../measure/sample.ts";
import { formatProxy, type ProxyServer } from "./proxy.ts";

const REASON_BY_CLASS: readonly (readonly [new (message?: string) => Error, CommonReason])[] = [
  [Deno.errors.ConnectionRefused, "connection-refused"],
  [Deno.errors.ConnectionReset, "connection-reset"],
  [Deno.errors.ConnectionAborted, "connection-reset"],
  [Deno.errors.BrokenPipe, "connection-closed"],
  [Deno.errors.UnexpectedEof, "connection-closed"],
  [Deno.errors.TimedOut, "timeout"],
];

/** The first that matches counts: a text of h2 contains the peer's reason, which may name anything. */
const REASON_BY_TEXT: readonly (readonly [RegExp, CommonReason])[] = [
  [/error reading a body from connection/, "truncated"],
  // h2: "received" is what the peer sent, "detected" what it did wrong.
  [/stream error received: /, "stream-reset"],
  [/connection error received: /, "goaway"],
  [/(?:stream|connection) error detected: /, "protocol"],
  [/received fatal alert: NoApplicationProtocol/, "protocol"],
  [/invalid HTTP|error parsing|user error/, "protocol"],
  [/invalid peer certificate|received fatal alert|received corrupt message/, "tls"],
  // What node:tls has for a certificate, from Deno 2.9 on: OpenSSL's words.
  [/\bUNABLE_TO_VERIFY_LEAF_SIGNATURE\b|\bERR_TLS_CERT_ALTNAME_INVALID\b/, "tls"],
  // Of the proxy that a request goes through (hyper-util, tokio-socks): what it said, or that it is not there.
  [/proxy authentication required|unsuccessful tunnel|Unknown auth method/, "proxy"],
  [/Proxy server unreachable/, "connection-refused"],
  [/eof while tunneling|early eof/, "connection-closed"],
  [/dns error|failed to lookup address|\bENOTFOUND\b|\bEAI_AGAIN\b/, "dns"],
  [/connection refused|\bECONNREFUSED\b/i, "connection-refused"],
  // Before the resets: node:tls gives a FIN within the handshake the code ECONNRESET.
  [/tls handshake eof|socket disconnected before secure TLS/, "connection-closed"],
  [/connection reset|\bECONNRESET\b/i, "connection-reset"],
  [
    /broken pipe|\bEPIPE\b|connection closed|unexpected end of file|close_notify/i,
    "connection-closed",
  ],
  // Requests share the attempt to connect; if it fails, only the one that began it is told why.
  [/request was canceled/, "connection-closed"],
  [/timed out|\bETIMEDOUT\b/i, "timeout"],
  [/peer misbehaved|tls/i, "tls"],
];

/** The class of failure of anything that `fetch`, a body's reader or a TLS socket threw. */
export function failureReason(error: unknown): FailureReason {
  if (error instanceof OperationFailedError) return error.reason;
  if (error instanceof DOMException && error.name === "TimeoutError") return "timeout";
  const byClass = REASON_BY_CLASS.find(([errorClass]) => error instanceof errorClass);
  if (byClass !== undefined) return byClass[1];
  const text = textOf(error);
  return REASON_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
}

/** What fetch puts around the text that matters: the request's URL and both addresses. */
const WRAPPING =
  /^(?:fetch failed: )?(?:error sending request .*?: client error \(\w+\): )?(?:(?:http2|connection) error: )?/;

/** The text without what every such error begins with: "invalid peer certificate: UnknownIssuer". */
export function failureText(error: unknown): string {
  return messageOf(error).replace(WRAPPING, "");
}

/** How a command's user says what a hint advises, e.g. `--ca FILE`. */
export interface HintWords {
  /** Trusts an authority. */
  readonly ca: string;
  /** Names the server. */
  readonly url: string;
  /** Turns verification off. */
  readonly insecure: string;
  /** Speaks HTTP/1.1. */
  readonly http1: string;
}

/** What is said of a failure in an error. */
export interface FailureTold {
  readonly reason: FailureReason;
  /** Without the request and its URL; with a hint, if there is one. */
  readonly text: string;
}

type Hint = (words: HintWords, ...groups: readonly string[]) => string;

const HINTS: readonly (readonly [RegExp, Hint])[] = [
  [
    /certificate: UnknownIssuer/,
    ({ ca }) =>
      `The server's certificate is of an unknown authority; name the authority's with ${ca}`,
  ],
  [
    // Deno 2.9.6 has this for an expired one too.
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    ({ ca }) =>
      "The server's certificate is of an unknown authority, or not valid at this time; " +
      `name the authority's with ${ca}`,
  ],
  [
    // Every start of a server of ours makes a new authority under the same name.
    /certificate: BadSignature/,
    ({ ca }) =>
      "The server's certificate is of another authority with the same name; " +
      `name the file with ${ca} that belongs to this start of the server`,
  ],
  [
    /CaUsedAsEndEntity/,
    ({ insecure }) =>
      "The server shows the certificate of an authority as its own, which cannot be verified; " +
      `use ${insecure}, or give the server a certificate of its own`,
  ],
  [
    /not valid for name "([^"]+)"; certificate is only valid for (.+?)(?:$|: )/,
    ({ url, insecure }, name = "", valid = "") =>
      `The server's certificate is not for ${name} but for ${namesIn(valid)}; ` +
      `use such a name in ${url}, or ${insecure}`,
  ],
  [
    /Host: (\S+?)\. is not in the cert's altnames: (.+?)(?:$|: )/,
    ({ url, insecure }, name = "", valid = "") =>
      `The server's certificate is not for ${name} but for ` +
      `${valid.replaceAll(/(?:IP Address|DNS):/g, "")}; use such a name in ${url}, or ${insecure}`,
  ],
  [
    /not valid for name "([^"]+)"/,
    ({ insecure }) =>
      `The server's certificate names no host at all; use ${insecure}, or give it another one`,
  ],
  [
    /certificate expired(?:.*not valid after (\d+))?/,
    ({ insecure }, seconds = "") =>
      `The server's certificate expired${onDay(seconds)}; renew it, or use ${insecure}`,
  ],
  [
    /certificate not valid yet(?:.*not valid before (\d+))?/,
    (_words, seconds = "") =>
      `The server's certificate becomes valid${onDay(seconds)}; check the clocks of both machines`,
  ],
  [
    /alert: CertificateRequired/,
    () => "The server asks for a client certificate, and none was given that it accepts",
  ],
  [
    /alert: CertificateExpired/,
    () => "The client certificate has expired; get a new one",
  ],
  [
    /proxy authentication required|Unknown auth method/,
    () => "The proxy wants a user and password: give them in its URL",
  ],
  [
    /unsuccessful tunnel/,
    () => "The proxy does not let this host and port through, or cannot reach them itself",
  ],
  [/alert: ProtocolVersion/, () => "The server speaks no TLS version from 1.2 on"],
  [
    /alert: NoApplicationProtocol|chose no protocol|chose http\/1\.1/,
    ({ http1 }) =>
      "The server does not speak the HTTP version that was offered; " +
      `use ${http1} if it has no HTTP/2, and leave it away if it has nothing else`,
  ],
  [
    /corrupt message of type InvalidContentType/,
    ({ url }) => `The server's answer is not TLS; check the port in ${url}`,
  ],
];

/**
 * One line on how to make the TLS connection work, for failures of which the cause is known.
 * @returns undefined where nothing better can be said than the error's own text
 */
export function tlsHint(error: unknown, words: HintWords): string | undefined {
  const text = textOf(error);
  for (const [pattern, hint] of HINTS) {
    const groups = pattern.exec(text)?.slice(1);
    // A group that did not take part is undefined, and so gets its default.
    if (groups !== undefined) return hint(words, ...groups);
  }
  return undefined;
}

/** What to say of a request that got no answer, and of the proxy that was in between. */
export function explainFailure(
  cause: unknown,
  { words, proxy }: { words: HintWords; proxy?: ProxyServer | undefined },
): FailureTold {
  const through = proxy === undefined ? "" : ` through the ${formatProxy(proxy)}`;
  const hint = tlsHint(cause, words);
  const text = failureText(cause) + through + (hint === undefined ? "" : `. ${hint}`);
  return { reason: failureReason(cause), text };
}

/** Everything that the error says, its causes and the code of node's errors included. */
function textOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? `${error.code} ` : "";
  return `${code}${messageOf(error)}`;
}

/** `IpAddress(10.0.0.1) or DnsName("other.test")` -> "10.0.0.1, other.test". */
function namesIn(rustls: string): string {
  const names = [...rustls.matchAll(/\w+\("?([^")]+)"?\)/g)].map(([, name]) => name);
  return names.length === 0 ? rustls : names.join(", ");
}

/** Seconds since 1970 -> " on 2020-01-31"; nothing for nothing. */
function onDay(seconds: string): string {
  return seconds === ""
    ? ""
    : ` on ${new Date(Number(seconds) * 1_000).toISOString().slice(0, 10)}`;
}
