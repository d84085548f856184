import assert from "node:assert/strict";
import { FRAME } from "../../../core/h2/frame/frame_head.ts";
import { DrivenClient, ManualBody, RecordedAnswer } from "./driven.ts";

const OK = [[":status", "200"]] as const;

Deno.test("a client begins with its preface and SETTINGS, and answers the peer's", () => {
  using end = new DrivenClient({
    settings: { initialWindowBytes: 1_000 },
    connectionWindowBytes: 70_000,
    peerSettings: "none",
  });
  assert.deepEqual(end.exchange(), [
    "SETTINGS ENABLE_PUSH=0 INITIAL_WINDOW_SIZE=1000",
    "WINDOW_UPDATE 0 4465",
  ]);
  end.peer.settings();
  assert.deepEqual(end.exchange(), ["SETTINGS ack"]);
  assert.equal(end.connection.facts.ownSettings.initialWindowBytes, 65_535);
  end.peer.settingsAck();
  end.exchange();
  assert.equal(end.connection.facts.ownSettings.initialWindowBytes, 1_000);
});

Deno.test("a request and its answer with trailers", () => {
  using end = new DrivenClient();
  const answer = end.get("/x?y");
  assert.equal(answer.exchange.id, 1);
  assert.deepEqual(end.exchange(), [
    "HEADERS 1 end :method GET :scheme https :authority a :path /x?y",
  ]);
  end.peer.headers(1, [[":status", "103"], ["link", "x"]]);
  end.peer.headers(1, [[":status", "200"], ["content-length", "3"]]);
  end.peer.data(1, "ab", { paddingBytes: 5 });
  end.peer.data(1, "c");
  end.peer.headers(1, [["grpc-status", "0"]], { endStream: true });
  end.exchange();
  assert.deepEqual(answer.told, ["head 200 +1", "data 2", "data 1", "end grpc-status 0"]);
  assert.equal(end.connection.openStreams, 0);
});

Deno.test("streams beyond the peer's limit wait in order, and are counted with their time", async () => {
  using end = new DrivenClient({ peerSettings: { maxConcurrentStreams: 2 } });
  const answers = ["/1", "/2", "/3", "/4"].map((path) => end.get(path));
  assert.deepEqual(answers.map(({ exchange }) => exchange.id), [1, 3, undefined, undefined]);
  assert.equal(end.exchange().length, 2);
  await end.clock.advance(100);
  end.peer.headers(3, OK, { endStream: true });
  assert.deepEqual(end.exchange(), [
    "HEADERS 5 end :method GET :scheme https :authority a :path /3",
  ]);
  await end.clock.advance(50);
  assert.deepEqual(end.connection.facts.streamLimit, { count: 2, totalMs: 250 });
  end.peer.settings({ maxConcurrentStreams: 3 });
  assert.deepEqual(
    end.exchange(),
    [
      "HEADERS 7 end :method GET :scheme https :authority a :path /4",
      "SETTINGS ack",
    ].toSorted((a) => a.startsWith("SETTINGS") ? -1 : 1),
  );
  assert.equal(end.connection.facts.mostOpenStreams, 3);
});

Deno.test("a limit of streams that becomes smaller ends none, and lets none begin until there is room", () => {
  using end = new DrivenClient();
  end.get(), end.get(), end.get();
  end.peer.settings({ maxConcurrentStreams: 1 });
  end.exchange();
  const waiting = end.get("/late");
  end.peer.headers(1, OK, { endStream: true });
  end.peer.headers(3, OK, { endStream: true });
  end.exchange();
  assert.equal(waiting.exchange.id, undefined);
  end.peer.headers(5, OK, { endStream: true });
  end.exchange();
  assert.equal(waiting.exchange.id, 7);
});

Deno.test("a limit of no streams at all holds requests until SETTINGS let them go", () => {
  using end = new DrivenClient({ peerSettings: { maxConcurrentStreams: 0 } });
  const given = end.get();
  const cancelled = end.get();
  cancelled.exchange.cancel();
  assert.deepEqual(end.exchange(), []);
  end.peer.settings({ maxConcurrentStreams: 1 });
  end.exchange();
  assert.equal(given.exchange.id, 1);
  assert.deepEqual(cancelled.told, []);
});

Deno.test("a request that was given up waits no more, whatever SETTINGS come", async () => {
  using end = new DrivenClient({ peerSettings: { maxConcurrentStreams: 0 } });
  end.get().exchange.cancel();
  end.peer.settings();
  end.exchange();
  await end.clock.advance(100);
  assert.deepEqual(end.connection.facts.streamLimit, { count: 1, totalMs: 0 });
});

