import assert from "node:assert/strict";
import fc from "fast-check";
import type { BodySource } from "../../../core/body_source.ts";
import type { Answer, Exchange, ExchangeHandler } from "../../../core/exchange.ts";
import { serveHttp1 } from "../../../core/serve/http1_server.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";

const GET = "GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const ok: Answer = { status: 200, headers: [], body: bytes("ok") };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Pieces that the test gives when it likes. */
class Pieces implements BodySource {
  readonly #pieces: Uint8Array[] = [];
  #isOver = false;
  #wake = () => {};
  asked = 0;
  isCancelled = false;

  give(text: string): void {
    this.#pieces.push(bytes(text));
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  start(wake: () => void): void {
    this.#wake = wake;
  }

  next(mostBytes: number): Uint8Array | undefined | null {
    this.asked++;
    const [piece] = this.#pieces;
    if (piece === undefined) return this.#isOver ? null : undefined;
    if (piece.length <= mostBytes) return this.#pieces.shift();
    this.#pieces[0] = piece.subarray(mostBytes);
    return piece.subarray(0, mostBytes);
  }

  cancel(): void {
    this.isCancelled = true;
  }
}

/** A server at one end, and the test at the other. */
function serve(handler: ExchangeHandler) {
  const clock = new FakeClock();
  const conn = new MemoryConnection();
  const errors: unknown[] = [];
  const overs: boolean[] = [];
  const exchanges: Exchange[] = [];
  const session = serveHttp1(conn, {
    clock,
    remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 9 },
    handler(exchange) {
      exchange.onOver = (isSent) => overs.push(isSent);
      exchanges.push(exchange);
      return handler(exchange);
    },
    onError(error) {
      errors.push(error);
      return { status: 500, headers: [] };
    },
  });
  return { clock, conn, session, errors, overs, exchanges, settle: () => clock.advance(0) };
}

/** What comes back for this, all of it sent at once. */
async function answerTo(request: string, handler: ExchangeHandler = (one) => one.answer(ok)) {
  const served = serve(handler);
  served.conn.send(request);
  await served.settle();
  const { text, isClosed, isWriteClosed } = served.conn;
  served.session.cut();
  return { text, staysOpen: !isClosed && !isWriteClosed, ...served };
}

Deno.test("requests on one connection are answered one after the other", async () => {
  const { conn, settle, exchanges, overs, session } = serve((exchange) => exchange.answer(ok));
  for (let round = 1; round <= 3; round++) {
    conn.send(GET);
    await settle();
    assert.equal(conn.takeText(), OK);
    assert.deepEqual(overs, Array(round).fill(true));
  }
  const [exchange] = exchanges as [Exchange];
  assert.deepEqual([exchange.protocol, exchange.method, exchange.target], [
    "http/1.1",
    "GET",
    "/x?y=1",
  ]);
  assert.deepEqual([exchange.header("host"), exchange.header("none")], ["a", undefined]);
  assert.equal(exchange.remoteAddr.hostname, "192.0.2.1");
  conn.end();
  await session.finished;
  assert.ok(conn.isClosed);
});

Deno.test("pipelined requests are answered in their order, whenever their answers are ready", async () => {
  const { conn, settle, exchanges, session } = serve(() => {});
  conn.send(GET + GET.replace("/x", "/second"));
  await settle();
  assert.equal(exchanges.length, 1, "the second waits for the first");
  exchanges[0]?.answer(ok);
  await settle();
  assert.equal(conn.takeText(), OK);
  assert.equal(exchanges[1]?.target, "/second?y=1");
  exchanges[1]?.answer({ ...ok, status: 404 });
  await settle();
  assert.match(conn.text, /^HTTP\/1\.1 404 Not Found\r\n/);
  session.cut();
});

