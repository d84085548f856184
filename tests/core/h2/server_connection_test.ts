import assert from "node:assert/strict";
import { FRAME } from "../../../core/h2/frame/frame_head.ts";
import type { HeaderField } from "../../../core/h2/header_field.ts";
import { BodyTooLargeError } from "../../../core/net/http_server.ts";
import type { Exchange } from "../../../core/exchange.ts";
import { settled } from "../../support/settled.ts";
import { DrivenServer, ManualBody } from "./driven.ts";

const TEXT = new TextEncoder();

function answerHello(exchange: Exchange): void {
  exchange.answer({ status: 200, headers: [["a", "b"]], body: TEXT.encode("hello") });
}

Deno.test("a server sends its SETTINGS at once, and its window for the connection", () => {
  using end = new DrivenServer(undefined, {
    hasBegun: false,
    settings: { maxConcurrentStreams: 7 },
    connectionWindowBytes: 65_536,
  });
  assert.deepEqual(end.exchange(), ["SETTINGS MAX_CONCURRENT_STREAMS=7", "WINDOW_UPDATE 0 1"]);
});

Deno.test("the preface may come byte by byte, and must be the one of RFC 9113", () => {
  using end = new DrivenServer(undefined, { hasBegun: false });
  end.exchange();
  end.peer.preface();
  end.peer.settings();
  for (const byte of end.peer.take()) end.connection.receive(Uint8Array.of(byte));
  assert.deepEqual(end.exchange(), ["SETTINGS ack"]);

  using other = new DrivenServer(undefined, { hasBegun: false });
  other.peer.raw(TEXT.encode("GET / HTTP/1.1\r\n"));
  assert.equal(other.exchange().at(-1), "GOAWAY 0 PROTOCOL_ERROR");
  assert.match(other.endText!, /3\.4: no preface/);
});

Deno.test("requests of one read are answered together, HEADERS and DATA", () => {
  using end = new DrivenServer(answerHello);
  end.request(1);
  end.request(3);
  assert.deepEqual(end.exchange(), [
    "HEADERS 1 :status 200 a b",
    "HEADERS 3 :status 200 a b",
    "DATA 1 5 end",
    "DATA 3 5 end",
  ]);
  assert.deepEqual(end.over, ["1 true", "2 true"]);
  assert.equal(end.connection.openStreams, 0);
});

Deno.test("an exchange knows its request", () => {
  using end = new DrivenServer(answerHello);
  end.request(1, {
    path: "/blocks?size=1",
    headers: [["cookie", "a=1"], ["x", "1"], ["cookie", "b=2"], ["x", "2"]],
  });
  end.exchange();
  const exchange = end.exchanges[0]!;
  assert.equal(exchange.method, "GET");
  assert.equal(exchange.target, "/blocks?size=1");
  assert.equal(exchange.header("host"), "a");
  assert.equal(exchange.header("x"), "1, 2");
  assert.equal(exchange.header("cookie"), "a=1; b=2");
  assert.equal(exchange.header("y"), undefined);
  assert.equal(exchange.remoteAddr.hostname, "127.0.0.1");
});

Deno.test("no body is sent in answer to HEAD, nor with 204 and 304", () => {
  const body = new ManualBody();
  using end = new DrivenServer((exchange) =>
    exchange.answer({ status: Number(exchange.target.slice(1)), headers: [], body })
  );
  end.request(1, { method: "HEAD", path: "/200" });
  end.request(3, { path: "/204" });
  end.request(5, { path: "/304" });
  assert.deepEqual(end.exchange(), [
    "HEADERS 1 end :status 200",
    "HEADERS 3 end :status 204",
    "HEADERS 5 end :status 304",
  ]);
  assert.ok(body.isCancelled);
  assert.deepEqual(end.over, ["1 true", "2 true", "3 true"]);
});