Deno.test("before the peer's SETTINGS a hundred streams begin", () => {
  using end = new DrivenClient({ peerSettings: "none" });
  const answers = Array.from({ length: 101 }, () => end.get());
  assert.equal(answers[99]!.exchange.id, 199);
  assert.equal(answers[100]!.exchange.id, undefined);
  assert.equal(end.connection.facts.streamLimit.count, 0);
  end.peer.settings();
  end.exchange();
  assert.equal(answers[100]!.exchange.id, 201);
});

Deno.test("GOAWAY fails streams that the peer has not looked at, and those that wait; others go on", () => {
  using end = new DrivenClient({ peerSettings: { maxConcurrentStreams: 2 } });
  const [first, second, waiting] = [end.get(), end.get(), end.get()];
  end.exchange();
  end.peer.goAway(1, "NO_ERROR", "bye");
  end.exchange();
  assert.equal(end.connection.isOpen, false);
  assert.deepEqual(second!.told, ["goaway NO_ERROR bye"]);
  assert.deepEqual(waiting!.told, ["goaway NO_ERROR bye"]);
  assert.equal(end.connection.isOver, false);
  end.peer.headers(1, OK, { endStream: true });
  end.exchange();
  assert.deepEqual(first!.told, ["head 200", "end"]);
  assert.equal(end.endText, "goaway");
});

Deno.test("a request on a connection that takes none fails in a microtask", async () => {
  using end = new DrivenClient();
  end.get();
  end.peer.goAway(1);
  end.exchange();
  const late = end.get();
  assert.deepEqual(late.told, []);
  await Promise.resolve();
  assert.deepEqual(late.told, ["goaway NO_ERROR"]);
});

Deno.test("a stream that the peer refuses fails as reset, and is not sent again", () => {
  using end = new DrivenClient();
  const answer = end.get();
  end.exchange();
  end.peer.reset(1, "REFUSED_STREAM");
  assert.deepEqual(end.exchange(), []);
  assert.deepEqual(answer.told, ["reset REFUSED_STREAM"]);
  assert.deepEqual(end.connection.facts.received.resets, new Map([["REFUSED_STREAM", 1]]));
});

Deno.test("a cancelled request is reset, told nothing more, and its late frames are let go", () => {
  using end = new DrivenClient();
  const answer = end.get();
  end.exchange();
  end.peer.headers(1, OK);
  end.exchange();
  answer.exchange.cancel();
  answer.exchange.cancel();
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 CANCEL"]);
  end.peer.data(1, new Uint8Array(16_384));
  end.peer.data(1, new Uint8Array(16_384));
  end.peer.headers(1, [["x", "y"]], { endStream: true });
  end.peer.reset(1, "CANCEL");
  // The connection's window is given back all the same.
  assert.deepEqual(end.exchange(), ["WINDOW_UPDATE 0 32768"]);
  assert.deepEqual(answer.told, ["head 200"]);
});

Deno.test("an answer that came before the request was sent whole stays an answer", () => {
  using end = new DrivenClient();
  const body = new ManualBody();
  const answer = end.send("POST", "/", body);
  body.push(10);
  assert.equal(end.exchange().at(-1), "DATA 1 10");
  end.peer.headers(1, [[":status", "413"]], { endStream: true });
  end.peer.reset(1, "NO_ERROR");
  end.exchange();
  assert.deepEqual(answer.told, ["head 413", "end"]);
  assert.ok(body.isCancelled);
  assert.equal(end.connection.openStreams, 0);
});

Deno.test("answers without a body may say how long it would be, and may not have one", () => {
  using end = new DrivenClient();
  const head = end.send("HEAD");
  const notModified = end.get();
  const broken = end.send("HEAD");
  end.exchange();
  end.peer.headers(1, [...OK, ["content-length", "5"]], { endStream: true });
  end.peer.headers(3, [[":status", "304"], ["content-length", "5"]], { endStream: true });
  end.peer.headers(5, [...OK, ["content-length", "5"]]);
  end.peer.data(5, "abcde", { endStream: true });
  assert.deepEqual(end.exchange(), ["RST_STREAM 5 PROTOCOL_ERROR"]);
  assert.deepEqual(head.told, ["head 200 +1", "end"]);
  assert.deepEqual(notModified.told, ["head 304 +1", "end"]);
  assert.match(broken.told[1]!, /^protocol RFC 9113, section 8\.1\.1/);
});

