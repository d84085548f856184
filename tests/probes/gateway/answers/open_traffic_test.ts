import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { execute } from "../../../../core/load/executor.ts";
import { replay } from "../../../../core/load/arrival.ts";
import { OpenTraffic } from "../../../../probes/gateway/answers/open_traffic.ts";
import { open, testRun } from "../../../core/load/harness.ts";
import { eventually } from "../../../support/eventually.ts";
import { Http1Peer, OK, status } from "../../../support/http1_peer.ts";

/** Everything due at once, over so many connections to a peer. */
function setUp(
  { port }: { port: number },
  { connections, body }: { connections: number; body?: Uint8Array },
) {
  const run = testRun();
  const clock = new SystemClock();
  const traffic = new OpenTraffic({
    clock,
    recorder: run.recorder,
    dataPlane: { gateway: "gw/one", address: "127.0.0.1", port },
    connections,
    host: "a.example",
    path: "/",
    expected: { status: 200 },
    body,
  });
  const load = (requests: number) =>
    execute({ ...run.context, clock }, {
      workload: traffic,
      model: open(replay(Array.from({ length: requests }, () => 0)), {
        maxInFlight: traffic.maxInFlight,
      }),
    });
  return { ...run, traffic, load };
}

Deno.test("traffic goes over as many kept connections as were asked for, each with its share", async () => {
  const perConnection = new Map<number, number>();
  using peer = new Http1Peer(({ connection, request }) => {
    perConnection.set(connection, request + 1);
    return OK;
  });
  const { traffic, recorder, load } = setUp(peer, { connections: 4 });
  using _open = traffic;
  assert.equal(await traffic.connect(new AbortController().signal), undefined);
  assert.deepEqual([peer.connections, traffic.opened], [4, 4]);
  await load(200);
  assert.deepEqual(recorder.outcomes(), { ok: 200 });
  assert.deepEqual([peer.connections, traffic.opened], [4, 4]);
  // Whoever has waited longest is next: none is forgotten.
  assert.ok(
    [...perConnection.values()].every((requests) => requests > 10),
    `${[...perConnection]}`,
  );
  assert.equal(recorder.samples[0]?.op, "request");
  assert.deepEqual(recorder.samples[0]?.tags, { gateway: "gw/one", connection: "kept" });
});

Deno.test("a request that waits for a connection has waited since it was due", async () => {
  using peer = new Http1Peer(() => OK);
  const { traffic, recorder, load } = setUp(peer, { connections: 1 });
  using _open = traffic;
  await load(5);
  const { samples } = recorder;
  assert.equal(samples.length, 5);
  samples.slice(1).forEach((sample, index) => {
    assert.equal(sample.dueMs, samples[0]?.dueMs);
    assert.ok(sample.sentMs >= samples[index]!.doneMs);
  });
});

Deno.test("how long a request waited for a connection is told of each, 0 where one was free", async () => {
  for (const [connections, waiting] of [[1, 4], [2, 3], [5, 0]] as const) {
    using peer = new Http1Peer(() => OK);
    const { traffic, totals, load } = setUp(peer, { connections });
    using _open = traffic;
    await traffic.connect(new AbortController().signal);
    await load(5);
    const { histogram } = totals().distribution("connectionWait", { gateway: "gw/one" })!;
    assert.equal(histogram.count, 5);
    const free = histogram.countAtOrBelow(0);
    assert.equal(5 - free, waiting);
  }
});

Deno.test("an answer other than the expected one is a failed request under its class", async () => {
  using peer = new Http1Peer(({ request }) =>
    request === 1
      ? status(503, "no healthy upstream")
      : request === 3
      ? { text: "", then: "close" }
      : OK
  );
  const { traffic, recorder, load } = setUp(peer, { connections: 1 });
  using _open = traffic;
  await load(5);
  assert.deepEqual(recorder.outcomes(), {
    ok: 3,
    "failed http-503": 1,
    "failed connection-closed": 1,
  });
  assert.equal(traffic.byClass["http-503"]?.firstText, "no healthy upstream");
  assert.equal(traffic.opened, 2);
});

Deno.test("the first answer that is not the expected one is told before any load", async () => {
  using peer = new Http1Peer(() => status(404, "404 page not found"));
  const { traffic } = setUp(peer, { connections: 2 });
  using _open = traffic;
  const answer = await traffic.connect(new AbortController().signal);
  assert.equal(answer?.kind === "status" && answer.bodyHead, "404 page not found");
});

Deno.test("a body is read to its end, however long, so that its connection stays", async () => {
  using peer = new Http1Peer(() => status(200, "x".repeat(200_000)));
  const { traffic, recorder, load } = setUp(peer, { connections: 1 });
  using _open = traffic;
  await load(3);
  assert.deepEqual(recorder.outcomes(), { ok: 3 });
  assert.equal(peer.connections, 1);
});

Deno.test("a load that is aborted cancels what is under way", async () => {
  using peer = new Http1Peer(() => "");
  const { traffic, recorder, load, abort } = setUp(peer, { connections: 2 });
  using _open = traffic;
  const ended = load(2);
  await eventually("both are under way", () => peer.heads.length === 2);
  abort.abort(new Error("enough"));
  await ended;
  assert.deepEqual(recorder.outcomes(), { cancelled: 2 });
});

Deno.test("with a body every request is a POST of it", async () => {
  const asked: string[] = [];
  const listening = Promise.withResolvers<{ port: number }>();
  const onListen = ({ port }: { port: number }) => listening.resolve({ port });
  const options = { hostname: "127.0.0.1", port: 0, onListen };
  await using _server = Deno.serve(options, async (request) => {
    asked.push(`${request.method} ${await request.text()}`);
    return new Response("ok");
  });
  const body = new TextEncoder().encode("12345");
  const { traffic, load } = setUp(await listening.promise, { connections: 2, body });
  {
    using _open = traffic;
    await load(4);
  }
  assert.deepEqual(asked, Array.from({ length: 4 }, () => "POST 12345"));
});
