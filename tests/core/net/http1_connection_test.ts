import assert from "node:assert/strict";
import fc from "fast-check";
import { OperationFailedError } from "../../../core/errors.ts";
import { ChunkedBody } from "../../../core/net/http1_body.ts";
import { failureReason } from "../../../core/net/fetch_failure.ts";
import { type Http1Answer, openHttp1Connection } from "../../../core/net/http1_connection.ts";
import { requestBytes } from "../../../core/net/http1_head.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { eventually } from "../../support/eventually.ts";
import { TcpForwarder } from "../../support/tcp_forwarder.ts";
import { Http1Peer, type Http1Reply, OK, status } from "../../support/http1_peer.ts";

const LIMITS = { keptBytes: 120, mostBytes: 4_096 };
const REQUEST = { host: "a.example", path: "/x?y=1" };

function connect({ port }: Http1Peer) {
  return openHttp1Connection({ hostname: "127.0.0.1", port }, new AbortController().signal);
}

/** One answer, and whether its connection stayed open. */
async function answerOf(reply: Http1Reply, limits = LIMITS) {
  using peer = new Http1Peer(() => reply);
  using connection = await connect(peer);
  const answer = await connection.get(REQUEST, limits);
  return { ...answer, isOpen: connection.isOpen };
}

async function reasonOf(reply: Http1Reply): Promise<string> {
  const thrown = await answerOf(reply).then(() => undefined, (error) => error);
  assert.ok(thrown instanceof OperationFailedError, String(thrown));
  return thrown.reason;
}

Deno.test("a GET goes out with its own Host header and nothing that was not asked for", async () => {
  using peer = new Http1Peer(() => OK);
  using connection = await connect(peer);
  await connection.get({ ...REQUEST, headers: [["X-One", "1"]] }, LIMITS);
  assert.deepEqual(peer.heads, ["GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\nX-One: 1\r\n\r\n"]);
});

Deno.test("what would be two requests on the wire is refused", async () => {
  using peer = new Http1Peer(() => OK);
  for (
    const bad of [{ host: "a\r\nX: 1" }, { path: "/ HTTP/1.1\r\n" }, { path: "/a b" }, {
      path: "x",
    }, { path: "/ä" }]
  ) {
    using connection = await connect(peer);
    await assert.rejects(connection.get({ ...REQUEST, ...bad }, LIMITS), RangeError);
  }
  assert.deepEqual(peer.heads, []);
});

Deno.test("requests one after another share the connection", async () => {
  using peer = new Http1Peer(({ request }) => status(200 + request, `body ${request}`));
  using connection = await connect(peer);
  for (const request of [0, 1, 2]) {
    const { status, bodyHead } = await connection.get(REQUEST, LIMITS);
    assert.deepEqual([status, bodyHead], [200 + request, `body ${request}`]);
  }
  assert.equal(peer.connections, 1);
});

Deno.test("the body's end is found as RFC 9112 says, and decides whether the connection stays", async () => {
  const cases: [string, Http1Reply, string, boolean][] = [
    ["length", OK, "ok", true],
    ["no body", status(200), "", true],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", "", true],
    ["304 with the length of another", "HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n", "", true],
    ["no reason phrase", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "", true],
    [
      "chunks, an extension and a trailer",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n2;a=b\r\nok\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n",
      "ok!",
      true,
    ],
    [
      "chunks are more than a length",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      "ok",
      true,
    ],
    [
      "until the connection's end",
      { text: "HTTP/1.1 200 OK\r\n\r\nall of it", then: "close" },
      "all of it",
      false,
    ],
    ["an interim answer first", `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${OK}`, "ok", true],
    ["close", status(200, "ok", ["Connection: x, Close"]), "ok", false],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false],
    [
      "HTTP/1.0 that stays",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
      "ok",
      true,
    ],
    ["something unasked behind it", `${OK}HTTP/1.1 500 X\r\n`, "ok", false],
  ];
  for (const [what, reply, body, isOpen] of cases) {
    const answer = await answerOf(reply);
    assert.deepEqual([answer.bodyHead, answer.isOpen], [body, isOpen], what);
  }
});

Deno.test("header fields are found by their lower-case names, several of one joined", async () => {
  const { headers } = await answerOf(status(200, "", ["X-A:  1 ", "x-a: 2", "Location: /there"]));
  assert.equal(headers.get("x-a"), "1, 2");
  assert.equal(headers.get("location"), "/there");
});

Deno.test("of a long body the first bytes are kept, and too long a one ends the connection", async () => {
  const body = "0123456789".repeat(100);
  const whole = await answerOf(status(200, body));
  assert.deepEqual([whole.bodyHead, whole.bodyBytes], [body.slice(0, 120), 1_000]);
  assert.ok(whole.isOpen);
});

