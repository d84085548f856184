/** How requests travel while nothing goes wrong, and how connecting ends; all on 127.0.0.1. */
import assert from "node:assert/strict";
import { OperationFailedError } from "../../core/errors.ts";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import { openConnection } from "../../httperf/transport.ts";
import { connectProxy } from "../support/connect_proxy.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { H2Code, H2Peer, type H2PeerStream } from "../support/h2_peer.ts";
import {
  assertFailed,
  BYTES,
  connectTo,
  failureOfOpening,
  identity,
  never,
  optionsFor,
  receive,
  Received,
} from "../support/h2_target.ts";

Deno.test("openConnection() makes one TLS connection, and every request goes over it", async () => {
  await using target = await connectTo(async (stream) => {
    await stream.headers(200);
    await stream.data(BYTES, { endStream: true });
  });
  const { peer, connection } = target;
  const answers = await Promise.all(
    [1, 2, 3].map(() => receive(connection, `${peer.baseUrl}/blocks`)),
  );
  assert.deepEqual(answers, Array(3).fill({ bytes: 100, error: undefined }));
  assert.equal(connection.protocol, "h2");
  assert.equal(peer.requestCount, 1 + 3);
  assert.equal(peer.connectionCount, 1);
});

Deno.test("connectMs is the time from the start to the first answer's headers", async () => {
  const clock = new FakeClock(1_000);
  await using peer = new H2Peer({ identity });
  peer.onRequest(async (stream) => {
    clock.stall(12.5);
    await stream.headers(404, {}, { endStream: true });
  });
  using connection = await openConnection(7, optionsFor(peer.baseUrl, { clock }));
  assert.equal(connection.id, 7);
  assert.equal(connection.connectMs, 12.5);
  await clock.settle();
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a server that accepts and never answers is a timeout after connectTimeoutMs", async () => {
  const clock = new FakeClock();
  await using peer = new H2Peer({ identity });
  const asked = Promise.withResolvers<void>();
  peer.onRequest(() => asked.resolve());
  const opening = failureOfOpening(optionsFor(peer.baseUrl, { clock, connectTimeoutMs: 3_000 }));
  await asked.promise;
  await clock.advance(3_000);
  const { host } = new URL(peer.baseUrl);
  assertFailed(await opening, "timeout", `Cannot connect to ${host}: no answer within 3000 ms`);
});

Deno.test("an abort by the caller is thrown as it is, while connecting and while reading", async () => {
  const reason = new DOMException("The run has ended", "AbortError");
  await using silent = new H2Peer({ identity });
  silent.stall();
  const connecting = new AbortController();
  const opening = failureOfOpening(optionsFor(silent.baseUrl, { signal: connecting.signal }));
  connecting.abort(reason);
  assert.equal(await opening, reason);

  const streams: H2PeerStream[] = [];
  await using target = await connectTo(async (stream) => {
    streams.push(stream);
    await stream.headers(200);
    await stream.data(BYTES);
  });
  const reading = new AbortController();
  const answer = new Received();
  const url = `${target.peer.baseUrl}/blocks`;
  const answered = target.connection.get(url, { signal: reading.signal }, answer);
  await answer.begun;
  reading.abort(reason);
  await assert.rejects(answered, (error) => error === reason);
  // RFC 9113, section 7, CANCEL: "to indicate that the stream is no longer needed".
  assert.equal(await streams[0]?.clientReset, H2Code.CANCEL);
});

Deno.test("what is under way on a connection that is given up fails as was said, and nothing new goes over it", async () => {
  await using target = await connectTo(async (stream) => {
    await stream.headers(200);
    await stream.data(BYTES);
  });
  const { connection, peer } = target;
  const answer = new Received();
  const answered = connection.get(`${peer.baseUrl}/blocks`, { signal: never() }, answer);
  await answer.begun;
  connection.http2!.cut(new OperationFailedError("connection-lost", "nobody is there"));
  await assert.rejects(answered, { reason: "connection-lost", message: "nobody is there" });
  assert.equal(connection.isOpen, false);
});

