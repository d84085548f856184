/** How requests end before their time: limits, aborts, servers that break off; and by which ways they go. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import type { ClusterTarget } from "../../../kube/config/target.ts";
import { ApiPeer, PEER_NAME, peerIdentity } from "../../support/api_peer.ts";
import { assertFailed, failureOf, openConnection } from "../../support/api_target.ts";
import { connectProxy } from "../../support/connect_proxy.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { H2Code, H2Peer, type H2PeerStream, type H2Script } from "../../support/h2_peer.ts";

const GET = { method: "GET", path: "/api" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A peer that says exactly what the script says. */
async function scripted(
  script: H2Script,
  { clock = new FakeClock(), requestTimeoutMs = 0 }: {
    clock?: FakeClock;
    requestTimeoutMs?: number;
  } = {},
) {
  const peer = new H2Peer({ identity: peerIdentity });
  const streams: H2PeerStream[] = [];
  const asked = Promise.withResolvers<H2PeerStream>();
  peer.onRequest((stream) => {
    streams.push(stream);
    asked.resolve(stream);
    return script(stream);
  });
  const connection = await openConnection(peer.baseUrl, { clock, requestTimeoutMs });
  return {
    peer,
    connection,
    clock,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}

async function headersAndHalf(stream: H2PeerStream): Promise<void> {
  await stream.headers(200, { "content-type": "application/json" });
  await stream.data(bytes('{"kind":'));
}

Deno.test("requestTimeoutMs limits the wait for the answer, and for its body", async () => {
  for (const script of [() => {}, headersAndHalf]) {
    await using world = await scripted(script, { requestTimeoutMs: 5_000 });
    const ended = failureOf(world.connection.call(GET));
    await world.asked;
    // The engine's limit for the server's word on its settings.
    await eventually("settings are agreed on", () => world.clock.sleeperCount === 1);
    await world.clock.advance(4_999);
    assert.equal(world.clock.sleeperCount, 1);
    await world.clock.advance(1);
    assertFailed(await ended, "timeout", "Cannot GET /api: no answer in 5000 ms");
    assert.equal(world.clock.sleeperCount, 0);
  }
});

Deno.test("a request that is answered in time leaves no timer behind", async () => {
  await using world = await scripted(
    (stream) => stream.headers(204, {}, { endStream: true }),
    { requestTimeoutMs: 5_000 },
  );
  const { signal } = new AbortController();
  assert.equal(await world.connection.call({ ...GET, signal }), undefined);
  assert.equal(world.clock.sleeperCount, 0);
});

Deno.test("a stream is not limited in time", async () => {
  await using world = await scripted(headersAndHalf, { requestTimeoutMs: 5_000 });
  using stream = await world.connection.stream(GET);
  assert.equal(world.clock.sleeperCount, 0);
  await stream.body.cancel();
});

Deno.test("an abort before the answer is thrown as it is, and the server is told", async () => {
  for (const requestTimeoutMs of [0, 5_000]) {
    await using world = await scripted(() => {}, { requestTimeoutMs });
    const stop = new AbortController();
    const reason = new Error("the run has ended");
    const ended = failureOf(world.connection.call({ ...GET, signal: stop.signal }));
    const stream = await world.asked;
    stop.abort(reason);
    assert.equal(await ended, reason);
    assert.equal(await stream.clientReset, H2Code.CANCEL);
    assert.equal(world.clock.sleeperCount, 0);
  }
});

Deno.test("an abort before the request sends nothing", async () => {
  await using world = await scripted(() => {});
  const reason = new Error("never mind");
  const signal = AbortSignal.abort(reason);
  assert.equal(await failureOf(world.connection.call({ ...GET, signal })), reason);
  assert.equal(await failureOf(world.connection.stream({ ...GET, signal })), reason);
  assert.equal(world.peer.requestCount, 0);
});

Deno.test("an abort in the middle of the body is thrown as it is", async () => {
  const answered = Promise.withResolvers<void>();
  const peer = new H2Peer({ identity: peerIdentity });
  peer.onRequest(headersAndHalf);
  const connection = await openConnection(peer.baseUrl, { onAnswer: () => answered.resolve() });
  const stop = new AbortController();
  const ended = failureOf(connection.call({ ...GET, signal: stop.signal }));
  await answered.promise;
  await setImmediate();
  const reason = new Error("the run has ended");
  stop.abort(reason);
  assert.equal(await ended, reason);
  connection[Symbol.dispose]();
  await peer[Symbol.asyncDispose]();
});

Deno.test("an abort between the headers and the body is thrown, and nothing is left unhandled", async () => {
  const stop = new AbortController();
  const reason = new Error("the run has ended");
  await using peer = new H2Peer({ identity: peerIdentity });
  peer.onRequest(headersAndHalf);
  using connection = await openConnection(peer.baseUrl, { onAnswer: () => stop.abort(reason) });
  assert.equal(await failureOf(connection.call({ ...GET, signal: stop.signal })), reason);
  await setImmediate();
});

Deno.test("one signal for many requests aborts them all and lets go of them", async () => {
  await using world = await scripted(headersAndHalf);
  const stop = new AbortController();
  const calls = Array.from(
    { length: 50 },
    () => failureOf(world.connection.call({ ...GET, signal: stop.signal })),
  );
  while (world.peer.requestCount < 50) await setImmediate();
  const reason = new Error("the run has ended");
  stop.abort(reason);
  assert.deepEqual(new Set(await Promise.all(calls)), new Set([reason]));
});

Deno.test("a signal that outlives its requests keeps nothing of them", async () => {
  await using world = await scripted(async (stream) => {
    await headersAndHalf(stream);
    await stream.data(bytes("1}"), { endStream: true });
  });
  const { signal } = new AbortController();
  let [added, removed] = [0, 0];
  const listening = { add: signal.addEventListener, remove: signal.removeEventListener };
  signal.addEventListener = (...args: Parameters<typeof listening.add>) => {
    added++;
    listening.add.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof listening.remove>) => {
    removed++;
    listening.remove.apply(signal, args);
  };
  for (let k = 0; k < 3; k++) {
    assert.deepEqual(await world.connection.call({ ...GET, signal }), { kind: 1 });
  }
  assert.ok(added > 0);
  assert.equal(removed, added);
});

Deno.test("a server that breaks off is a failure of its class", async (t) => {
  const whole = { "content-length": "20", "content-type": "application/json" };
  const cases: [string, H2Script, Parameters<typeof assertFailed>[1]][] = [
    ["reset before the answer", (stream) => stream.reset(H2Code.INTERNAL_ERROR), "stream-reset"],
    ["reset in the body", async (stream) => {
      await headersAndHalf(stream);
      await stream.reset(H2Code.INTERNAL_ERROR);
    }, "truncated"],
    ["connection closed in the body", async (stream) => {
      await headersAndHalf(stream);
      stream.connection.close();
    }, "truncated"],
    ["a body that ends before its length", async (stream) => {
      await stream.headers(200, whole);
      await stream.data(bytes('{"kind":'), { endStream: true });
    }, "truncated"],
    ["GOAWAY", (stream) => stream.connection.goaway(0, H2Code.ENHANCE_YOUR_CALM), "goaway"],
  ];
  for (const [name, script, reason] of cases) {
    await t.step(name, async () => {
      await using world = await scripted(script);
      const error = await failureOf(world.connection.call(GET));
      assertFailed(error, reason, /^Cannot (?:GET|read the answer of) https:/);
    });
  }
});

/** One request to a peer with this identity, reached in this way. */
async function reach(
  target: Partial<ClusterTarget>,
  { hosts = ["127.0.0.1"], http1 = false } = {},
): Promise<unknown> {
  const identity = await createServerIdentity({ hosts, now: new Date() });
  await using peer = new ApiPeer(() => ({ reached: true }), { identity });
  const trusted = target.insecure ? {} : { caPem: identity.caPem };
  const { caPem: _, ...rest } = target;
  using connection = await openConnection(peer.url, {
    http1,
    target: { ...trusted, ...rest, ...(target.caPem ? { caPem: target.caPem } : {}) },
  });
  return await connection.call(GET);
}

Deno.test("insecure takes a certificate of anybody for any name, over both HTTP versions", async () => {
  for (const http1 of [false, true]) {
    const answer = await reach({ insecure: true }, { hosts: ["other.test"], http1 });
    assert.deepEqual(answer, { reached: true });
  }
});

Deno.test("tlsServerName is the name that the certificate must have, of the authority that is trusted", async () => {
  const named = { hosts: [PEER_NAME] };
  for (const http1 of [false, true]) {
    const answer = await reach({ tlsServerName: PEER_NAME }, { ...named, http1 });
    assert.deepEqual(answer, { reached: true });
  }
  const misnamed = await failureOf(reach({ tlsServerName: "wrong.test" }, named));
  assertFailed(misnamed, "tls", /is not for wrong\.test but for kubernetes\.test; use such a name/);
  const { caPem } = peerIdentity;
  const distrusted = await failureOf(reach({ tlsServerName: PEER_NAME, caPem }, named));
  assertFailed(
    distrusted,
    "tls",
    /name the (?:authority's|file) with --certificate-authority FILE/,
  );
});

Deno.test("a certificate of an unknown authority is refused with what to do", async () => {
  const error = await failureOf(reach({ caPem: peerIdentity.caPem }));
  assertFailed(error, "tls", /--certificate-authority FILE or in the kubeconfig/);
});

/** A server that has HTTP/1.1 only and no TLS, as kubectl proxy. */
function plainServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      const head = new TextDecoder().decode(await firstRead(conn));
      const isHttp1 = head.startsWith("GET /api HTTP/1.1\r\n");
      const body = JSON.stringify({ isHttp1 });
      await conn.write(bytes(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n" +
          `content-length: ${body.length}\r\n\r\n${body}`,
      ));
      conn.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function firstRead(conn: Deno.Conn): Promise<Uint8Array> {
  const buffer = new Uint8Array(16_384);
  return buffer.subarray(0, await conn.read(buffer) ?? 0);
}

Deno.test("without TLS it speaks HTTP/1.1, whatever of TLS is asked for", async () => {
  await using server = plainServer();
  for (const target of [{}, { insecure: true }, { tlsServerName: PEER_NAME }]) {
    using connection = await openConnection(server.url, { target });
    assert.deepEqual(await connection.call(GET), { isHttp1: true });
  }
});

/** For every server. */
function by(url: string) {
  return () => ({ url, from: "--proxy-url" });
}

Deno.test("a proxy is the way to the server, whose certificate is verified behind it", async () => {
  await using proxy = connectProxy();
  await using peer = new ApiPeer(() => ({ reached: true }));
  using connection = await openConnection(peer.url, { target: { proxyFor: by(proxy.url) } });
  assert.deepEqual(await connection.call(GET), { reached: true });
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${peer.port} HTTP/1.1`]);
});

Deno.test("an address as tlsServerName is refused, and not verified as something else", async () => {
  const error = await failureOf(reach({ tlsServerName: "10.0.0.1" }));
  assert.ok(error instanceof CannotRunError);
  assert.match(
    error.message,
    /^Cannot expect the address "10\.0\.0\.1" in the certificate of https:.*: --tls-server-name must/,
  );
});

Deno.test("what takes the relay goes through a proxy too, and verifies one that has TLS", async () => {
  for (const target of [{ insecure: true }, { tlsServerName: PEER_NAME }]) {
    for (const identity of [undefined, peerIdentity]) {
      await using proxy = connectProxy(identity);
      await using peer = new ApiPeer(() => ({ reached: true }));
      const proxyFor = by(proxy.url);
      using connection = await openConnection(peer.url, { target: { ...target, proxyFor } });
      if (identity !== undefined && target.insecure) {
        // Nobody was named who vouches for the proxy.
        assertFailed(await failureOf(connection.call(GET)), "tls");
        continue;
      }
      assert.deepEqual(await connection.call(GET), { reached: true });
      assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${peer.port} HTTP/1.1`]);
    }
  }
});

Deno.test("a dead proxy is named, with who named it and without its password", async () => {
  const proxyFor = by("http://me:secret@127.0.0.1:9");
  for (const target of [{}, { insecure: true }]) {
    using connection = await openConnection("https://a.test", { target: { ...target, proxyFor } });
    const error = await failureOf(connection.call(GET));
    assert.ok(error instanceof OperationFailedError);
    assert.equal(error.reason, "connection-refused");
    assert.match(error.message, / through the proxy http:\/\/127\.0\.0\.1:9 \(--proxy-url\)$/);
    assert.doesNotMatch(error.message, /secret/);
  }
});