Deno.test("a body without an end is left after as much as the limit says", async () => {
  const answer = await answerOf(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(10_000)}`);
  assert.ok(answer.bodyBytes > 4_096);
  assert.equal(answer.isOpen, false);
});

Deno.test("what is no answer is told apart", async () => {
  const cases: [Http1Reply, string][] = [
    [{ text: "", then: "close" }, "connection-closed"],
    [{ text: "HTTP/1.1 200 OK\r\nConte", then: "close" }, "connection-closed"],
    [
      { text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", then: "close" },
      "truncated",
    ],
    [
      { text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", then: "close" },
      "truncated",
    ],
    ["hello\r\n\r\n", "protocol"],
    ["HTTP/2 200\r\n\r\n", "protocol"],
    ["HTTP/1.1 200 OK\r\nnothing\r\n\r\n", "protocol"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nok", "protocol"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "protocol"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n", "protocol"],
    [`HTTP/1.1 200 OK\r\nA: ${"a".repeat(70_000)}`, "protocol"],
  ];
  for (const [reply, reason] of cases) assert.equal(await reasonOf(reply), reason);
});

Deno.test("a connection that the server closes unanswered fails its request, which is sent once", async () => {
  using peer = new Http1Peer(({ request }) => request < 2 ? OK : { text: "", then: "close" });
  using connection = await connect(peer);
  await connection.get(REQUEST, LIMITS);
  await connection.get(REQUEST, LIMITS);
  await assert.rejects(connection.get(REQUEST, LIMITS), { reason: "connection-closed" });
  assert.equal(connection.isOpen, false);
  assert.deepEqual([peer.heads.length, peer.connections], [3, 1]);
});

Deno.test("a connection that the server closes between two requests is seen to be closed", async () => {
  using peer = new Http1Peer(() => ({ text: OK, then: "close" }));
  using connection = await connect(peer);
  await connection.get(REQUEST, LIMITS);
  await eventually("it is closed", () => !connection.isOpen);
  await assert.rejects(connection.get(REQUEST, LIMITS), /cannot take a request/);
});

Deno.test("disposing of it fails the request under way", async () => {
  using peer = new Http1Peer(() => "");
  const connection = await connect(peer);
  const answer = connection.get(REQUEST, LIMITS);
  await eventually("it was asked", () => peer.heads.length > 0);
  connection[Symbol.dispose]();
  await assert.rejects(answer);
});

Deno.test("an answer is the same however it is cut into pieces", async () => {
  const text =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n";
  const whole = JSON.stringify(shown(await answerOf(text)));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (places) => {
      const cuts = [0, ...places.sort((one, other) => one - other), text.length];
      const parts = cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
      assert.equal(JSON.stringify(shown(await answerOf({ text: parts, then: "keep" }))), whole);
    }),
    { numRuns: 50 },
  );
});

Deno.test("a chunked body takes its own bytes and no other, byte by byte or at once", () => {
  const chunk = fc.string({ minLength: 1, maxLength: 40 }).map((text) =>
    new TextEncoder().encode(text)
  );
  fc.assert(fc.property(fc.array(chunk), fc.integer({ min: 1, max: 50 }), (chunks, step) => {
    const framed = framedAs(chunks);
    const body = new ChunkedBody(Infinity);
    let taken = 0;
    for (let at = 0; at < framed.length; at += step) {
      taken += body.take(
        framed.subarray(at, Math.min(at + step, framed.length - "next".length + 4)),
      );
    }
    assert.ok(body.isOver);
    assert.equal(taken, framed.length - "next".length);
    assert.equal(body.bytes, chunks.reduce((sum, { length }) => sum + length, 0));
    assert.equal(body.head, chunks.map((bytes) => new TextDecoder().decode(bytes)).join(""));
  }));
});

/** In chunks, and with four bytes behind the end. */
function framedAs(chunks: readonly Uint8Array[]): Uint8Array {
  const encode = (text: string) => [...new TextEncoder().encode(text)];
  const parts = chunks.flatMap((bytes) => [
    ...encode(`${bytes.length.toString(16)}\r\n`),
    ...bytes,
    ...encode("\r\n"),
  ]);
  return new Uint8Array([...parts, ...encode("0\r\n\r\nnext")]);
}

function shown({ status, bodyHead, bodyBytes, isOpen }: Http1Answer & { isOpen: boolean }) {
  return { status, bodyHead, bodyBytes, isOpen };
}

Deno.test("a POST goes out with its body and the length of it, and its connection stays", async () => {
  const bodies: string[] = [];
  const listening = Promise.withResolvers<number>();
  await using _server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => listening.resolve(port),
  }, async (request) => {
    bodies.push(`${request.method} ${await request.text()}`);
    return new Response("ok");
  });
  const address = { hostname: "127.0.0.1", port: await listening.promise };
  using connection = await openHttp1Connection(address, new AbortController().signal);
  const body = new TextEncoder().encode("1".repeat(100_000));
  for (let times = 0; times < 2; times++) {
    const answer = await connection.post({ ...REQUEST, body }, LIMITS);
    assert.deepEqual([answer.status, answer.bodyHead], [200, "ok"]);
  }
  assert.deepEqual(bodies, [`POST ${"1".repeat(100_000)}`, `POST ${"1".repeat(100_000)}`]);
  assert.ok(connection.isOpen);
});

Deno.test("an answer that comes before the body was taken ends the connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const over = Promise.withResolvers<void>();
  const serving = (async () => {
    using conn = await listener.accept();
    await conn.read(new Uint8Array(100));
    await conn.write(new TextEncoder().encode(status(413, "no")));
    await over.promise;
  })();
  const { port } = listener.addr;
  using connection = await openHttp1Connection(
    { hostname: "127.0.0.1", port },
    new AbortController().signal,
  );
  // More than the buffers of both ends hold.
  const answer = await connection.post({ ...REQUEST, body: new Uint8Array(64 << 20) }, LIMITS);
  assert.deepEqual([answer.status, connection.isOpen], [413, false]);
  over.resolve();
  await serving;
});

Deno.test("a body is handed out piece by piece as it comes, and nothing of it is kept", async () => {
  const pieces = ["one ", "two ", "three"];
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunks = pieces.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`);
  const steps = [head, ...chunks, "0\r\n\r\n"].map((text) => ({
    text,
    ...Promise.withResolvers<void>(),
  }));
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const conn = await listener.accept();
    await conn.read(new Uint8Array(1_000));
    for (const { text, promise } of steps) {
      await promise;
      await conn.write(new TextEncoder().encode(text));
    }
    return conn;
  })();
  using connection = await openHttp1Connection(listener.addr, new AbortController().signal);
  const told: string[] = [];
  const answered = connection.exchange(requestBytes("GET", REQUEST), LIMITS, ({ status }) => {
    told.push(`status ${status}`);
    return (bytes) => told.push(new TextDecoder().decode(bytes));
  });
  for (const [index, { resolve }] of steps.entries()) {
    resolve();
    // The end of the body is no piece of it.
    const count = Math.min(index + 1, pieces.length + 1);
    await eventually(`step ${index} came`, () => told.length === count);
  }
  const { bodyHead, bodyBytes } = await answered;
  assert.deepEqual(told, ["status 200", ...pieces]);
  assert.deepEqual([bodyHead, bodyBytes, connection.isOpen], ["", 13, true]);
  (await serving).close();
});