Deno.test("requests ask for the bytes as they are, and redirects are answers", async (t) => {
  const ports = new Set<number>();
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: identity.certPem,
    key: identity.keyPem,
    onListen: () => {},
  }, (request, { remoteAddr }) => {
    ports.add((remoteAddr as Deno.NetAddr).port);
    const { pathname } = new URL(request.url);
    if (pathname === "/moved") {
      return new Response(null, { status: 302, headers: { location: "/blocks" } });
    }
    const seen = ["accept-encoding", "x-client"].map((name) => request.headers.get(name));
    return new Response([request.method, pathname, ...seen].join(" "));
  });
  const baseUrl = `https://127.0.0.1:${server.addr.port}`;
  for (const http1 of [false, true]) {
    for (const insecure of [false, true]) {
      await t.step(`${http1 ? "HTTP/1.1" : "HTTP/2"}${insecure ? ", insecure" : ""}`, async () => {
        ports.clear();
        using connection = await openConnection(0, optionsFor(baseUrl, { http1, insecure }));
        assert.equal(connection.protocol, http1 ? "http/1.1" : "h2");
        const headers = { "x-client": "one" };
        const answer = new Received();
        await connection.get(`${baseUrl}/blocks?n=1`, { signal: never(), headers }, answer);
        assert.equal(answer.text, "GET /blocks identity one");
        const moved = new Received();
        await connection.get(`${baseUrl}/moved`, { signal: never() }, moved);
        assert.equal(moved.status, 302);
        assert.equal(ports.size, 1);
      });
    }
  }
});

Deno.test("get() refuses a URL of another origin", async () => {
  await using target = await connectTo((stream) => stream.headers(200, {}, { endStream: true }));
  await assert.rejects(
    target.connection.get("https://127.0.0.2:1/blocks", { signal: never() }, new Received()),
    RangeError,
  );
  assert.equal(target.peer.requestCount, 1);
});

Deno.test("an IPv6 address is a host like any other", async () => {
  const { caPem, certPem, keyPem } = await createServerIdentity({
    hosts: ["::1"],
    now: new Date(),
  });
  await using server = Deno.serve({
    hostname: "::1",
    port: 0,
    cert: certPem,
    key: keyPem,
    onListen: () => {},
  }, (request) => new Response(request.method === "HEAD" ? null : new URL(request.url).host));
  const baseUrl = `https://[::1]:${server.addr.port}`;
  for (const insecure of [false, true]) {
    using connection = await openConnection(0, optionsFor(baseUrl, { trusted: caPem, insecure }));
    const answer = new Received();
    await connection.get(`${baseUrl}/`, { signal: never() }, answer);
    assert.equal(answer.text, `[::1]:${server.addr.port}`);
  }
});

Deno.test("a proxy is the way to the server, and named when there is none through it", async () => {
  await using peer = new H2Peer({ identity });
  peer.onRequest((stream) => stream.headers(404, {}, { endStream: true }));
  for (const insecure of [false, true]) {
    await using proxy = connectProxy();
    const way = { insecure, proxy: { url: proxy.url, from: "HTTPS_PROXY" } };
    {
      using connection = await openConnection(0, optionsFor(peer.baseUrl, way));
      assert.equal(connection.protocol, "h2");
      assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${peer.port} HTTP/1.1`]);
    }
    const dead = { ...way, proxy: { url: "http://me:secret@127.0.0.1:9", from: "HTTPS_PROXY" } };
    assertFailed(
      await failureOfOpening(optionsFor(peer.baseUrl, dead)),
      "connection-refused",
      /^Cannot connect to 127\.0\.0\.1:\d+: .* through the proxy http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\)$/,
    );
  }
});

Deno.test("TCP and TLS are timed apart", async () => {
  const clock = new FakeClock();
  await using peer = new H2Peer({ identity });
  peer.onRequest((stream) => stream.headers(404, {}, { endStream: true }));
  // Forwards nothing before the clock has moved: until then there is TCP alone.
  const gate = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const forwarding = (async () => {
    using client = await gate.accept();
    using server = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
    const greeting = new Uint8Array(16_384);
    const bytes = await client.read(greeting);
    clock.stall(40);
    await server.write(greeting.subarray(0, bytes ?? 0));
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  })();
  const baseUrl = `https://127.0.0.1:${gate.addr.port}`;
  {
    using connection = await openConnection(0, optionsFor(baseUrl, { clock }));
    assert.deepEqual(connection.handshake, { tcpMs: 0, tlsMs: 40 });
  }
  await forwarding.catch(() => {}); // closed by its pipes
  gate.close();
});
