/**
 * The texts below are what Deno 2.6.8 and 2.9.6 really threw for a provoked failure; the tests of
 * transport.ts provoke most of them again in the Deno that runs them.
 */
import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import { failureReason, failureText, tlsHint } from "../../../core/net/fetch_failure.ts";

const WORDS = { ca: "--ca FILE", url: "--base-url", insecure: "--insecure", http1: "--http1" };

function hintOf(error: unknown): string | undefined {
  return tlsHint(error, WORDS);
}

/** hyper's and rustls' own words, which both Denos wrap, and the reason that they stand for. */
const BEFORE_CONNECTED: readonly (readonly [string, FailureReason])[] = [
  ["tcp connect error: Connection refused (os error 111)", "connection-refused"],
  ["Connection reset by peer (os error 104)", "connection-reset"],
  ["tcp connect error: Connection reset by peer (os error 104)", "connection-reset"],
  ["tcp connect error: Connection timed out (os error 110)", "timeout"],
  ["dns error: failed to lookup address information: Name or service not known", "dns"],
  ["tls handshake eof", "connection-closed"],
  ["request was canceled", "connection-closed"],
  ["received corrupt message of type InvalidContentType", "tls"],
  ["received fatal alert: ProtocolVersion", "tls"],
  ["received fatal alert: NoApplicationProtocol", "protocol"],
  ["invalid peer certificate: UnknownIssuer", "tls"],
  ["invalid peer certificate: BadSignature", "tls"],
  ["invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "tls"],
];

const AFTER_CONNECTED: readonly (readonly [string, FailureReason])[] = [
  ["stream error received: not a result of an error", "stream-reset"],
  ["stream error received: unexpected internal error encountered", "stream-reset"],
  ["stream error received: received frame when stream half-closed", "stream-reset"],
  ["stream error received: refused stream before processing any application logic", "stream-reset"],
  ["stream error received: stream no longer needed", "stream-reset"],
  ["connection error received: not a result of an error", "goaway"],
  ["connection error received: detected excessive load generating behavior", "goaway"],
  ["connection error detected: unspecific protocol error detected", "protocol"],
  ["connection error detected: frame with invalid size", "protocol"],
  ["stream closed because of a broken pipe", "connection-closed"],
  ["connection closed before message completed", "connection-closed"],
  ["connection reset", "connection-reset"],
  ["Connection reset by peer (os error 104)", "connection-reset"],
  ["invalid HTTP version parsed", "protocol"],
  ["received fatal alert: CertificateRequired", "tls"],
];

function inDeno26(text: string, prefix: string): TypeError {
  return new TypeError(prefix + text, { cause: new Error(text) });
}

function inDeno29(text: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(text) });
}

Deno.test("failureReason() and failureText() read what fetch threw before it was connected", () => {
  const prefix =
    "error sending request for url (https://127.0.0.1:8443/x): client error (Connect): ";
  for (const [text, reason] of BEFORE_CONNECTED) {
    for (const error of [new TypeError(prefix + text), inDeno29(prefix + text)]) {
      assert.equal(failureReason(error), reason, text);
      assert.equal(failureText(error), text);
    }
  }
});

Deno.test("failureReason() and failureText() read what fetch threw once it was connected", () => {
  const sending = "error sending request from 127.0.0.1:5 for https://127.0.0.1:8443/x " +
    "(127.0.0.1:8443): client error (SendRequest): ";
  for (const [text, reason] of AFTER_CONNECTED) {
    const prefixes = [sending, `${sending}http2 error: `, `${sending}connection error: `];
    const errors = prefixes.map((prefix) => inDeno26(text, prefix));
    for (const error of [...errors, inDeno29(text), inDeno29(sending + text)]) {
      assert.equal(failureReason(error), reason, text);
      assert.equal(failureText(error), text);
    }
  }
});

