import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ExchangeHandler } from "../../../core/exchange.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import type { ConnectionFacts } from "../../../core/h2/facts.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { ownSockets } from "../../../core/net/own_sockets.ts";
import { FIRST_REQUEST_LIMIT_MS, IDLE_LIMIT_MS } from "../../../core/serve/accepted_connection.ts";
import { HttpsServer, type HttpsServerOptions } from "../../../core/serve/https_server.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { OUTLIVES, requireOutliving } from "../../support/starved_process.ts";

const isLinux = Deno.build.os === "linux";
const STARVED = fileURLToPath(new URL("./starved_server.ts", import.meta.url));
const GET = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
/** Overdue connections are told first, and made to go at the next look. */
const LOOKS_MS = 2 * 2_000;
const identity = await createServerIdentity({
  hosts: ["127.0.0.1"],
  now: new SystemClock().wallNow(),
});

const answer: ExchangeHandler = (exchange) => exchange.answer({ status: 200, headers: [] });

/** A server and its clock; both are gone when the test ends. */
function serve(options: Partial<HttpsServerOptions> = {}) {
  const clock = new FakeClock();
  const server = new HttpsServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    tls: identity,
    clock,
    handler: answer,
    onError: () => ({ status: 500, headers: [] }),
    ...options,
  });
  const { port } = server.addr;
  const connect = async (...alpnProtocols: string[]) => {
    const options = { hostname: "127.0.0.1", port, caCerts: [identity.caPem], alpnProtocols };
    const conn = await Deno.connectTls(options);
    await conn.handshake().catch((error) => {
      conn.close();
      throw error;
    });
    return conn;
  };
  return {
    clock,
    server,
    connect,
    connectPlain: () => Deno.connect({ hostname: "127.0.0.1", port }),
    isOpen: (count: number) =>
      eventually(`${count} are open`, () => server.connections().open === count),
    /** Sockets of the system, accepted ones. */
    sockets: () => ownSockets({ localPort: port, listening: false }).length,
    async [Symbol.asyncDispose]() {
      void server.close({ graceMs: 0 });
      server.cut();
      await server.finished;
      await clock.advance(1_000);
      assert.equal(clock.sleeperCount, 0);
    },
  };
}

/** What comes next; null at the end, however it came. */
async function textOf(conn: Deno.Conn): Promise<string | null> {
  const buffer = new Uint8Array(1_000);
  const length = await conn.read(buffer).catch(() => null);
  return length === null ? null : new TextDecoder().decode(buffer.subarray(0, length));
}

Deno.test("connections without a request are ended at the first limit, whatever they did before it", async () => {
  await using pair = serve();
  const { clock, server } = pair;
  using silent = await pair.connectPlain();
  using greeted = await pair.connect("http/1.1");
  await pair.isOpen(2);
  await eventually("agreed", () => server.connections().agreed["http/1.1"] === 1);
  await clock.advance(FIRST_REQUEST_LIMIT_MS - 1);
  assert.deepEqual([server.connections().open, server.connections().cut], [2, 0]);
  await clock.advance(LOOKS_MS);
  assert.equal(await textOf(silent), null);
  assert.equal(await textOf(greeted), null);
  await pair.isOpen(0);
  assert.equal(server.connections().cut, 2);
  if (isLinux) await eventually("their descriptors are free", () => pair.sockets() === 0);
});

Deno.test("an idle connection is ended at its limit, and one with an open response never", async () => {
  const open: (() => void)[] = [];
  await using pair = serve({
    handler: (exchange) => void open.push(() => exchange.answer({ status: 200, headers: [] })),
  });
  const { clock } = pair;
  using conn = await pair.connect("http/1.1");
  await conn.write(GET);
  await eventually("asked", () => open.length === 1);
  await clock.advance(10 * IDLE_LIMIT_MS);
  assert.equal(pair.server.connections().open, 1);
  open[0]!();
  assert.match(await textOf(conn) ?? "", /^HTTP\/1\.1 200 OK/);
  await clock.advance(IDLE_LIMIT_MS - 1);
  await conn.write(GET);
  await eventually("asked again", () => open.length === 2);
  open[1]!();
  assert.match(await textOf(conn) ?? "", /^HTTP\/1\.1 200 OK/);
  await clock.advance(IDLE_LIMIT_MS + LOOKS_MS);
  assert.equal(await textOf(conn), null);
  await pair.isOpen(0);
});