const MALFORMED: { name: string; send(end: DrivenClient): void; rule: RegExp }[] = [
  {
    name: "a body longer than its content-length",
    send: ({ peer }) => {
      peer.headers(1, [...OK, ["content-length", "2"]]);
      peer.data(1, "abc");
    },
    rule: /8\.1\.1.*more bytes came/,
  },
  {
    name: "a body shorter than its content-length",
    send: ({ peer }) => {
      peer.headers(1, [...OK, ["content-length", "4"]]);
      peer.data(1, "abc", { endStream: true });
    },
    rule: /8\.1\.1.*1 bytes fewer came/,
  },
  {
    name: "a content-length that is no number",
    send: ({ peer }) => peer.headers(1, [...OK, ["content-length", "+4"]]),
    rule: /content-length is one number/,
  },
  { name: "no :status", send: ({ peer }) => peer.headers(1, [["a", "b"]]), rule: /8\.3\.2/ },
  {
    name: "two :status",
    send: ({ peer }) => peer.headers(1, [...OK, ...OK]),
    rule: /8\.3\.2: one :status/,
  },
  {
    name: "a :path in an answer",
    send: ({ peer }) => peer.headers(1, [...OK, [":path", "/"]]),
    rule: /8\.3\.2: no :path/,
  },
  {
    name: "a name in upper case",
    send: ({ peer }) => peer.headers(1, [...OK, ["X-A", "b"]]),
    rule: /8\.2\.1/,
  },
  {
    name: "a value with a line end",
    send: ({ peer }) => peer.headers(1, [...OK, ["a", "b\r\nc"]]),
    rule: /8\.2\.1/,
  },
  {
    name: "a field about the connection",
    send: ({ peer }) => peer.headers(1, [...OK, ["connection", "close"]]),
    rule: /8\.2\.2/,
  },
  {
    name: "an interim answer that ends the stream",
    send: ({ peer }) => peer.headers(1, [[":status", "100"]], { endStream: true }),
    rule: /interim/,
  },
  { name: "status 101", send: ({ peer }) => peer.headers(1, [[":status", "101"]]), rule: /8\.6/ },
  {
    name: "DATA before HEADERS",
    send: ({ peer }) => peer.data(1, "a"),
    rule: /HEADERS come before/,
  },
  {
    name: "trailers that do not end the stream",
    send: ({ peer }) => {
      peer.headers(1, OK);
      peer.headers(1, [["a", "b"]]);
    },
    rule: /HEADERS after a body end the stream/,
  },
  {
    name: "trailers with a pseudo-header field",
    send: ({ peer }) => {
      peer.headers(1, OK);
      peer.headers(1, OK, { endStream: true });
    },
    rule: /no :status among trailers/,
  },
];

for (const { name, send, rule } of MALFORMED) {
  Deno.test(`an answer with ${name} fails its stream only`, () => {
    using end = new DrivenClient();
    const answer = end.get();
    const other = end.get();
    end.exchange();
    send(end);
    assert.deepEqual(end.exchange(), ["RST_STREAM 1 PROTOCOL_ERROR"]);
    assert.match(answer.told.at(-1)!, rule);
    assert.match(answer.told.at(-1)!, /^protocol RFC 9113, section/);
    end.peer.headers(3, OK, { endStream: true });
    end.exchange();
    assert.deepEqual(other.told, ["head 200", "end"]);
  });
}