Deno.test("a body that comes by and by leaves piece by piece, and ends when its source does", () => {
  const body = new ManualBody();
  using end = new DrivenServer((exchange) => exchange.answer({ status: 200, headers: [], body }));
  end.request(1);
  assert.deepEqual(end.exchange(), ["HEADERS 1 :status 200"]);
  body.push(500);
  assert.deepEqual(end.exchange(), ["DATA 1 500"]);
  body.push(1);
  body.push(2);
  assert.deepEqual(end.exchange(), ["DATA 1 3"]);
  assert.deepEqual(end.over, []);
  body.finish();
  assert.deepEqual(end.exchange(), ["DATA 1 0 end"]);
  assert.deepEqual(end.over, ["1 true"]);
  assert.equal(body.isCancelled, false);
});

Deno.test("the last bytes and the end of a body share a frame", () => {
  const body = new ManualBody();
  body.push(20_000);
  body.finish();
  using end = new DrivenServer((exchange) => exchange.answer({ status: 200, headers: [], body }));
  end.request(1);
  assert.deepEqual(end.exchange().slice(1), ["DATA 1 16375", "DATA 1 3625 end"]);
});

Deno.test("a body of exactly the window ends without more window", () => {
  const body = new ManualBody();
  body.push(65_535);
  body.finish();
  using end = new DrivenServer((exchange) => exchange.answer({ status: 200, headers: [], body }));
  end.request(1);
  assert.equal(end.exchange().at(-1), "DATA 1 45 end");
  assert.equal(end.connection.facts.streamWindow.count, 0);
});

Deno.test("a body source that fails, or gives what was not asked, resets its stream and is told", () => {
  const failing = [
    () => {
      throw new Error("disk");
    },
    () => new Uint8Array(0),
    (most: number) => new Uint8Array(most + 1),
  ];
  for (const next of failing) {
    using end = new DrivenServer((exchange) =>
      exchange.answer({ status: 200, headers: [], body: { next } })
    );
    end.request(1);
    assert.deepEqual(end.exchange(), ["HEADERS 1 :status 200", "RST_STREAM 1 INTERNAL_ERROR"]);
    assert.deepEqual(end.over, ["1 false"]);
    assert.equal(end.errors.length, 1);
  }
});

Deno.test("what a handler throws, at once or later, is answered by the server", async () => {
  using end = new DrivenServer((exchange) => {
    if (exchange.target === "/now") throw new Error("now");
    return Promise.reject(new Error("later"));
  });
  end.request(1, { path: "/now" });
  end.request(3, { path: "/later" });
  assert.deepEqual(end.exchange(), ["HEADERS 1 end :status 500"]);
  await Promise.resolve();
  assert.deepEqual(end.exchange(), ["HEADERS 3 end :status 500"]);
  assert.deepEqual(end.errors.map(String), ["Error: now", "Error: later"]);
});

Deno.test("what a handler throws after its answer began cuts the answer", () => {
  const body = new ManualBody();
  using end = new DrivenServer((exchange) => {
    exchange.answer({ status: 200, headers: [], body });
    throw new Error("oops");
  });
  end.request(1);
  assert.deepEqual(end.exchange(), ["HEADERS 1 :status 200", "RST_STREAM 1 INTERNAL_ERROR"]);
  assert.ok(body.isCancelled);
  assert.deepEqual(end.over, ["1 false"]);
});

Deno.test("cut() resets, answered or not, and once", () => {
  using end = new DrivenServer();
  end.request(1);
  end.exchange();
  end.exchanges[0]!.cut();
  end.exchanges[0]!.cut();
  // Too late, and of no harm.
  answerHello(end.exchanges[0]!);
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 INTERNAL_ERROR"]);
  assert.deepEqual(end.over, ["1 false"]);
});

Deno.test("a reset of the peer's gives the body up", () => {
  const body = new ManualBody();
  using end = new DrivenServer((exchange) => exchange.answer({ status: 200, headers: [], body }));
  end.request(1);
  end.exchange();
  body.push(10);
  end.peer.reset(1, "CANCEL");
  assert.deepEqual(end.exchange(), []);
  assert.ok(body.isCancelled);
  assert.deepEqual(end.over, ["1 false"]);
  assert.deepEqual(end.connection.facts.received.resets, new Map([["CANCEL", 1]]));
});