Deno.test("failureReason() knows errors that do not come from a request of fetch", () => {
  const nodeError = (code: string, message: string) => Object.assign(new Error(message), { code });
  const cases: readonly (readonly [unknown, FailureReason])[] = [
    [new TypeError("error reading a body from connection"), "truncated"],
    [new DOMException("Signal timed out.", "TimeoutError"), "timeout"],
    [new OperationFailedError("corrupt", "A block begins with 0"), "corrupt"],
    [new Deno.errors.ConnectionRefused("Connection refused (os error 111)"), "connection-refused"],
    [
      new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)"),
      "connection-reset",
    ],
    [new Deno.errors.BrokenPipe("Broken pipe (os error 32)"), "connection-closed"],
    [new Deno.errors.UnexpectedEof("unexpected end of file"), "connection-closed"],
    [new Deno.errors.InvalidData("received fatal alert: CertificateRequired"), "tls"],
    [new Deno.errors.InvalidData("received fatal alert: NoApplicationProtocol"), "protocol"],
    // What Deno.connect and Deno.startTls have beside: the same in 2.6.8 and 2.9.6.
    [new Error("failed to lookup address information: Name or service not known"), "dns"],
    [new Deno.errors.InvalidData("received corrupt message of type InvalidContentType"), "tls"],
    [new Deno.errors.InvalidData("invalid peer certificate: UnknownIssuer"), "tls"],
    [new Error("invalid peer certificate: BadEncoding"), "tls"],
    [new TypeError("Invalid hostname: '[::1]'"), "other"],
    [nodeError("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:8443"), "connection-refused"],
    [nodeError("ECONNRESET", "read ECONNRESET"), "connection-reset"],
    [nodeError("ENOTFOUND", "getaddrinfo ENOTFOUND no-such-host.invalid"), "dns"],
    [nodeError("EPIPE", "write EPIPE"), "connection-closed"],
    [
      nodeError(
        "ECONNRESET",
        "Client network socket disconnected before secure TLS connection was established",
      ),
      "connection-closed",
    ],
    [
      nodeError(
        "ERR_SSL_WRONG_VERSION_NUMBER",
        "received corrupt message of type InvalidContentType (SSL routines:ssl3_get_record:wrong version number)",
      ),
      "tls",
    ],
    [new Error("something that nobody has seen yet"), "other"],
    ["a thrown text", "other"],
    [undefined, "other"],
  ];
  for (const [error, reason] of cases) assert.equal(failureReason(error), reason, String(error));
});

Deno.test("tlsHint() says what to do about a certificate", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "UnknownIssuer",
      "The server's certificate is of an unknown authority; name the authority's with --ca FILE",
    ],
    [
      "BadSignature",
      "The server's certificate is of another authority with the same name; " +
      "name the file with --ca FILE that belongs to this start of the server",
    ],
    [
      "Other(OtherError(CaUsedAsEndEntity))",
      "The server shows the certificate of an authority as its own, which cannot be verified; " +
      "use --insecure, or give the server a certificate of its own",
    ],
    [
      'certificate not valid for name "127.0.0.1"; certificate is only valid for IpAddress(10.0.0.1) or DnsName("other.test")',
      "The server's certificate is not for 127.0.0.1 but for 10.0.0.1, other.test; " +
      "use such a name in --base-url, or --insecure",
    ],
    [
      'certificate not valid for name "localhost"; certificate is not valid for any names (according to its subjectAltName extension)',
      "The server's certificate names no host at all; use --insecure, or give it another one",
    ],
    [
      "certificate expired: verification time 1795258280 (UNIX), but certificate is not valid after 1580428800 (214829480 seconds ago)",
      "The server's certificate expired on 2020-01-31; renew it, or use --insecure",
    ],
    ["certificate expired", "The server's certificate expired; renew it, or use --insecure"],
    [
      "certificate not valid yet: verification time 1795258280 (UNIX), but certificate is not valid before 1795341080 (82800 seconds in future)",
      "The server's certificate becomes valid on 2026-11-22; check the clocks of both machines",
    ],
  ];
  for (const [text, hint] of cases) {
    const error = inDeno29(`client error (Connect): invalid peer certificate: ${text}`);
    assert.equal(hintOf(error), hint);
  }
});

Deno.test("tlsHint() has nothing to say where TLS is not the cause", () => {
  assert.equal(
    hintOf(inDeno29("tcp connect error: Connection refused (os error 111)")),
    undefined,
  );
  assert.equal(hintOf(new TypeError("error reading a body from connection")), undefined);
  assert.equal(hintOf(undefined), undefined);
});