Deno.test("what clients do wrong in the handshake is counted and harms nobody", async () => {
  await using pair = serve();
  const plain = await pair.connectPlain();
  await plain.write(GET);
  await eventually("plain HTTP", () => pair.server.connections().failedHandshakes === 1);
  plain.close();
  (await pair.connectPlain()).close();
  await eventually("gone at once", () => pair.server.connections().failedHandshakes === 2);
  await assert.rejects(pair.connect("http/0.9"), /NoApplicationProtocol/);
  await eventually("no common protocol", () => pair.server.connections().failedHandshakes === 3);
  using conn = await pair.connect("http/1.1");
  await conn.write(GET);
  assert.match(await textOf(conn) ?? "", /^HTTP\/1\.1 200 OK/);
});

Deno.test("connections are counted by protocol, with their handshakes and what HTTP/2 went through", async () => {
  const handshakes: [boolean, string][] = [];
  const facts: ConnectionFacts[] = [];
  await using pair = serve({
    onConnection(connection, { handshakeMs, protocol }) {
      handshakes.push([handshakeMs >= 0, protocol]);
      return () => {
        if (connection.facts !== undefined) facts.push(connection.facts);
      };
    },
  });
  using client = Deno.createHttpClient({ caCerts: [identity.caPem], http1: false });
  const url = `https://127.0.0.1:${pair.server.addr.port}/`;
  for (let request = 0; request < 3; request++) {
    await (await fetch(url, { client })).arrayBuffer();
  }
  using without = await pair.connect();
  await without.write(GET);
  await textOf(without);
  const { open, accepted, agreed } = pair.server.connections();
  assert.deepEqual([open, accepted, agreed], [2, 2, { h2: 1, "http/1.1": 1 }]);
  assert.deepEqual(handshakes, [[true, "h2"], [true, "http/1.1"]]);
  client.close();
  await pair.isOpen(1);
  assert.deepEqual(facts.map(({ startedStreams }) => startedStreams), [3]);
  assert.equal(facts[0]?.received.frames.get("HEADERS"), 3);
});

Deno.test("closing waits for open responses, takes no new connection, and cuts what is left", async () => {
  const open: (() => void)[] = [];
  await using pair = serve({
    handler: (exchange) => void open.push(() => exchange.answer({ status: 200, headers: [] })),
  });
  const { clock, server } = pair;
  using silent = await pair.connectPlain();
  using busy = await pair.connect("http/1.1");
  using stuck = await pair.connect("http/1.1");
  await busy.write(GET);
  await eventually("the first asked", () => open.length === 1);
  await stuck.write(GET);
  await eventually("both asked", () => open.length === 2);
  await pair.isOpen(3);
  const closing = server.close({ graceMs: 1_000 });
  await eventually("nobody gets in", () =>
    pair.connectPlain().then((conn) => {
      conn.close();
      return false;
    }, () => true));
  assert.equal(await textOf(silent), null);
  open[0]!();
  assert.match(await textOf(busy) ?? "", /connection: close/);
  await clock.advance(1_000);
  assert.equal(await closing, false);
  server.cut();
  await server.finished;
  assert.equal(await textOf(stuck), null);
});

Deno.test({
  name: "the descriptor of a client that reads nothing is free once it is cut",
  ignore: !isLinux,
  async fn() {
    let asked = 0;
    let overs = 0;
    const endless = {
      next(mostBytes: number) {
        asked++;
        return new Uint8Array(mostBytes);
      },
    };
    await using pair = serve({
      handler(exchange) {
        exchange.onOver = () => overs++;
        exchange.answer({ status: 200, headers: [], body: endless });
      },
    });
    using conn = await pair.connect("http/1.1");
    await conn.write(GET);
    let before = 0;
    await eventually("it is stuck", () => {
      const isStuck = asked > 0 && asked === before;
      before = asked;
      return isStuck;
    });
    assert.equal(pair.sockets(), 1);
    void pair.server.close({ graceMs: 0 });
    pair.server.cut();
    await pair.server.finished;
    assert.equal(overs, 1);
    await eventually("free", () => pair.sockets() === 0);
  },
});

Deno.test({
  name: `with few descriptors and many silent connections ${OUTLIVES}`,
  ignore: !isLinux,
  fn: () => requireOutliving(STARVED, { protocol: "https" }),
});
