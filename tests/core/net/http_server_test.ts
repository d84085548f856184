import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SystemClock } from "../../../core/load/clock.ts";
import { HttpServer } from "../../../core/net/http_server.ts";
import { FIRST_REQUEST_LIMIT_MS, IDLE_LIMIT_MS } from "../../../core/net/peer_activity.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { OUTLIVES, requireOutliving } from "../../support/starved_process.ts";

const ignore = Deno.build.os !== "linux";
const STARVED = fileURLToPath(new URL("./starved_server.ts", import.meta.url));
const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

/** A server whose answer to `/open` is over when `end` is called. */
function serve(clock: FakeClock) {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  const server = new HttpServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    clock,
    async handler() {
      await promise;
      return new Response("ok");
    },
    onError: () => new Response(null, { status: 500 }),
  });
  return { server, end, connect: () => Deno.connect({ ...server.addr, transport: "tcp" }) };
}

/** Moves the clock on until it has resolved: looking at the kernel's table takes real time. */
async function inTime<Result>(clock: FakeClock, result: Promise<Result>): Promise<Result> {
  const real = new SystemClock();
  let isOver = false;
  void result.finally(() => isOver = true);
  while (!isOver) {
    await clock.advance(1_000);
    await real.sleepUntil(real.now() + 1);
  }
  return result;
}

async function textOf(connection: Deno.Conn): Promise<string | null> {
  const buffer = new Uint8Array(1_000);
  const length = await connection.read(buffer);
  return length === null ? null : new TextDecoder().decode(buffer.subarray(0, length));
}

Deno.test({
  name: "a connection that sends nothing is cut at its limit, one with an open request is not",
  ignore,
  async fn() {
    const clock = new FakeClock();
    const { server, end, connect } = serve(clock);
    using silent = await connect();
    using busy = await connect();
    await busy.write(REQUEST);
    assert.equal(await inTime(clock, textOf(silent)), null);
    assert.ok(clock.now() >= FIRST_REQUEST_LIMIT_MS, `cut at ${clock.now()} ms`);
    end();
    assert.match(await textOf(busy) ?? "", /^HTTP\/1\.1 200 OK/);
    const answeredMs = clock.now();
    assert.equal(await inTime(clock, textOf(busy)), null);
    assert.ok(clock.now() - answeredMs >= IDLE_LIMIT_MS, `cut at ${clock.now()} ms`);
    await server.close({ graceMs: 0 });
    await clock.advance(1);
    assert.equal(clock.sleeperCount, 0);
  },
});

for (const protocol of ["http", "https"] as const) {
  Deno.test({
    name: `${protocol}: with few descriptors and many silent connections ${OUTLIVES}`,
    ignore,
    fn: () => requireOutliving(STARVED, { protocol }),
  });
}
