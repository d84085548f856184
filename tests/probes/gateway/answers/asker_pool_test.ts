import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import {
  AskerPool,
  type AskerPoolOptions,
  SOCKETS_OF_A_POOL,
} from "../../../../probes/gateway/answers/asker_pool.ts";
import { Http1Peer, OK } from "../../../support/http1_peer.ts";

const QUESTION = { host: "a.example", path: "/" };
const NOWHERE = { gateway: "a/gw", address: "127.0.0.1", port: 9 };

function options(given: Partial<AskerPoolOptions> = {}): AskerPoolOptions {
  return {
    clock: new SystemClock(),
    connection: "kept",
    timeoutMs: 5_000,
    intervalMs: 5,
    ...given,
  };
}

Deno.test("many waiters ask less often each, so that all together ask as often as some", () => {
  using pool = new AskerPool(NOWHERE, options());
  using _first = pool.waiter();
  assert.equal(pool.intervalMs, 5);
  {
    using stack = new DisposableStack();
    for (let waiter = 0; waiter < 99; waiter++) stack.use(pool.waiter());
    assert.equal(pool.intervalMs, 200);
  }
  assert.equal(pool.intervalMs, 5);
});

Deno.test("questions one after another share a connection that is kept", async () => {
  using peer = new Http1Peer(() => OK);
  using pool = new AskerPool({ ...NOWHERE, port: peer.port }, options());
  const { signal } = new AbortController();
  for (let turn = 0; turn < 3; turn++) await pool.ask({ ...QUESTION, signal });
  assert.equal(peer.connections, 1);
});

Deno.test("questions at a time have connections of their own, up to a limit", async () => {
  using peer = new Http1Peer(() => OK);
  using pool = new AskerPool({ ...NOWHERE, port: peer.port }, options());
  const { signal } = new AbortController();
  const asked = Array.from({ length: 50 }, () => pool.ask({ ...QUESTION, signal }));
  const answers = await Promise.all(asked);
  assert.ok(answers.every((answer) => answer.kind === "status" && answer.status === 200));
  assert.ok(peer.connections > 1 && peer.connections <= SOCKETS_OF_A_POOL, `${peer.connections}`);
});

Deno.test("one that waits for its turn ends with its signal", async () => {
  using pool = new AskerPool(NOWHERE, options());
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  await assert.rejects(pool.ask({ ...QUESTION, signal: stop.signal }), /enough/);
});
