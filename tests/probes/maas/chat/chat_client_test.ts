import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { SystemClock } from "../../../../core/load/clock.ts";
import { createServerIdentity } from "../../../../core/net/mini_ca.ts";
import type { Question } from "../../../../probes/maas/chat/chat.ts";
import { openChatClient } from "../../../../probes/maas/chat/chat_client.ts";
import type { User } from "../../../../probes/maas/users/user.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { Http1Peer, type Http1Reply, status } from "../../../support/http1_peer.ts";
import {
  ANSWER,
  delta,
  endpointOf,
  GOOD_STREAM,
  QUESTION,
  ROLE,
  STREAMED,
  streamed,
  userOf,
} from "./model_peer.ts";

const COUNTED = { promptTokens: 5, completionTokens: 3, totalTokens: 8 };
const ANN = userOf("ann");
const { signal } = new AbortController();

/** Knows how often it was looked at. */
class WatchedClock extends FakeClock {
  looks = 0;

  override now(): number {
    this.looks++;
    return super.now();
  }
}

function clientOf(peer: Http1Peer, question: Question = QUESTION, clock = new FakeClock()) {
  return openChatClient(endpointOf(peer), question, { clock });
}

/** What comes of one question to a server that replies so. */
async function thrownBy(reply: Http1Reply, question = QUESTION): Promise<OperationFailedError> {
  using peer = new Http1Peer(() => reply);
  using client = clientOf(peer, question);
  const thrown = await client.ask(ANN, { signal }).then((told) => told, (error) => error);
  assert.ok(thrown instanceof OperationFailedError, JSON.stringify(thrown));
  return thrown;
}

Deno.test("a question goes out in one write, with the user's credential, and its usage comes back", async () => {
  using peer = new Http1Peer(() => ANSWER);
  using client = clientOf(peer);
  assert.deepEqual(await client.ask(ANN, { signal }), { usage: COUNTED, tokenTimesMs: [] });
  const [head = "", body = ""] = peer.heads[0]!.split("\r\n\r\n");
  const [line, host, ...fields] = head.split("\r\n");
  assert.equal(line, "POST /llm/opt/v1/chat/completions HTTP/1.1");
  assert.equal(host, "Host: maas.test");
  assert.ok(fields.includes("Authorization: Bearer token-of-ann"));
  assert.ok(fields.includes("Content-Type: application/json"));
  assert.deepEqual(JSON.parse(body), {
    model: "facebook/opt",
    messages: [{ role: "user", content: "Hello" }],
    max_tokens: 3,
  });
});

Deno.test("each user keeps a connection of its own, and gets another while one is asked", async () => {
  using peer = new Http1Peer(() => ANSWER);
  using client = clientOf(peer);
  const bob = userOf("bob");
  await client.ask(ANN, { signal });
  await client.ask(ANN, { signal });
  assert.equal(client.opened, 1);
  await client.ask(bob, { signal });
  assert.equal(client.opened, 2);
  await Promise.all([client.ask(ANN, { signal }), client.ask(ANN, { signal })]);
  assert.equal(client.opened, 3);
  await Promise.all([client.ask(ANN, { signal }), client.ask(ANN, { signal })]);
  assert.deepEqual([client.opened, peer.connections], [3, 3]);
});

Deno.test("a credential that was renewed is on the next request", async () => {
  using peer = new Http1Peer(() => ANSWER);
  using client = clientOf(peer);
  let token = "first";
  const user: User = { ...ANN, headers: () => [["Authorization", `Bearer ${token}`]] };
  await client.ask(user, { signal });
  token = "second";
  await client.ask(user, { signal });
  assert.match(peer.heads[0]!, /Bearer first\r\n/);
  assert.match(peer.heads[1]!, /Bearer second\r\n/);
});

