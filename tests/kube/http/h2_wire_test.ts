/** What users of a watch tool meet on one HTTP/2 connection: limits, ends, and what is given up. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { parseProxy } from "../../../core/net/proxy.ts";
import { StreamWaits } from "../../../kube/http/stream_waits.ts";
import { ApiPeer, peerIdentity } from "../../support/api_peer.ts";
import {
  assertFailed,
  failureOf,
  type Given,
  openConnection,
  ScriptedCredentials,
} from "../../support/api_target.ts";
import { connectProxy } from "../../support/connect_proxy.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FRAME } from "../../support/h2_frames.ts";
import { H2Code, H2Peer, type H2PeerStream } from "../../support/h2_peer.ts";
import { TcpForwarder } from "../../support/tcp_forwarder.ts";
import { testRun, warnings } from "../../watchers/support.ts";

const GET = { method: "GET", path: "/api" };
/** SETTINGS_MAX_CONCURRENT_STREAMS 1: RFC 9113, section 6.5.2. */
const ONE_STREAM = new Uint8Array([0, 3, 0, 0, 0, 1]);

/** A peer that keeps its requests until the test answers them. */
async function peered(given: Given = {}) {
  const peer = new H2Peer({ identity: peerIdentity });
  const streams: H2PeerStream[] = [];
  peer.onRequest((stream) => void streams.push(stream));
  const connection = await openConnection(peer.baseUrl, given);
  return {
    peer,
    connection,
    streams,
    /** The n-th request of all, from 0 on. */
    asked: async (index: number): Promise<H2PeerStream> => {
      while (streams.length <= index) await setImmediate();
      return streams[index]!;
    },
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}

type Peered = Awaited<ReturnType<typeof peered>>;

const answer = (stream: H2PeerStream) => stream.headers(204, {}, { endStream: true });

/** From now on the server takes one request at a time. */
async function limited({ connection, asked }: Peered): Promise<void> {
  const first = connection.call(GET);
  const stream = await asked(0);
  await stream.connection.send(FRAME.SETTINGS, ONE_STREAM);
  await answer(stream);
  await first;
}

Deno.test("what is beyond the server's limit waits, and the run is told and warned", async () => {
  const { run, clock, records, totals } = testRun();
  const waits = new StreamWaits();
  await using world = await peered({ clock, waits });
  const { connection, asked, streams } = world;
  await limited(world);
  run.begin();
  const [one, other] = [connection.call(GET), connection.call(GET)];
  const held = await asked(1);
  waits.flush(run);
  waits.flush(run);
  assert.deepEqual(warnings(records), ["stream-limit"]);
  await clock.advance(2_000);
  assert.equal(streams.length, 2);
  await answer(held);
  await one;
  await answer(await asked(2));
  await other;
  waits.flush(run);
  const told = totals().distribution("streamWait")?.histogram;
  assert.deepEqual([told?.count, told?.max], [1, 2_000_000]); // us
});

Deno.test("an abort tells the server, and frees the place for who waits", async () => {
  await using world = await peered();
  const { connection, asked } = world;
  await limited(world);
  const stop = new AbortController();
  const given = failureOf(connection.call({ ...GET, signal: stop.signal }));
  const held = await asked(1);
  const waiting = connection.call(GET);
  const reason = new Error("the run has ended");
  stop.abort(reason);
  assert.equal(await given, reason);
  assert.equal(await held.clientReset, H2Code.CANCEL);
  await answer(await asked(2));
  await waiting;
});

Deno.test("one that is given up while it waits is never sent", async () => {
  await using world = await peered();
  const { connection, asked, peer } = world;
  await limited(world);
  const one = connection.call(GET);
  const held = await asked(1);
  const stop = new AbortController();
  const given = failureOf(connection.call({ ...GET, signal: stop.signal }));
  await setImmediate();
  stop.abort(new Error("never mind"));
  await given;
  await answer(held);
  await one;
  assert.equal(peer.requestCount, 2);
});

Deno.test("after a GOAWAY what was not looked at is sent once more over a new connection, and a watch goes on", async () => {
  await using world = await peered();
  const { connection, asked, peer } = world;
  const opening = connection.stream({ method: "GET", path: "/watch" });
  const watched = await asked(0);
  await watched.headers(200);
  using watch = await opening;
  const unseen = connection.call(GET);
  await (await asked(1)).connection.goaway(watched.id, H2Code.NO_ERROR);
  await answer(await asked(2));
  await unseen;
  assert.deepEqual([peer.connectionCount, peer.requestCount], [2, 3]);
  assert.equal(connection.life.sentAgain, 1);
  await watched.data(new TextEncoder().encode("still here"), { endStream: true });
  assert.equal(await new Response(watch.body).text(), "still here");
});

Deno.test("what a second server does not look at either fails", async () => {
  await using world = await peered();
  const { connection, asked, peer } = world;
  const unseen = failureOf(connection.call(GET));
  await (await asked(0)).connection.goaway(0, H2Code.NO_ERROR);
  await (await asked(1)).connection.goaway(0, H2Code.NO_ERROR);
  assertFailed(await unseen, "goaway", /GOAWAY with NO_ERROR/);
  assert.deepEqual([peer.requestCount, connection.life.sentAgain], [2, 1]);
});

Deno.test("a GOAWAY that says what was wrong is not answered with more", async () => {
  await using world = await peered();
  const { connection, asked, peer } = world;
  const unseen = failureOf(connection.call(GET));
  await (await asked(0)).connection.goaway(0, H2Code.ENHANCE_YOUR_CALM);
  assertFailed(await unseen, "goaway", /ENHANCE_YOUR_CALM/);
  assert.deepEqual([peer.requestCount, connection.life.sentAgain], [1, 0]);
});

Deno.test("a request that the server may have looked at is not sent again, whatever the credentials", async () => {
  const script = ["old", "new"].map((token) => ({ authorization: `Bearer ${token}` }));
  const credentials = new ScriptedCredentials(...script);
  await using world = await peered({ target: { credentials } });
  const { connection, asked, peer } = world;
  const seen = failureOf(connection.call({ ...GET, method: "POST" }));
  const begun = await asked(0);
  const unseen = connection.call(GET);
  await asked(1);
  credentials.invalidate(script[0]);
  await begun.connection.goaway(begun.id, H2Code.NO_ERROR);
  await answer(await asked(2));
  await unseen;
  peer.onRequest(answer);
  begun.connection.close();
  assertFailed(await seen, "goaway");
  assert.equal(peer.requestCount, 3);
});

Deno.test("a request that the server refuses is a failure of its own class, and is not sent again", async () => {
  await using world = await peered();
  const { connection, asked, peer } = world;
  const refused = failureOf(connection.call(GET));
  await (await asked(0)).reset(H2Code.REFUSED_STREAM);
  assertFailed(await refused, "refused-stream");
  assert.equal(peer.requestCount, 1);
});

Deno.test("a body of 1 MiB goes as the server's windows let it", async () => {
  await using peer = new ApiPeer(({ body }) => ({ length: body.length }));
  using connection = await openConnection(peer.url);
  const post = { method: "POST", path: "/api", body: "x".repeat(2 ** 20) };
  assert.deepEqual(await connection.call(post), { length: 2 ** 20 });
  assert.equal(peer.last.headers.get("content-length"), String(2 ** 20));
});

Deno.test("a connect is given up with the last who waits for it, and the next begins anew", async () => {
  await using peer = new ApiPeer();
  using forwarder = new TcpForwarder(peer.port);
  using connection = await openConnection(`https://127.0.0.1:${forwarder.port}`);
  forwarder.swallowsNew = true;
  const stop = new AbortController();
  const given = failureOf(connection.call({ ...GET, signal: stop.signal }));
  await forwarder.untilAccepted(1);
  stop.abort(new Error("given up"));
  await given;
  forwarder.swallowsNew = false;
  await connection.call(GET);
  assert.equal(forwarder.accepted, 2);
});

Deno.test("a server without HTTP/2 is said so, with what to do", async () => {
  await using peer = new H2Peer({ identity: peerIdentity, alpn: ["http/1.1"] });
  using connection = await openConnection(peer.baseUrl);
  const error = await failureOf(connection.call(GET));
  assert.match(String(error), /use --http1 if it has no HTTP\/2/);
});

Deno.test("a server at the port of HTTPS is asked for the path alone, whether its address names the port or not", async () => {
  await using peer = new ApiPeer();
  await using proxy = connectProxy(undefined, peer.port);
  const target = { proxyFor: () => parseProxy(proxy.url, "--proxy-url") };
  for (const server of ["https://127.0.0.1:443", "https://127.0.0.1"]) {
    using connection = await openConnection(server, { target });
    await connection.call(GET);
    assert.equal(peer.last.path, "/api");
  }
});

Deno.test("a connection at the server's limit is proved alive by PING, and who waits goes on waiting", async () => {
  const clock = new FakeClock();
  await using world = await peered({ clock });
  const { connection, asked, streams } = world;
  await limited(world);
  const opening = connection.stream({ method: "GET", path: "/watch" });
  const watched = await asked(1);
  await watched.headers(200);
  using _watch = await opening;
  const list = connection.call(GET);
  for (let round = 0; round < 3; round++) {
    for (let second = 0; second < 15; second++) {
      await clock.advance(1_000);
      connection.life.look(clock.now());
    }
    await connection.life.settle(new AbortController().signal); // the answer has come
  }
  assert.deepEqual([connection.life.lost, streams.length], [0, 2]);
  await watched.data(new Uint8Array(0), { endStream: true });
  await answer(await asked(2));
  await list;
});
