import assert from "node:assert/strict";
import fc from "fast-check";
import type { StreamFailure } from "../../../core/h2/answer_sink.ts";
import type { BodySource } from "../../../core/body_source.ts";
import type { ConnectionEnd } from "../../../core/h2/connection_end.ts";
import { type H2Client, type H2ClientOptions, startH2Client } from "../../../core/h2/h2_client.ts";
import { type H2ServerSession, serveH2 } from "../../../core/h2/h2_server.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import type { ByteConnection } from "../../../core/net/byte_connection.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import type { Exchange, ExchangeHandler } from "../../../core/exchange.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { memoryPipe, type MemoryPipeOptions } from "./memory_pipe.ts";

const REMOTE: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

/** Both ends of ours, with bytes in between that go as the options say. */
class Joined {
  readonly clock = new FakeClock();
  readonly ends: ConnectionEnd[] = [];
  readonly client: H2Client;
  readonly server: H2ServerSession;
  readonly near: ReturnType<typeof memoryPipe>[0];
  readonly far: ReturnType<typeof memoryPipe>[1];

  constructor(
    handler: ExchangeHandler,
    pipe: MemoryPipeOptions = {},
    options: Partial<H2ClientOptions> = {},
  ) {
    [this.near, this.far] = memoryPipe(pipe);
    this.server = serve(this.far, handler, this.clock);
    this.client = startH2Client(this.near, {
      clock: this.clock,
      onClosed: (end) => this.ends.push(end),
      ...options,
    });
  }
}

function serve(
  conn: ByteConnection,
  handler: ExchangeHandler,
  clock: H2ClientOptions["clock"],
): H2ServerSession {
  return serveH2(conn, {
    clock,
    handler,
    remoteAddr: REMOTE,
    onError: () => ({ status: 500, headers: [] }),
  });
}

interface Got {
  readonly status: number;
  readonly body: Uint8Array;
}

function get(
  client: H2Client,
  path: string,
  { method = "GET", body }: { method?: string; body?: Uint8Array | BodySource } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const pieces: Uint8Array[] = [];
    client.request({ method, scheme: "https", authority: "a", path, headers: [] }, {
      onHead: (told) => status = told,
      onData: (piece) => void pieces.push(piece.slice()),
      onEnd: () => resolve({ status, body: joined(pieces) }),
      onFailure: (failure) => reject(new Error(failureText(failure))),
    }, body);
  });
}

function failureText(failure: StreamFailure): string {
  return `${failure.kind} ${"error" in failure ? failure.error?.message : failure.code}`;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** Echoes what is posted. */
async function echo(exchange: Exchange): Promise<void> {
  const body = await exchange.readBody(10_000_000);
  exchange.answer({ status: 200, headers: [], body });
}

Deno.test("any bodies arrive both ways, however the bytes are cut up on their way", async () => {
  const body = fc.uint8Array({ maxLength: 3_000 });
  const pipe = fc.record({ roomBytes: fc.integer({ min: 1, max: 5_000 }), cut: fc.nat(1_000) });
  const run = async (
    bodies: Uint8Array[],
    { roomBytes, cut }: { roomBytes: number; cut: number },
  ) => {
    const joined = new Joined(echo, { roomBytes, readBytes: () => 1 + cut });
    const answers = await Promise.all(
      bodies.map((body) => get(joined.client, "/", { method: "POST", body })),
    );
    answers.forEach((answer, index) => assert.deepEqual(answer.body, bodies[index]));
    joined.client.close();
    await joined.server.finished;
    assert.equal(joined.clock.sleeperCount, 0);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 10 }), pipe, run),
    { numRuns: 50 },
  );
});

Deno.test("bodies larger than every window arrive whole, and facts of both ends agree", async () => {
  const joined = new Joined(echo, { roomBytes: 100_000 });
  await joined.client.ready;
  const body = Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251);
  const answer = await get(joined.client, "/", { method: "POST", body });
  assert.ok(isSame(answer.body, body));
  await joined.client.ping();
  const { client, server } = joined;
  assert.deepEqual(client.facts.received, server.facts.sent);
  assert.deepEqual(client.facts.sent, server.facts.received);
  client.close();
  await server.finished;
});