Deno.test("a body without a length is sent in chunks, each when it is there", async () => {
  const body = new Pieces();
  const { conn, settle, overs, session } = serve((one) =>
    one.answer({ status: 200, headers: [["x-a", "1"]], body })
  );
  conn.send(GET);
  await settle();
  assert.equal(
    conn.takeText(),
    "HTTP/1.1 200 OK\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  body.give("hello");
  await settle();
  assert.equal(conn.takeText(), "5\r\nhello\r\n");
  body.give("a".repeat(300));
  body.give("b");
  await settle();
  assert.equal(conn.takeText(), `12c\r\n${"a".repeat(300)}\r\n1\r\nb\r\n`);
  assert.deepEqual(overs, []);
  body.end();
  await settle();
  assert.equal(conn.takeText(), "0\r\n\r\n");
  assert.deepEqual(overs, [true]);
  session.cut();
});

Deno.test("how a body is framed depends on its length, the method and the client's version", async () => {
  const source = () => {
    const body = new Pieces();
    body.give("ok");
    body.end();
    return body;
  };
  const length: Answer["headers"] = [["content-length", "2"]];
  const cases: [string, string, Answer, string, boolean][] = [
    ["told length", GET, { status: 200, headers: length, body: source() }, OK, true],
    ["nothing", GET, { status: 200, headers: [] }, OK.replace(/: 2.*$/s, ": 0\r\n\r\n"), true],
    ["204", GET, { status: 204, headers: [] }, "HTTP/1.1 204 No Content\r\n\r\n", true],
    [
      "HEAD has the length of what is not sent",
      GET.replace("GET", "HEAD"),
      { status: 200, headers: length, body: source() },
      OK.replace("ok", ""),
      true,
    ],
    [
      "HTTP/1.0 has no chunks",
      "GET / HTTP/1.0\r\n\r\n",
      { status: 200, headers: [], body: source() },
      "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok",
      false,
    ],
    [
      "HTTP/1.0 that stays",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      ok,
      OK.replace("\r\n\r\n", "\r\nconnection: keep-alive\r\n\r\n"),
      true,
    ],
    [
      "close",
      GET.replace("Host", "Connection: x, Close\r\nHost"),
      ok,
      OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
      false,
    ],
  ];
  for (const [what, request, answer, expected, staysOpen] of cases) {
    const got = await answerTo(request, (one) => one.answer(answer));
    assert.deepEqual([got.text, got.staysOpen, got.errors], [expected, staysOpen, []], what);
  }
});

Deno.test("a body is asked for no more while the connection takes nothing", async () => {
  const body = new Pieces();
  const { conn, settle, session } = serve((one) => one.answer({ status: 200, headers: [], body }));
  conn.isHeld = true;
  for (let piece = 0; piece < 100; piece++) body.give("x".repeat(10_000));
  conn.send(GET);
  await settle();
  const { asked } = body;
  assert.ok(asked < 10, `${asked} pieces for one write`);
  await settle();
  assert.equal(body.asked, asked);
  conn.letGo();
  await settle();
  assert.ok(body.asked > 100);
  session.cut();
});

Deno.test("a client that goes, and an exchange that is cut, end the body and the connection", async () => {
  for (const go of ["client", "exchange", "session"]) {
    const body = new Pieces();
    const { conn, settle, overs, session, exchanges, errors } = serve((one) =>
      one.answer({ status: 200, headers: [], body })
    );
    conn.send(GET);
    await settle();
    assert.equal(session.openStreams, 1);
    if (go === "client") conn.end();
    else if (go === "exchange") exchanges[0]?.cut();
    else session.cut();
    await session.finished;
    assert.deepEqual(
      [overs, body.isCancelled, conn.isClosed, errors],
      [[false], true, true, []],
      go,
    );
    assert.ok(!conn.text.endsWith("0\r\n\r\n"), "no end of a body that has none");
  }
});

Deno.test("an answer to a client that has gone harms nobody", async () => {
  const { conn, settle, session, exchanges, overs } = serve(() => {});
  conn.send(GET);
  await settle();
  conn.end();
  await session.finished;
  const body = new Pieces();
  exchanges[0]?.answer({ status: 200, headers: [], body });
  assert.deepEqual([body.isCancelled, overs], [true, [false]]);
});

Deno.test("what is malformed, or could be read in two ways, is refused and the connection closed", async () => {
  const post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const cases: [string, string, number][] = [
    ["no request line", "hello\r\n\r\n", 400],
    ["two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["a target that is none", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["a target with a control character", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
    ["space before a colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
    ["a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400],
    ["a line feed alone", "GET / HTTP/1.1\nHost: a\n\n", 400],
    ["a line feed alone in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n", 400],
    ["a return alone", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n", 400],
    ["a zero byte", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400],
    ["a field without a colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400],
    ["length and chunks", `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    ["two lengths", `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, 400],
    ["one length twice", `${post}Content-Length: 3, 3\r\n\r\n`, 400],
    ["a negative length", `${post}Content-Length: -1\r\n\r\n`, 400],
    ["a length with a sign", `${post}Content-Length: +1\r\n\r\n`, 400],
    ["a hexadecimal length", `${post}Content-Length: 0x1\r\n\r\n`, 400],
    ["another coding", `${post}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
    ["chunks twice", `${post}Transfer-Encoding: chunked, chunked\r\n\r\n`, 501],
    ["a coding like chunks", `${post}Transfer-Encoding: xchunked\r\n\r\n`, 501],
    [
      "chunks in HTTP/1.0",
      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      400,
    ],
    ["another expectation", `${post}Expect: cake\r\n\r\n`, 417],
    ["a long target", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ["many fields", `GET / HTTP/1.1\r\nHost: a\r\n${"X: 1\r\n".repeat(200)}\r\n`, 431],
    ["a head without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(80_000)}`, 431],
  ];
  for (const [what, request, status] of cases) {
    const { text, staysOpen, exchanges } = await answerTo(`${request}${GET}`);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close\\r\\n`), what);
    assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, `${what}: what follows is no request`);
    assert.deepEqual([staysOpen, exchanges.length], [false, 0], what);
  }
});

Deno.test("what looks odd and is right is answered", async () => {
  const cases: [string, string, string][] = [
    ["an empty line before it", `\r\n${GET}`, "/x?y=1"],
    ["absolute form", "GET http://a:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n", "/p?q"],
    ["absolute form without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "/"],
    ["asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*"],
    ["no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "/"],
    ["an empty field", "GET / HTTP/1.1\r\nHost:\r\nX:\r\n\r\n", "/"],
  ];
  for (const [what, request, target] of cases) {
    const { text, exchanges } = await answerTo(request);
    assert.match(text, /^HTTP\/1\.1 200 /, what);
    assert.equal(exchanges[0]?.target, target, what);
  }
});

/** Answers with the body, or why there is none. */
const echo: ExchangeHandler = async (exchange) => {
  const body = await exchange.readBody(20).catch((error) => bytes(`${error.name}`));
  exchange.answer({ status: 200, headers: [], body });
};

Deno.test("bodies are read by their length and in chunks, and no further than the limit", async () => {
  const chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const cases: [string, string, string][] = [
    ["none", "\r\n", ""],
    ["a length", "Content-Length: 5\r\n\r\nhello", "hello"],
    ["chunks", `${chunked}2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n`, "hello"],
    ["too long a length", "Content-Length: 21\r\n\r\n012345678901234567890", "BodyTooLargeError"],
    ["too many chunks", `${chunked}15\r\n012345678901234567890\r\n0\r\n\r\n`, "BodyTooLargeError"],
  ];
  for (const [what, rest, body] of cases) {
    const { text } = await answerTo(`POST / HTTP/1.1\r\nHost: a\r\n${rest}${GET}`, echo);
    const [first, second] = text.split(/(?=HTTP\/1\.1 )/);
    assert.ok(first?.endsWith(`\r\n\r\n${body}`), `${what}: ${text}`);
    assert.match(second ?? "", /^HTTP\/1\.1 200 /, `${what}: the next request is where it ended`);
  }
});

Deno.test("framing that is none, and framing without a body in it, end the connection", async () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const cases: [string, string][] = [
    ["a line feed alone", "5\nhello\r\n0\r\n\r\n"],
    ["a line feed alone in an extension", "5;a\nhello\r\n0\r\n\r\n"],
    ["no number", "x\r\n"],
    ["longer than its size", "2\r\nhello\r\n0\r\n\r\n"],
    ["an endless trailer", `0\r\n${"X: y\r\n".repeat(5_000)}`],
    ["an endless extension", `1;${"x".repeat(20_000)}`],
  ];
  for (const [what, body] of cases) {
    const { text, staysOpen } = await answerTo(`${head}${body}${GET}`, echo);
    assert.match(text, /Error$/, what);
    assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, what);
    assert.equal(staysOpen, false, what);
  }
});

Deno.test("a client that expects it is told to go on when its body is read, and else let go", async () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  const { conn, settle, session } = serve(echo);
  conn.send(head);
  await settle();
  assert.equal(conn.takeText(), "HTTP/1.1 100 Continue\r\n\r\n");
  conn.send("hello");
  await settle();
  assert.equal(conn.text, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  session.cut();
  const { text, staysOpen } = await answerTo(head);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*connection: close/);
  assert.equal(staysOpen, false, "nobody knows whether the body will come");
});

Deno.test("a body that nobody reads is passed over, unless it is long", async () => {
  for (const [length, answers] of [[200_000, 2], [300_000, 1]] as const) {
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
    const { text } = await answerTo(`${head}${"x".repeat(length)}${GET}`);
    assert.equal(text.match(/HTTP\/1\.1 /g)?.length, answers, `${length}`);
  }
});

Deno.test("a request that breaks off within its body is told to whoever reads it", async () => {
  const { conn, settle, session } = serve(() => {});
  conn.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  await settle();
  assert.equal(session.openStreams, 1);
  conn.end();
  await session.finished;
  assert.equal(conn.text, "");
  const reading = serve((exchange) => exchange.readBody(9).then(() => assert.fail()));
  reading.conn.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  await reading.settle();
  reading.conn.end();
  await reading.session.finished;
  await reading.settle();
  assert.match(String(reading.errors), /broke off/);
});

Deno.test("defects of a handler are told, and answered where that is still possible", async () => {
  const tooShort = new Pieces();
  tooShort.give("o");
  tooShort.end();
  const tooLong = new Pieces();
  tooLong.give("okay");
  const length: Answer["headers"] = [["content-length", "2"]];
  const cases: [string, ExchangeHandler, RegExp, RegExp][] = [
    ["it throws", () => assert.fail("why"), /^HTTP\/1\.1 500 /, /why/],
    ["it rejects", () => Promise.reject(new Error("why")), /^HTTP\/1\.1 500 /, /why/],
    [
      "a field of two lines",
      (one) => one.answer({ status: 200, headers: [["x", "a\r\nb: c"]] }),
      /^$/,
      /line of its own/,
    ],
    [
      "a short body",
      (one) => one.answer({ status: 200, headers: length, body: tooShort }),
      /^$|o$/,
      /1 bytes before its length/,
    ],
    [
      "a long body",
      (one) => one.answer({ status: 200, headers: length, body: tooLong }),
      /^$|ok$/,
      /goes on after its length/,
    ],
  ];
  for (const [what, handler, text, error] of cases) {
    const got = await answerTo(GET, handler);
    assert.match(got.text, text, what);
    assert.equal(got.errors.length, 1, what);
    assert.match(String(got.errors[0]), error, what);
  }
});

Deno.test("a connection that shuts down ends after the answer under way, an idle one at once", async () => {
  const { conn, settle, session, exchanges } = serve(() => {});
  conn.send(GET + GET);
  await settle();
  session.shutdown();
  exchanges[0]?.answer(ok);
  await settle();
  assert.equal(conn.text, OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
  assert.deepEqual([conn.isWriteClosed, conn.isClosed, exchanges.length], [true, false, 1]);
  conn.end();
  await session.finished;
  const idle = serve(() => {});
  idle.session.shutdown();
  await idle.session.finished;
  assert.ok(idle.conn.isClosed);
});

Deno.test("a client that does not close its end after the last answer is left after half a second", async () => {
  const { conn, clock, session } = serve((one) => one.answer(ok));
  conn.send(GET.replace("Host", "Connection: close\r\nHost"));
  await clock.advance(499);
  assert.deepEqual([conn.isWriteClosed, conn.isClosed], [true, false]);
  await clock.advance(1);
  assert.ok(conn.isClosed);
  await session.finished;
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("requests mean the same however their bytes are cut into pieces", async () => {
  const requests = [
    GET,
    "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
    "HEAD /d HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n",
  ].join("");
  const { text: whole } = await answerTo(requests, echo);
  assert.equal(whole.match(/HTTP\/1\.1 /g)?.length, 5);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(requests.length), { maxLength: 12 }), async (places) => {
      const cuts = [0, ...places.sort((one, other) => one - other), requests.length];
      const { conn, settle, session } = serve(echo);
      for (const [index, from] of cuts.slice(0, -1).entries()) {
        conn.send(requests.slice(from, cuts[index + 1]));
        await settle();
      }
      assert.equal(conn.text, whole);
      session.cut();
    }),
    { numRuns: 30 },
  );
});

Deno.test("no bytes whatever make it fail, or answer with anything but a refusal", async () => {
  const piece = fc.oneof(
    fc.constantFrom("GET / HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "Content-Length: 3\r\n", "0\r\n"),
    fc.string({ unit: "binary-ascii" }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const { text, errors } = await answerTo(pieces.join(""));
      assert.deepEqual(errors, []);
      assert.match(text, /^(HTTP\/1\.1 (200|4\d\d|50\d) [^]*)?$/);
    }),
    { numRuns: 100 },
  );
});