Deno.test("a request's body is read whole, and given back to the peer as it is read", async () => {
  using end = new DrivenServer();
  end.request(1, { method: "POST", endStream: false });
  end.peer.data(1, new Uint8Array(16_384));
  end.peer.data(1, new Uint8Array(16_384));
  // Nobody has asked for it, so that it stays in the window.
  assert.deepEqual(end.exchange(), []);
  const body = end.exchanges[0]!.readBody(100_000);
  assert.deepEqual(end.exchange(), ["WINDOW_UPDATE 0 32768", "WINDOW_UPDATE 1 32768"]);
  end.peer.data(1, "abc", { endStream: true });
  end.exchange();
  assert.equal((await body).length, 32_771);
});

Deno.test("a request's body may be too large, or break off", async () => {
  using end = new DrivenServer();
  end.request(1, { method: "POST", endStream: false });
  end.request(3, { method: "POST", endStream: false });
  end.exchange();
  const large = end.exchanges[0]!.readBody(2);
  const broken = end.exchanges[1]!.readBody(2);
  end.peer.data(1, "abc");
  end.peer.reset(3, "CANCEL");
  end.exchange();
  await assert.rejects(large, BodyTooLargeError);
  await assert.rejects(broken, /the peer reset the request \(CANCEL\)/);
  await assert.rejects(end.exchanges[1]!.readBody(2), /over/);
});

Deno.test("who is answered before the request has come whole is told so if it sends much more", () => {
  using end = new DrivenServer(answerHello);
  end.request(1, { method: "POST", endStream: false });
  assert.deepEqual(end.exchange(), ["HEADERS 1 :status 200 a b", "DATA 1 5 end"]);
  assert.deepEqual(end.over, ["1 true"]);
  end.peer.data(1, new Uint8Array(16_384));
  end.peer.data(1, new Uint8Array(16_383));
  assert.deepEqual(end.exchange(), ["WINDOW_UPDATE 0 32767", "WINDOW_UPDATE 1 32767"]);
  end.peer.data(1, "abc");
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 NO_ERROR"]);
  // What was on its way is let go.
  end.peer.data(1, "abc", { endStream: true });
  assert.deepEqual(end.exchange(), []);
});

Deno.test("the end of a request that was answered before is nothing to tell of", () => {
  using end = new DrivenServer(answerHello);
  end.request(1, { method: "POST", endStream: false });
  end.exchange();
  end.peer.data(1, "abc");
  end.peer.data(1, "abc", { endStream: true });
  assert.deepEqual(end.exchange(), []);
  assert.equal(end.connection.openStreams, 0);
});

Deno.test("shutdown() does not wait for the rest of a request that was answered", async () => {
  using end = new DrivenServer(answerHello);
  end.request(1, { method: "POST", endStream: false });
  end.exchange();
  end.connection.shutdown();
  end.exchange();
  await end.clock.advance(1_000);
  assert.deepEqual(end.exchange(), ["GOAWAY 1 NO_ERROR", "RST_STREAM 1 NO_ERROR"]);
  assert.equal(end.endText, "finished");
});

Deno.test("streams beyond the limit are refused", () => {
  using end = new DrivenServer(undefined, { settings: { maxConcurrentStreams: 1 } });
  end.request(1);
  end.request(3);
  assert.deepEqual(end.exchange(), ["RST_STREAM 3 REFUSED_STREAM"]);
  end.exchanges[0]!.cut();
  end.request(5);
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 INTERNAL_ERROR"]);
  assert.equal(end.exchanges.length, 2);
});

Deno.test("fields beyond the limit are answered with status 431", () => {
  using end = new DrivenServer(undefined, { settings: { maxHeaderListBytes: 1_000 } });
  end.exchange();
  end.request(1, { headers: [["a", "b".repeat(1_000)]] });
  end.request(3);
  assert.deepEqual(end.exchange(), ["HEADERS 1 end :status 431"]);
  assert.equal(end.exchanges.length, 1);
});

const GET: readonly HeaderField[] = [[":method", "GET"], [":scheme", "https"], [":path", "/"]];