/** `deepEqual` of millions takes seconds. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

Deno.test("ready resolves with the peer's SETTINGS, and rejects if there are none", async () => {
  const joined = new Joined(echo);
  await joined.client.ready;
  assert.equal(joined.client.facts.peerSettings.maxConcurrentStreams, 10_000);
  joined.client.close();
  await joined.server.finished;

  const clock = new FakeClock();
  const [near, far] = memoryPipe();
  const client = startH2Client(near, { clock });
  far.close();
  await assert.rejects(client.ready, /the peer closed the connection/);
  assert.equal(client.isOpen, false);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("disposed at any time: streams are told, the peer hears GOAWAY, no timer is left", async () => {
  for (let turns = 0; turns < 40; turns++) {
    const joined = new Joined(() => {});
    const answer = get(joined.client, "/").catch((error) => error.message);
    const ping = joined.client.ping().catch((error) => error.message);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    joined.client[Symbol.dispose]();
    joined.client[Symbol.dispose]();
    assert.match(await answer, /^closed /);
    assert.notEqual(await ping, undefined);
    await joined.server.finished;
    await joined.clock.settle();
    assert.equal(joined.clock.sleeperCount, 0);
    assert.deepEqual(joined.ends, [{ kind: "finished" }]);
  }
});

Deno.test("a server that shuts down answers what is open, and both ends close", async () => {
  const exchanges: Exchange[] = [];
  const joined = new Joined((exchange) => void exchanges.push(exchange));
  const answer = get(joined.client, "/");
  await joined.clock.settle();
  joined.server.shutdown();
  await joined.clock.settle();
  assert.equal(joined.client.isOpen, false);
  assert.equal(joined.server.openStreams, 1);
  exchanges[0]!.answer({ status: 200, headers: [] });
  assert.equal((await answer).status, 200);
  await joined.server.finished;
  assert.deepEqual(joined.ends, [{ kind: "goaway", code: 0, debug: "" }]);
  assert.equal(joined.clock.sleeperCount, 0);
});

Deno.test("a server that is cut ends its exchanges, and the client's streams", async () => {
  const over: boolean[] = [];
  const joined = new Joined((exchange) => {
    exchange.onOver = (isSent) => over.push(isSent);
  });
  const answer = get(joined.client, "/").catch((error) => error.message);
  await joined.clock.settle();
  joined.server.cut();
  joined.server.cut();
  await joined.server.finished;
  assert.deepEqual(over, [false]);
  assert.match(await answer, /^closed/);
  assert.equal(joined.clock.sleeperCount, 0);
});

Deno.test("a slow reader slows the source down, and holds nobody else up", async () => {
  let givenBytes = 0;
  const bytes = new Uint8Array(16_384);
  const source: BodySource = {
    next(mostBytes) {
      const piece = bytes.subarray(0, mostBytes);
      givenBytes += piece.length;
      return piece;
    },
  };
  const joined = new Joined(
    (exchange) =>
      exchange.answer({
        status: 200,
        headers: [],
        body: exchange.target === "/endless" ? source : bytes,
      }),
    {},
    { settings: { initialWindowBytes: 50_000 } },
  );
  const stream = joined.client.request(
    { method: "GET", scheme: "https", authority: "a", path: "/endless", headers: [] },
    { onHead() {}, onData: (piece) => piece.length, onEnd() {}, onFailure() {} },
  );
  assert.equal((await get(joined.client, "/small")).body.length, 16_384);
  await joined.clock.settle();
  assert.equal(givenBytes, 50_000);
  stream.release(25_000);
  await joined.clock.settle();
  assert.equal(givenBytes, 75_000);
  stream.cancel();
  await joined.clock.settle();
  assert.equal(joined.server.openStreams, 0);
  joined.client.close();
  await joined.server.finished;
});

Deno.test("onPing tells each round trip", async () => {
  const roundTrips: number[] = [];
  const joined = new Joined(echo, {}, { onPing: (ms) => roundTrips.push(ms) });
  const ping = joined.client.ping();
  joined.clock.stall(3);
  assert.equal(await ping, 3);
  assert.deepEqual(roundTrips, [3]);
  joined.client.close();
  await joined.server.finished;
});

Deno.test("both ends over TLS: a hundred requests, a large body, and an orderly end", async () => {
  const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
  const clock = new SystemClock();
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: identity.certPem,
    key: identity.keyPem,
    alpnProtocols: ["h2"],
  });
  const accepted = listener.accept();
  const near = await Deno.connectTls({
    hostname: "127.0.0.1",
    port: listener.addr.port,
    caCerts: [identity.caPem],
    alpnProtocols: ["h2"],
  });
  const server = serve(await accepted, echo, clock);
  const closed = Promise.withResolvers<ConnectionEnd>();
  const client = startH2Client(near, { clock, onClosed: closed.resolve });
  const small = Array.from({ length: 100 }, (_, at) => new TextEncoder().encode(`body ${at}`));
  const large = Uint8Array.from({ length: 5_000_000 }, (_, at) => at % 251);
  const answers = await Promise.all(
    [...small, large].map((body) => get(client, "/", { method: "POST", body })),
  );
  small.forEach((body, at) => assert.deepEqual(answers[at]!.body, body));
  assert.ok(isSame(answers[100]!.body, large));
  assert.ok(await client.ping() > 0);
  client.close();
  assert.deepEqual(await closed.promise, { kind: "finished" });
  await server.finished;
});