Deno.test("whoever wants no pieces after the head has the body kept", async () => {
  using peer = new Http1Peer(() => OK);
  using connection = await connect(peer);
  const request = requestBytes("GET", REQUEST);
  const seen: number[] = [];
  for (let times = 0; times < 2; times++) {
    const { bodyHead } = await connection.exchange(request, LIMITS, ({ status }) => {
      seen.push(status);
      return undefined;
    });
    assert.equal(bodyHead, "ok");
  }
  assert.deepEqual(seen, [200, 200]);
});

Deno.test("what a reader of pieces throws ends the exchange and its connection", async () => {
  using peer = new Http1Peer(() => OK);
  using connection = await connect(peer);
  const thrown = new OperationFailedError("corrupt", "no");
  const failed = connection.exchange(requestBytes("GET", REQUEST), LIMITS, () => () => {
    throw thrown;
  });
  await assert.rejects(failed, thrown);
  assert.equal(connection.isOpen, false);
});

Deno.test("bodies larger than any buffer come whole, one after another", async () => {
  const texts = [0, 1, 2].map((seed) =>
    Array.from({ length: 20_000 }, (_, index) => (index * 7 + seed).toString(36)).join("")
  );
  using peer = new Http1Peer(({ request }) => status(200, texts[request]));
  using connection = await connect(peer);
  for (const text of texts) {
    const limits = { keptBytes: 1 << 20, mostBytes: 1 << 20 };
    assert.equal((await connection.get(REQUEST, limits)).bodyHead, text);
  }
});

Deno.test("a TCP connection that ends within the TLS one ends no body, and answers nothing", async () => {
  const { caPem, certPem, keyPem } = await createServerIdentity({
    hosts: ["a.test"],
    now: new Date(),
  });
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: certPem, key: keyPem });
  const tls = { serverName: "a.test", caPem };
  for (
    const [text, reason] of [
      ["HTTP/1.1 200 OK\r\n\r\nsome", "truncated"],
      ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome", "truncated"],
      ["HTTP/1.1 200", "connection-closed"],
    ] as const
  ) {
    const forwarder = new TcpForwarder(listener.addr.port);
    const serving = listener.accept();
    const address = { hostname: "127.0.0.1", port: forwarder.port };
    using connection = await openHttp1Connection(address, new AbortController().signal, tls);
    using conn = await serving;
    let pieces = 0;
    const answered = connection.exchange(
      requestBytes("GET", REQUEST),
      LIMITS,
      () => () => pieces++,
    ).then(() => "answered", failureReason);
    await conn.read(new Uint8Array(1_000));
    await conn.write(new TextEncoder().encode(text));
    if (reason === "truncated") await eventually("it came", () => pieces > 0);
    forwarder[Symbol.dispose]();
    assert.equal(await answered, reason, text);
  }
});