const MALFORMED: { name: string; fields: readonly HeaderField[] }[] = [
  { name: "no :method", fields: GET.slice(1) },
  { name: "no :scheme", fields: [GET[0]!, GET[2]!] },
  { name: "no :path", fields: GET.slice(0, 2) },
  { name: "an empty :path", fields: [...GET.slice(0, 2), [":path", ""]] },
  { name: "a :path without a slash", fields: [...GET.slice(0, 2), [":path", "x"]] },
  { name: "two :path", fields: [...GET, GET[2]!] },
  { name: "a :status", fields: [...GET, [":status", "200"]] },
  { name: "an unknown pseudo-header field", fields: [...GET, [":test", "x"]] },
  { name: "a pseudo-header field after others", fields: [...GET.slice(0, 2), ["a", "b"], GET[2]!] },
  { name: "a name in upper case", fields: [...GET, ["X-Test", "x"]] },
  { name: "a name with a space", fields: [...GET, ["x test", "x"]] },
  { name: "an empty name", fields: [...GET, ["", "x"]] },
  { name: "a value with a NUL", fields: [...GET, ["x", "a\0b"]] },
  { name: "a value that begins with a space", fields: [...GET, ["x", " b"]] },
  { name: "connection", fields: [...GET, ["connection", "close"]] },
  { name: "transfer-encoding", fields: [...GET, ["transfer-encoding", "chunked"]] },
  { name: "te other than trailers", fields: [...GET, ["te", "gzip"]] },
  {
    name: "two content-lengths",
    fields: [...GET, ["content-length", "1"], ["content-length", "2"]],
  },
  { name: "CONNECT with a :path", fields: [[":method", "CONNECT"], ...GET.slice(1)] },
  { name: "a content-length and no body", fields: [...GET, ["content-length", "1"]] },
];

for (const { name, fields } of MALFORMED) {
  Deno.test(`a request with ${name} is reset, and no handler sees it`, () => {
    using end = new DrivenServer();
    end.peer.headers(1, fields, { endStream: true });
    end.request(3);
    assert.deepEqual(end.exchange(), ["RST_STREAM 1 PROTOCOL_ERROR"]);
    assert.equal(end.exchanges.length, 1);
    assert.equal(end.connection.openStreams, 1);
  });
}

Deno.test("te: trailers, OPTIONS * and CONNECT are requests", () => {
  using end = new DrivenServer(answerHello);
  end.peer.headers(1, [...GET, ["te", "trailers"]], { endStream: true });
  end.peer.headers(3, [[":method", "OPTIONS"], [":scheme", "https"], [":path", "*"]], {
    endStream: true,
  });
  end.peer.headers(5, [[":method", "CONNECT"], [":authority", "a:1"]]);
  end.exchange();
  assert.deepEqual(end.exchanges.map(({ target }) => target), ["/", "*", "a:1"]);
});

Deno.test("a body that is not as long as its content-length resets the stream", async () => {
  for (const body of ["ab", "abcd"]) {
    using end = new DrivenServer();
    end.request(1, { method: "POST", endStream: false, headers: [["content-length", "3"]] });
    end.exchange();
    const read = end.exchanges[0]!.readBody(100);
    end.peer.data(1, body, { endStream: true });
    assert.deepEqual(end.exchange(), ["RST_STREAM 1 PROTOCOL_ERROR"]);
    await assert.rejects(read, /8\.1\.1/);
    assert.deepEqual(end.over, ["1 false"]);
  }
});

Deno.test("trailers end a request, and only they do after its body", async () => {
  using end = new DrivenServer();
  end.request(1, { method: "POST", endStream: false });
  end.request(3, { method: "POST", endStream: false });
  end.exchange();
  const body = end.exchanges[0]!.readBody(10);
  end.peer.data(1, "abc");
  end.peer.headers(1, [["x", "y"]], { endStream: true });
  end.peer.headers(3, [["x", "y"]]);
  assert.deepEqual(end.exchange(), ["RST_STREAM 3 PROTOCOL_ERROR"]);
  assert.equal((await body).length, 3);
});

