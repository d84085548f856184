/** What the client's request loops make of a server that ends, limits or replaces connections. */
import assert from "node:assert/strict";
import { OperationFailedError } from "../../core/errors.ts";
import { yieldToEventLoop } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { timed } from "../../core/load/timed.ts";
import type { Iteration } from "../../core/load/workload.ts";
import { Totals } from "../../core/measure/totals.ts";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import { Run } from "../../core/run/run.ts";
import { BlocksClient, type BlocksClientOptions } from "../../httperf/client.ts";
import type { Connection } from "../../httperf/connection.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { H2Code, H2Peer, type H2PeerStream } from "../support/h2_peer.ts";
import { assertFailed, identity, optionsFor } from "../support/h2_target.ts";

const MAX_CONCURRENT_STREAMS = 3;
/** Beyond all that a test lets pass. */
const NEVER_MS = 1e9;
const BLOCK = Uint8Array.of(65, 0, 0, 90);

/** One client, one connection, requests for one block of four bytes. */
class Client implements Disposable {
  readonly clock = new FakeClock();
  readonly run = new Run({ id: "r1", clock: this.clock, rng: createRng(1), log: () => {} });
  readonly opened: Connection[] = [];
  readonly client: BlocksClient;
  #index = 0;

  constructor(baseUrl: string, { silenceTimeoutMs = NEVER_MS } = {}) {
    const { clock: _clock, signal: _signal, ...connection } = optionsFor(baseUrl);
    const options: BlocksClientOptions = {
      connection: { ...connection, connectTimeoutMs: NEVER_MS },
      connectionIds: [0],
      turnStride: 1,
      turn: "worker",
      blockBytes: BLOCK.length,
      periodMs: 0,
      blocksPerRequest: 1,
      silenceTimeoutMs,
      clientName: "me",
    };
    this.client = new BlocksClient(this.run, options);
    this.client.onOpened = (connection) => this.opened.push(connection);
  }

  async connect(): Promise<void> {
    await this.client.connect();
    this.run.begin();
  }

  /** One request of the one loop, whose pauses take no time. @returns what it failed with */
  async request(): Promise<unknown> {
    const { stopping, aborted } = this.run;
    const iteration: Iteration = {
      ...{ index: this.#index++, worker: 0, dueMs: this.clock.now(), stopping, aborted },
      timed: (call, what) => timed(this.run, call, what),
    };
    let outcome: { readonly error: unknown } | undefined;
    this.client.iterate(iteration).then(
      () => outcome = { error: undefined },
      (error) => outcome = { error },
    );
    while (outcome === undefined) {
      await yieldToEventLoop();
      await this.clock.advance(1);
    }
    return outcome.error;
  }

  /** How connections came to be, or did not. */
  connects(): { ok: number; failed: Record<string, number> } {
    const totals = new Totals();
    for (const interval of this.run.recorder.rotate(this.clock.now())) totals.add(interval);
    const { ok, failed } = totals.operation("connect")!;
    return { ok, failed };
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }
}

/** Answers the first request of each connection, and gives the others to the script. */
function afterProbes(script: (stream: H2PeerStream) => unknown): (stream: H2PeerStream) => void {
  const probed = new Set<unknown>();
  return async (stream) => {
    if (probed.has(stream.connection)) return void await script(stream);
    probed.add(stream.connection);
    await stream.headers(404, {}, { endStream: true });
  };
}

async function answer(stream: H2PeerStream): Promise<void> {
  await stream.headers(200);
  await stream.data(BLOCK, { endStream: true });
}

Deno.test("a connection that the server ends is replaced for the requests after, and that is a connect", async () => {
  await using peer = new H2Peer({ identity });
  peer.onRequest(afterProbes(async (stream) => {
    // RFC 9113, section 6.8: this one is still answered.
    await stream.connection.goaway(stream.id, H2Code.NO_ERROR);
    await answer(stream);
  }));
  using client = new Client(peer.baseUrl);
  await client.connect();
  for (let k = 0; k < 3; k++) assert.equal(await client.request(), undefined);
  assert.equal(peer.connectionCount, 3);
  assert.equal(peer.requestCount, 3 + 3);
  assert.deepEqual(client.connects(), { ok: 3, failed: {} });
  assert.deepEqual(client.opened.map(({ id }) => id), [0, 0, 0]);
  assert.equal(client.client.received.completedRequests, 3);
});

Deno.test("a refused stream fails its request, and the connection stays", async () => {
  await using peer = new H2Peer({ identity });
  peer.onRequest(afterProbes((stream) => stream.reset(H2Code.REFUSED_STREAM)));
  using client = new Client(peer.baseUrl);
  await client.connect();
  assertFailed(await client.request(), "refused-stream", /RST_STREAM with REFUSED_STREAM/);
  peer.onRequest(answer);
  assert.equal(await client.request(), undefined);
  assert.equal(peer.connectionCount, 1);
});

Deno.test("a server that comes back with a certificate of another authority is a failed connect", async () => {
  const other = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
  const first = new H2Peer({ identity });
  const { port } = first;
  first.onRequest(afterProbes(answer));
  using client = new Client(first.baseUrl);
  await client.connect();
  assert.equal(await client.request(), undefined);
  await first[Symbol.asyncDispose]();
  {
    await using _second = new H2Peer({ identity: other, port });
    // It may be seen by a request that the connection's end is.
    let error = await client.request();
    if (error instanceof OperationFailedError && error.reason === "connection-closed") {
      error = await client.request();
    }
    assertFailed(error, "tls", /--ca FILE that belongs to this start of the server$/);
  }
  await using third = new H2Peer({ identity, port });
  third.onRequest(afterProbes(answer));
  assert.equal(await client.request(), undefined);
  assert.deepEqual(client.connects(), { ok: 2, failed: { tls: 1 } });
});

Deno.test("a request that waits for the limit of streams in vain is stalled, and says so", async () => {
  await using peer = new H2Peer({ identity });
  peer.onRequest(async (stream) => {
    await stream.connection.setting(MAX_CONCURRENT_STREAMS, 0);
    await stream.headers(404, {}, { endStream: true });
  });
  using client = new Client(peer.baseUrl, { silenceTimeoutMs: 500 });
  await client.connect();
  const message = "None of the 0 streams that the server allows became free for 500 ms";
  assertFailed(await client.request(), "stalled", message);
  assert.equal(peer.requestCount, 1);
});