const FATAL: { name: string; send(end: DrivenClient): void; code: string; rule: RegExp }[] = [
  {
    name: "an answer on a stream that was never begun",
    send: ({ peer }) => peer.headers(5, OK),
    code: "PROTOCOL_ERROR",
    rule: /5\.1/,
  },
  {
    name: "DATA on a stream that was never begun",
    send: ({ peer }) => peer.data(5, "a"),
    code: "PROTOCOL_ERROR",
    rule: /5\.1: no DATA/,
  },
  {
    name: "RST_STREAM on a stream that was never begun",
    send: ({ peer }) => peer.reset(5, "CANCEL"),
    code: "PROTOCOL_ERROR",
    rule: /5\.1: no RST_STREAM/,
  },
  {
    name: "a stream of the server's own",
    send: ({ peer }) => peer.headers(2, OK),
    code: "PROTOCOL_ERROR",
    rule: /5\.1/,
  },
  {
    name: "a push",
    send: ({ peer }) =>
      peer.frame(FRAME.PUSH_PROMISE, 4, 1, Uint8Array.of(0, 0, 0, 2, 0x82, 0x84, 0x87)),
    code: "PROTOCOL_ERROR",
    rule: /8\.4/,
  },
  {
    name: "ENABLE_PUSH of a server",
    send: ({ peer }) => peer.settings({ enablePush: true }),
    code: "PROTOCOL_ERROR",
    rule: /6\.5\.2/,
  },
  {
    name: "more DATA than the connection's window",
    send: ({ peer }) => {
      peer.headers(1, OK);
      for (let frame = 0; frame < 5; frame++) peer.data(1, new Uint8Array(16_384));
    },
    code: "FLOW_CONTROL_ERROR",
    rule: /connection's window/,
  },
  {
    name: "WINDOW_UPDATE beyond 2^31 - 1",
    send: ({ peer }) => peer.windowUpdate(0, 2 ** 31 - 1),
    code: "FLOW_CONTROL_ERROR",
    rule: /6\.9\.1/,
  },
  {
    name: "SETTINGS that make a window larger than 2^31 - 1",
    send: ({ peer }) => {
      peer.windowUpdate(1, 1);
      peer.settings({ initialWindowBytes: 65_535 });
      peer.windowUpdate(1, 2 ** 31 - 1 - 65_536);
      peer.settings({ initialWindowBytes: 65_536 });
    },
    code: "FLOW_CONTROL_ERROR",
    rule: /SETTINGS make a stream's/,
  },
  {
    name: "a GOAWAY that names a higher stream than the one before",
    send: ({ peer }) => {
      peer.goAway(1);
      peer.goAway(3);
    },
    code: "PROTOCOL_ERROR",
    rule: /6\.8/,
  },
];

for (const { name, send, code, rule } of FATAL) {
  Deno.test(`${name} ends the connection, and every stream is told once`, () => {
    using end = new DrivenClient({ settings: { initialWindowBytes: 1_000_000 } });
    // So that the window of the stream is not the one that is too small.
    const answer = new RecordedAnswer((bytes) => bytes);
    end.get("/", answer);
    end.exchange();
    send(end);
    assert.equal(end.exchange().at(-1), `GOAWAY 0 ${code}`);
    assert.match(end.peer.debug, rule);
    assert.match(end.endText!, rule);
    assert.equal(answer.told.filter((told) => told.startsWith("protocol")).length, 1);
    assert.equal(end.connection.isOpen, false);
  });
}

Deno.test("DATA or HEADERS after a whole answer end the connection", () => {
  for (
    const send of [
      (end: DrivenClient) => end.peer.data(1, "a"),
      (end: DrivenClient) => end.peer.headers(1, OK),
    ]
  ) {
    using end = new DrivenClient();
    end.get();
    end.exchange();
    end.peer.headers(1, OK, { endStream: true });
    send(end);
    assert.deepEqual(end.exchange(), ["GOAWAY 0 STREAM_CLOSED"]);
  }
});

Deno.test("the peer's first frame is SETTINGS", () => {
  using end = new DrivenClient({ peerSettings: "none" });
  end.exchange();
  end.peer.ping();
  assert.deepEqual(end.exchange(), ["GOAWAY 0 PROTOCOL_ERROR"]);
  assert.match(end.peer.debug, /3\.4: the first frame is SETTINGS/);
});

Deno.test("a peer that never sends SETTINGS, or never acknowledges ours, is given up", async () => {
  for (const send of [() => {}, (end: DrivenClient) => end.peer.settings()]) {
    using end = new DrivenClient({ peerSettings: "none" });
    const ready = assert.doesNotReject(end.connection.ready.catch(() => {}));
    send(end);
    end.exchange();
    await end.clock.advance(29_999);
    assert.equal(end.endText, undefined);
    await end.clock.advance(1);
    assert.deepEqual(end.exchange(), ["GOAWAY 0 SETTINGS_TIMEOUT"]);
    await ready;
  }
});

Deno.test("the end of the bytes fails every stream once, those that wait among them", async () => {
  using end = new DrivenClient({ peerSettings: { maxConcurrentStreams: 1 } });
  const body = new ManualBody();
  const [open, waiting] = [end.send("POST", "/", body), end.send("POST", "/", body)];
  end.exchange();
  const ping = end.connection.ping();
  end.connection.onTransportEnd(new Error("reset by peer"));
  end.connection.onTransportEnd(undefined);
  assert.deepEqual(open.told, ["closed reset by peer"]);
  assert.deepEqual(waiting.told, ["closed reset by peer"]);
  assert.ok(body.isCancelled);
  await assert.rejects(ping, /reset by peer/);
  await assert.rejects(end.connection.ping(), /reset by peer/);
});