Deno.test("frames that come after the end of a request", () => {
  const late: { name: string; send(end: DrivenServer): void; seen: string[] }[] = [
    {
      name: "DATA, not answered yet",
      send: ({ peer }) => peer.data(1, "a"),
      seen: ["RST_STREAM 1 STREAM_CLOSED"],
    },
    {
      name: "HEADERS, not answered yet",
      send: ({ peer }) => peer.headers(1, GET, { endStream: true }),
      seen: ["RST_STREAM 1 STREAM_CLOSED"],
    },
    {
      name: "DATA, answered",
      send: (end) => {
        answerHello(end.exchanges[0]!);
        end.exchange();
        end.peer.data(1, "a");
      },
      seen: ["GOAWAY 1 STREAM_CLOSED"],
    },
    {
      name: "HEADERS, reset by the peer",
      send: ({ peer }) => {
        peer.reset(1, "CANCEL");
        peer.headers(1, GET, { endStream: true });
      },
      seen: ["RST_STREAM 1 STREAM_CLOSED"],
    },
    {
      name: "WINDOW_UPDATE and RST_STREAM, answered",
      send: (end) => {
        answerHello(end.exchanges[0]!);
        end.exchange();
        end.peer.windowUpdate(1, 1);
        end.peer.reset(1, "NO_ERROR");
      },
      seen: [],
    },
  ];
  for (const { name, send, seen } of late) {
    using end = new DrivenServer();
    end.request(1);
    end.exchange();
    send(end);
    assert.deepEqual(end.exchange(), seen, name);
  }
});

Deno.test("ids that were passed over are closed, and even ones are nobody's", () => {
  for (
    const send of [
      (end: DrivenServer) => end.request(2),
      (end: DrivenServer) => end.request(3),
      (end: DrivenServer) => end.peer.data(7, "x"),
      (end: DrivenServer) => end.peer.windowUpdate(7, 1),
      (end: DrivenServer) => end.peer.reset(7, "CANCEL"),
      (end: DrivenServer) => end.peer.frame(FRAME.PUSH_PROMISE, 4, 5, Uint8Array.of(0, 0, 0, 2)),
    ]
  ) {
    using end = new DrivenServer();
    end.request(5);
    end.exchange();
    send(end);
    assert.deepEqual(end.exchange(), ["GOAWAY 5 PROTOCOL_ERROR"]);
  }
});

Deno.test("shutdown() announces, takes what was on its way, and ends with the last stream", async () => {
  using end = new DrivenServer();
  end.request(1);
  end.exchange();
  end.connection.shutdown();
  end.connection.shutdown();
  assert.deepEqual(end.exchange(), ["GOAWAY 2147483647 NO_ERROR", "PING 0000000000000001"]);
  end.request(3);
  end.peer.pingAck(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
  end.exchange();
  await Promise.resolve();
  await Promise.resolve();
  end.request(5);
  assert.deepEqual(end.exchange(), ["GOAWAY 3 NO_ERROR"]);
  assert.equal(end.exchanges.length, 2);
  for (const exchange of end.exchanges) answerHello(exchange);
  assert.equal(end.exchange().length, 4);
  assert.equal(end.endText, "finished");
  assert.deepEqual(end.over, ["1 true", "2 true"]);
});

Deno.test("shutdown() does not wait for a peer that answers no PING", async () => {
  using end = new DrivenServer();
  end.connection.shutdown();
  end.exchange();
  await end.clock.advance(1_000);
  assert.deepEqual(end.exchange(), ["GOAWAY 0 NO_ERROR"]);
  assert.equal(end.endText, "finished");
});

Deno.test("the end of the bytes ends every exchange, sent ones among them only if they were", async () => {
  using end = new DrivenServer();
  const body = new ManualBody();
  end.request(1);
  end.request(3, { method: "POST", endStream: false });
  end.request(5);
  end.exchange();
  const [first, second, third] = end.exchanges;
  first!.answer({ status: 200, headers: [], body });
  const read = second!.readBody(10);
  // Gathered for a write that never ends.
  third!.answer({ status: 200, headers: [] });
  end.connection.fill(new Uint8Array(1_000));
  end.connection.onTransportEnd(undefined);
  await assert.rejects(read, /the peer closed the connection/);
  end.connection.onClosed();
  assert.deepEqual(end.over.toSorted(), ["1 false", "2 false", "3 false"]);
  assert.ok(body.isCancelled);
  assert.ok(await settled(read));
});

Deno.test("a GOAWAY of the client's does not keep its requests from being answered", () => {
  using end = new DrivenServer();
  end.request(1);
  end.peer.goAway(0);
  end.exchange();
  answerHello(end.exchanges[0]!);
  assert.equal(end.exchange().length, 2);
});