Deno.test("each piece of a stream has the time at which it came", async () => {
  const clock = new WatchedClock();
  const pieces = GOOD_STREAM.map(() => Promise.withResolvers<void>());
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using conn = await listener.accept();
    conn.setNoDelay(true);
    await conn.read(new Uint8Array(4_096));
    const { text } = streamed(GOOD_STREAM);
    const [head, ...chunks] = text;
    await conn.write(new TextEncoder().encode(head));
    for (const [index, chunk] of chunks.entries()) {
      await pieces[index]?.promise;
      await conn.write(new TextEncoder().encode(chunk));
    }
    await conn.read(new Uint8Array(1));
  })();
  {
    using client = openChatClient(endpointOf(listener.addr), STREAMED, { clock });
    const asked = client.ask(ANN, { signal });
    let looks = clock.looks;
    for (const piece of pieces) {
      clock.stall(10);
      piece.resolve();
      // The client has read the piece once the clock was looked at for it.
      await eventually("the piece was read", () => clock.looks > looks);
      looks = clock.looks;
    }
    const { tokenTimesMs } = await asked;
    assert.deepEqual(tokenTimesMs, [20, 30, 40]);
  }
  await serving;
});

Deno.test("a stream's usage is told, however it is cut into pieces", async () => {
  using peer = new Http1Peer(() => streamed([...GOOD_STREAM.join("")]));
  using client = clientOf(peer, STREAMED);
  const { usage, tokenTimesMs } = await client.ask(ANN, { signal });
  assert.deepEqual([usage, tokenTimesMs.length], [COUNTED, 3]);
  await client.ask(ANN, { signal });
  assert.equal(client.opened, 1);
});

Deno.test("a stream that breaks off is cut, an answer in one piece that does is truncated", async () => {
  const cut = streamed(GOOD_STREAM.slice(0, 3), { isCut: true });
  assert.equal((await thrownBy(cut, STREAMED)).reason, "cut-stream");
  const ended = streamed([ROLE]);
  assert.equal((await thrownBy(ended, STREAMED)).reason, "cut-stream");
  const short = { text: ANSWER.slice(0, -9), then: "close" } as const;
  assert.equal((await thrownBy(short)).reason, "truncated");
});

Deno.test("a stream that told its end is good even if its connection breaks then", async () => {
  using peer = new Http1Peer(() => streamed(GOOD_STREAM, { isCut: true }));
  using client = clientOf(peer, STREAMED);
  assert.deepEqual((await client.ask(ANN, { signal })).usage, COUNTED);
});

Deno.test("a stream may be as long as its time allows", async () => {
  const long = delta({ content: "x".repeat(1 << 20) });
  using peer = new Http1Peer(() => streamed([...Array(20).fill(long), ...GOOD_STREAM]));
  using client = clientOf(peer, STREAMED);
  const { usage, tokenTimesMs } = await client.ask(ANN, { signal });
  assert.deepEqual([usage, tokenTimesMs.length], [COUNTED, 23]);
  await client.ask(ANN, { signal });
  assert.equal(client.opened, 1);
});

Deno.test("a question for a stream that is answered in one piece is no success", async () => {
  const whole = ANSWER.replace("\r\n", "\r\nContent-Type: application/json\r\n");
  assert.equal((await thrownBy(whole, STREAMED)).reason, "corrupt");
});

Deno.test("a refusal is classed by whose it is", async () => {
  const reply = status(403, "", ["X-Ext-Auth-Reason: not authorized: unknown reason"]);
  const { reason, message } = await thrownBy(reply, STREAMED);
  assert.equal(reason, "not-authorized");
  assert.equal(message, "answered 403: not authorized: unknown reason");
});

Deno.test("no text of a failure has a user's credential, though the server repeats it", async () => {
  const secret = "e30.secret-of-ann.e30";
  using peer = new Http1Peer(() => status(400, `{"error":"bad header: Bearer ${secret}"}`));
  using client = clientOf(peer);
  const thrown = await client.ask(userOf("ann", secret), { signal }).catch((error) => error);
  assert.ok(thrown instanceof OperationFailedError);
  assert.equal(thrown.reason, "http-400");
  assert.ok(!Deno.inspect(thrown).includes("secret-of-ann"));
});

Deno.test("a kept connection that is closed under a request fails it, and it is not sent again", async () => {
  using peer = new Http1Peer(({ request }) => request === 0 ? ANSWER : { text: "", then: "close" });
  using client = clientOf(peer);
  await client.ask(ANN, { signal });
  await assert.rejects(client.ask(ANN, { signal }), { reason: "connection-closed" });
  assert.deepEqual([peer.heads.length, peer.connections], [2, 1]);
  await client.ask(ANN, { signal });
  assert.equal(client.opened, 2);
});

