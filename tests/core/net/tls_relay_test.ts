/** Every certificate here is one that `fetch` itself refuses; all of them are shown on 127.0.0.1. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import type { Alpn } from "../../../core/net/alpn.ts";
import { startTlsRelay, type TlsRelay } from "../../../core/net/tls_relay.ts";
import { OperationFailedError } from "../../../core/errors.ts";
import { H2Peer } from "../../support/h2_peer.ts";

const DAY_MS = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

interface Shown {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A certificate for "localhost" without any alternative name, as the Go original makes it at every start. */
async function selfSigned({ isAuthority }: { isAuthority: boolean }): Promise<Shown> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  if (!("privateKey" in keys)) throw new Error("Cannot generate a pair of keys");
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(new Date().getTime() - DAY_MS),
    notAfter: new Date(new Date().getTime() + DAY_MS),
    extensions: [new x509.BasicConstraintsExtension(isAuthority, undefined, true)],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certPem: certificate.toString("pem"),
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}

const SELF_SIGNED = await selfSigned({ isAuthority: false });
const UNVERIFIABLE: readonly (readonly [string, Shown])[] = [
  ["self-signed without names", SELF_SIGNED],
  ["an authority's own", await selfSigned({ isAuthority: true })],
  ["another host's", await createServerIdentity({ hosts: ["other.test"], now: new Date() })],
  [
    "expired",
    await createServerIdentity({
      hosts: ["127.0.0.1"],
      validMs: DAY_MS,
      now: new Date("2020-01-30"),
    }),
  ],
];

function serveTls(shown: Shown, handler: (request: Request) => Response) {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: shown.certPem,
    key: shown.keyPem,
    onListen: () => {},
  }, handler);
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

function relayTo(port: number, alpn: Alpn = "h2"): Promise<TlsRelay> {
  return startTlsRelay({ hostname: "127.0.0.1", port, alpn });
}

function clientOf(relay: TlsRelay, alpn: Alpn = "h2"): Deno.HttpClient {
  const http2 = alpn === "h2";
  return Deno.createHttpClient({ proxy: relay.proxy, http1: !http2, http2 });
}

/** Bytes that show when one is missing, doubled or out of place. */
function pattern(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

Deno.test("any certificate will do, and the bytes are the same both ways", async (t) => {
  const sent = pattern(1_000_003);
  for (const [name, shown] of UNVERIFIABLE) {
    for (const alpn of ["h2", "http/1.1"] as const) {
      await t.step(`${name}, ${alpn}`, async () => {
        await using server = serveTls(shown, (request) => new Response(request.body));
        using relay = await relayTo(server.port, alpn);
        using client = clientOf(relay, alpn);
        const url = `http://127.0.0.1:${server.port}/echo`;
        const answer = await fetch(url, { client, method: "POST", body: sent });
        assert.deepEqual(await answer.bytes(), sent);
        assert.equal(relay.failure, undefined);
      });
    }
  }
});

Deno.test("over HTTP/2 a slow reader holds the server back: the relay keeps no more than the windows", async () => {
  const MIB = 1_048_576;
  const total = 32 * MIB;
  let sent = 0;
  await using server = serveTls(SELF_SIGNED, () => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(MIB));
        sent += MIB;
        if (sent === total) controller.close();
      },
    }, { highWaterMark: 0 });
    return new Response(body);
  });
  using relay = await relayTo(server.port);
  using client = clientOf(relay);
  const { body } = await fetch(`http://127.0.0.1:${server.port}/`, { client });
  let received = 0;
  let mostOnTheWay = 0;
  for await (const chunk of body ?? []) {
    received += chunk.length;
    mostOnTheWay = Math.max(mostOnTheWay, sent - received);
    // Everybody else gets a turn before the next read.
    await setImmediate();
  }
  assert.equal(received, total);
  // fetch's window of a stream is 2 MiB; the rest is what both ends hold on either side of it.
  assert.ok(mostOnTheWay <= 8 * MIB, `${mostOnTheWay} bytes were on the way`);
});

Deno.test("a server that speaks another protocol is a protocol failure", async () => {
  await using peer = new H2Peer({ identity: SELF_SIGNED, alpn: [] });
  using relay = await relayTo(peer.port);
  using client = clientOf(relay);
  await assert.rejects(fetch(`http://127.0.0.1:${peer.port}/`, { client }));
  assert.ok(relay.failure instanceof OperationFailedError);
  assert.equal(relay.failure.reason, "protocol");
  assert.equal(
    relay.failure.message,
    `Cannot speak h2 with 127.0.0.1:${peer.port}: the server chose no protocol`,
  );
});

Deno.test("failure says why there is no connection, and is forgotten with the next one", async () => {
  const first = new H2Peer({ identity: SELF_SIGNED });
  const { port } = first;
  await first[Symbol.asyncDispose]();
  using relay = await relayTo(port);
  using client = clientOf(relay);
  const url = `http://127.0.0.1:${port}/`;
  await assert.rejects(fetch(url, { client }));
  assert.match(String(relay.failure), /ECONNREFUSED/);

  await using _again = Deno.serve({
    hostname: "127.0.0.1",
    port,
    cert: SELF_SIGNED.certPem,
    key: SELF_SIGNED.keyPem,
    onListen: () => {},
  }, () => new Response("back"));
  assert.equal(await (await fetch(url, { client })).text(), "back");
  assert.equal(relay.failure, undefined);
});

Deno.test("when the server closes, fetch is told", async () => {
  await using peer = new H2Peer({ identity: SELF_SIGNED });
  peer.onRequest(async (stream) => {
    await stream.headers(200);
    await stream.data(new Uint8Array(10));
    stream.connection.close();
  });
  using relay = await relayTo(peer.port);
  using client = clientOf(relay);
  const { body } = await fetch(`http://127.0.0.1:${peer.port}/`, { client });
  await assert.rejects(new Response(body).bytes(), TypeError);
});

Deno.test("disposing it cuts its connections and leaves no file behind", async () => {
  await using peer = new H2Peer({ identity: SELF_SIGNED });
  const cut = Promise.withResolvers<number | undefined>();
  peer.onRequest(async (stream) => {
    await stream.headers(200);
    cut.resolve(stream.clientReset);
  });
  const relay = await relayTo(peer.port);
  const { path } = relay.proxy;
  const directory = path.slice(0, path.lastIndexOf("/"));
  // The socket must not be open to other users: with a client certificate it acts as this one.
  assert.equal((Deno.statSync(directory).mode ?? 0) & 0o777, 0o700);
  using client = clientOf(relay);
  const { body } = await fetch(`http://127.0.0.1:${peer.port}/`, { client });
  relay[Symbol.dispose]();
  await assert.rejects(new Response(body).bytes(), TypeError);
  assert.equal(await cut.promise, undefined);
  assert.equal(existsSync(directory), false);
});
