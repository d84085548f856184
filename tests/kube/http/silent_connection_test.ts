/** Real connections behind a forwarder that stops forwarding without a word. */
import assert from "node:assert/strict";
import type { HttpConnection } from "../../../kube/http/http_connection.ts";
import { type Answering, ApiPeer, openBody, PEER_NAME } from "../../support/api_peer.ts";
import { assertFailed, failureOf, type Given, openConnection } from "../../support/api_target.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TcpForwarder } from "../../support/tcp_forwarder.ts";

const GET = { method: "GET", path: "/api" };
const WATCH = { method: "GET", path: "/watch" };

/** A connection through a forwarder; `/watch` is answered with a body that stays open. */
async function behindForwarder(
  { answer = () => ({}), ...given }: Given & { answer?: Answering } = {},
) {
  const bodies: ReturnType<typeof openBody>[] = [];
  const peer = new ApiPeer((request) => {
    if (request.path !== "/watch") return answer(request);
    bodies.push(openBody());
    return new Response(bodies.at(-1)!.body);
  });
  const forwarder = new TcpForwarder(peer.port);
  const clock = new FakeClock();
  const connection = await openConnection(`https://127.0.0.1:${forwarder.port}`, {
    clock,
    ...given,
  });
  return {
    peer,
    forwarder,
    clock,
    connection,
    bodies,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      forwarder[Symbol.dispose]();
      for (const { close } of bodies) attempt(close);
      await peer[Symbol.asyncDispose]();
    },
  };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Its client has left already.
  }
}

/** Lets time pass with a look each second. */
async function pass(seconds: number, clock: FakeClock, { life }: HttpConnection): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000);
    life.look(clock.now());
  }
}

Deno.test("the question goes over the very connection of the watch, and is no request", async () => {
  const seen: string[] = [];
  await using world = await behindForwarder({
    onAnswer: ({ url }) => void seen.push(new URL(url).pathname),
  });
  const { connection, forwarder, peer, clock } = world;
  using stream = await connection.stream(WATCH);
  await pass(15, clock, connection);
  await connection.life.settle(new AbortController().signal);
  assert.deepEqual([connection.life.asked, connection.life.silences], [2, []]);
  assert.equal(forwarder.accepted, 1);
  assert.deepEqual(peer.lines, ["GET /watch"]);
  assert.deepEqual(seen, ["/watch"]);
  await stream.body.cancel();
});

for (
  const [name, target] of [
    ["plainly", {}],
    ["with a certificate of another name", { tlsServerName: PEER_NAME }],
    ["with a certificate that nobody verifies", { insecure: true }],
  ] as const
) {
  Deno.test(`what waits behind a frozen forwarder fails after 30 s, and the next request takes a new connection, ${name}`, async () => {
    await using world = await behindForwarder({ target });
    const { connection, forwarder, clock, bodies } = world;
    using stream = await connection.stream(WATCH);
    bodies[0]!.write("before");
    const reader = stream.body.getReader();
    await reader.read();
    forwarder.freeze();
    const call = failureOf(connection.call(GET));
    await pass(30, clock, connection);
    assertFailed(await call, "stalled", /taken for lost$/);
    assertFailed(stream.signal.reason, "stalled");
    await reader.cancel().catch(() => {}); // fetch may have noticed as well
    assert.deepEqual(await connection.call(GET), {});
    assert.equal(forwarder.accepted, 2);
  });
}

for (const http1 of [false, true]) {
  Deno.test(`a connect that nobody answers is given up after 30 s, HTTP/${http1 ? 1.1 : 2}`, async () => {
    await using world = await behindForwarder({ http1 });
    const { connection, forwarder, clock } = world;
    forwarder.swallowsNew = true;
    const call = failureOf(connection.call(GET));
    await forwarder.untilAccepted(1);
    await pass(30, clock, connection);
    assertFailed(await call, "stalled");
    forwarder.swallowsNew = false;
    assert.deepEqual(await connection.call(GET), {});
  });
}