Deno.test("a kept connection that was seen to be closed is replaced", async () => {
  using peer = new Http1Peer(({ connection }) =>
    connection === 0 ? { text: ANSWER, then: "close" } : ANSWER
  );
  using client = clientOf(peer);
  await client.ask(ANN, { signal });
  // This end has seen it once it reads again, which the event loop does between two questions.
  await eventually("the server's end has gone", () => peer.open === 0);
  await new FakeClock().settle();
  await client.ask(ANN, { signal });
  assert.deepEqual([client.opened, peer.connections], [2, 2]);
});

Deno.test("no answer in time is a timeout, and its connection is not used again", async () => {
  const clock = new FakeClock();
  using peer = new Http1Peer(({ connection }) => connection === 0 ? "" : ANSWER);
  using client = clientOf(peer, QUESTION, clock);
  const asked = client.ask(ANN, { signal });
  const failed = assert.rejects(asked, { reason: "timeout", message: "no answer in 30s" });
  await eventually("it was asked", () => peer.heads.length === 1);
  await clock.advance(30_000);
  await failed;
  await client.ask(ANN, { signal });
  assert.deepEqual([client.opened, clock.sleeperCount], [2, 0]);
});

Deno.test("a stream that stands still until the time is over is a timeout, not a cut", async () => {
  const clock = new FakeClock();
  using peer = new Http1Peer(() => {
    const { text } = streamed([ROLE]);
    return { text: text.slice(0, 2), then: "keep" };
  });
  using client = clientOf(peer, STREAMED, clock);
  const failed = assert.rejects(client.ask(ANN, { signal }), { reason: "timeout" });
  await eventually("it was asked", () => peer.heads.length === 1);
  await clock.advance(30_000);
  await failed;
});

Deno.test("an abort passes through as its reason, while connecting, asking and before", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using peer = new Http1Peer(() => "");
  const stopped = new Error("the run has ended");
  const secure = {
    ...endpointOf({ port: silent.addr.port }),
    origin: new URL("https://maas.test"),
  };
  for (
    const client of [
      openChatClient(secure, QUESTION, { clock: new FakeClock() }),
      openChatClient({ ...secure, isInsecure: true }, QUESTION, { clock: new FakeClock() }),
      clientOf(peer),
    ]
  ) {
    using asked = client;
    const aborting = new AbortController();
    const failed = assert.rejects(asked.ask(ANN, { signal: aborting.signal }), stopped);
    await new FakeClock().settle();
    aborting.abort(stopped);
    await failed;
    await assert.rejects(asked.ask(ANN, { signal: aborting.signal }), stopped);
  }
});

Deno.test("nobody there is a refused connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = endpointOf(listener.addr);
  listener.close();
  using client = openChatClient(endpoint, QUESTION, { clock: new FakeClock() });
  await assert.rejects(client.ask(ANN, { signal }), { reason: "connection-refused" });
});

Deno.test("over TLS the gateway is verified by its own authority, or believed where that is asked for", async () => {
  const identity = await createServerIdentity({ hosts: ["maas.test"], now: new Date() });
  const listening = Promise.withResolvers<number>();
  await using _server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: identity.certPem,
    key: identity.keyPem,
    onListen: ({ port }) => listening.resolve(port),
  }, async (request) => {
    const { stream } = await request.json();
    return stream
      ? new Response(GOOD_STREAM.join(""), { headers: { "content-type": "text/event-stream" } })
      : Response.json({ choices: [{ host: request.headers.get("host") }] });
  });
  const endpoint = {
    ...endpointOf({ port: await listening.promise }),
    origin: new URL("https://maas.test"),
  };
  const clock = new SystemClock();
  for (const trust of [{ caPem: identity.caPem }, { isInsecure: true }]) {
    for (const question of [QUESTION, STREAMED]) {
      using client = openChatClient({ ...endpoint, ...trust }, question, { clock });
      for (let times = 0; times < 3; times++) await client.ask(ANN, { signal });
      assert.equal(client.opened, 1);
    }
  }
  using untrusting = openChatClient(endpoint, QUESTION, { clock });
  await assert.rejects(untrusting.ask(ANN, { signal }), { reason: "tls" });
  const other = { ...endpoint, origin: new URL("https://other.test"), caPem: identity.caPem };
  using misnamed = openChatClient(other, QUESTION, { clock });
  await assert.rejects(misnamed.ask(ANN, { signal }), { reason: "tls" });
});