Deno.test("after a GOAWAY that names an error the end of the bytes is told with it", () => {
  using end = new DrivenClient();
  const answer = end.get();
  end.exchange();
  end.peer.goAway(1, "ENHANCE_YOUR_CALM", "too_many_pings");
  end.exchange();
  end.connection.onTransportEnd(undefined);
  assert.deepEqual(answer.told, [
    "closed the peer closed the connection with ENHANCE_YOUR_CALM: too_many_pings",
  ]);
  end.connection.onClosed();
  assert.deepEqual(end.end, { kind: "goaway", code: 11, debug: "too_many_pings" });
});

Deno.test("close() says GOAWAY, and open streams fail as closed", () => {
  using end = new DrivenClient();
  const answer = end.get();
  end.exchange();
  end.connection.close();
  end.connection.close();
  assert.deepEqual(end.exchange(), ["GOAWAY 0 NO_ERROR"]);
  assert.deepEqual(answer.told, ["closed undefined"]);
  assert.equal(end.endText, "finished");
});

Deno.test("a sink that closes the connection in the middle is told no more of it", () => {
  using end = new DrivenClient();
  const sink = new RecordedAnswer(() => end.connection.close());
  end.get("/", sink);
  end.exchange();
  end.peer.headers(1, OK);
  end.peer.data(1, "a");
  end.peer.data(1, "b", { endStream: true });
  end.exchange();
  assert.deepEqual(sink.told, ["head 200", "data 1", "closed undefined"]);
});

Deno.test("a sink that throws when it is told of a failure keeps no other from being told", async () => {
  using end = new DrivenClient();
  const broken = end.get();
  broken.onFailure = () => {
    throw new Error("a defect");
  };
  const other = end.get();
  const thrown = new Promise<string>((resolve) => {
    const listener = (event: ErrorEvent) => {
      event.preventDefault();
      resolve(event.message);
    };
    globalThis.addEventListener("error", listener, { once: true });
  });
  end.connection.onTransportEnd(undefined);
  assert.deepEqual(other.told, ["closed the peer closed the connection"]);
  assert.match(await thrown, /a defect/);
});

Deno.test("ids run out: the connection takes no requests, and ends with its last stream", async () => {
  using end = new DrivenClient({ firstStreamId: 2 ** 31 - 1 });
  const last = end.get();
  end.exchange();
  assert.equal(last.exchange.id, 2 ** 31 - 1);
  assert.equal(end.connection.isOpen, false);
  const late = end.get();
  await Promise.resolve();
  assert.deepEqual(late.told, ["closed no stream ids are left"]);
  end.peer.headers(2 ** 31 - 1, OK, { endStream: true });
  end.exchange();
  assert.deepEqual(last.told, ["head 200", "end"]);
  assert.equal(end.endText, "finished");
});

Deno.test("a field that cannot be sent fails its request, and no other", async () => {
  using end = new DrivenClient();
  const answer = end.get("/\u{1f600}");
  const other = end.get("/");
  assert.equal(end.exchange().length, 1);
  await Promise.resolve();
  assert.equal(answer.told.length, 1);
  assert.match(answer.told[0]!, /^closed /);
  assert.equal(other.exchange.id, 3);
});

Deno.test("PING gives the round trip, and what was never asked is no answer", async () => {
  using end = new DrivenClient();
  const ping = end.connection.ping();
  assert.deepEqual(end.exchange(), ["PING 0000000000000001"]);
  await end.clock.advance(7);
  end.peer.pingAck(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1));
  end.peer.pingAck(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
  end.peer.pingAck(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
  end.exchange();
  assert.equal(await ping, 7);
});

Deno.test("facts count frames and bytes of each way", () => {
  using end = new DrivenClient();
  end.get();
  end.exchange();
  end.peer.headers(1, OK);
  end.peer.data(1, "abc", { endStream: true });
  end.peer.ping();
  end.exchange();
  const { sent, received, startedStreams } = end.connection.facts;
  assert.deepEqual(
    received.frames,
    new Map([["DATA", 1], ["HEADERS", 1], ["SETTINGS", 2], ["PING", 1]]),
  );
  assert.deepEqual(sent.frames, new Map([["HEADERS", 1], ["SETTINGS", 2], ["PING", 1]]));
  // SETTINGS 9 + 9, HEADERS 9 + 1, DATA 9 + 3, PING 9 + 8.
  assert.equal(received.bytes, 57);
  assert.equal(startedStreams, 1);
});
