import assert from "node:assert/strict";
import { connectBytes, type TlsRules } from "../../../core/net/connect_bytes.ts";
import type { ByteConnection } from "../../../core/net/byte_connection.ts";
import { failureReason } from "../../../core/net/fetch_failure.ts";
import { createServerIdentity, type ServerIdentity } from "../../../core/net/mini_ca.ts";
import { askingServer, HAS_ASKING_SERVER } from "../../support/asking_server.ts";
import { connectProxy } from "../../support/connect_proxy.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const { signal } = new AbortController();
const NOW = new Date();
const DAY_MS = 86_400_000;
const identity = await createServerIdentity({ hosts: ["a.test", "::1"], now: NOW });
const proxyIdentity = await createServerIdentity({ hosts: ["127.0.0.1"], now: NOW });
const expired = await createServerIdentity({
  hosts: ["a.test"],
  now: new Date(NOW.getTime() - 2 * DAY_MS),
  validMs: DAY_MS,
});

/** A TLS server that does one thing with each connection. */
class TlsServer implements Disposable {
  readonly #listener: Deno.TlsListener;

  constructor(
    serve: (conn: Deno.TlsConn) => Promise<void>,
    { certPem, keyPem }: ServerIdentity = identity,
    alpnProtocols = ["h2", "http/1.1"],
  ) {
    this.#listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert: certPem,
      key: keyPem,
      alpnProtocols,
    });
    void this.#acceptAll(serve);
  }

  get address() {
    return { hostname: "127.0.0.1", port: this.#listener.addr.port };
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #acceptAll(serve: (conn: Deno.TlsConn) => Promise<void>): Promise<void> {
    for await (const conn of this.#listener) {
      // A handshake that fails is the client's to tell.
      serve(conn).catch(() => {}).finally(() => conn.close());
    }
  }
}

/** Says back what it is told, until that ends. */
async function echo(conn: Deno.TlsConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let bytes = await conn.read(buffer); bytes !== null; bytes = await conn.read(buffer)) {
    for (let at = 0; at < bytes;) at += await conn.write(buffer.subarray(at, bytes));
  }
}

/** Who believes what of a server that is called a.test. */
const VERIFIED: TlsRules = { serverName: "a.test", caPem: identity.caPem };
const BELIEVED: TlsRules = { serverName: "a.test", isInsecure: true };

/** What is read, in pieces of a few bytes, until so many have come. */
async function readAll(connection: ByteConnection, count: number): Promise<Uint8Array> {
  const all = new Uint8Array(count);
  const piece = new Uint8Array(1_000);
  for (let at = 0; at < count;) {
    const bytes = await connection.read(piece);
    assert.ok(bytes !== null, `ended after ${at} bytes`);
    all.set(piece.subarray(0, bytes), at);
    at += bytes;
  }
  return all;
}

for (const [how, tls] of [["verified", VERIFIED], ["believed", BELIEVED]] as const) {
  Deno.test(`bytes go both ways over TLS that is ${how}, in pieces of any size`, async () => {
    using server = new TlsServer(echo);
    const connection = await connectBytes(server.address, { tls, signal });
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
    assert.deepEqual(await readAll(connection, sent.length), sent);
    connection.close();
  });

  Deno.test(`the server's end is the end of what is read over TLS that is ${how}`, async () => {
    using server = new TlsServer(async (conn) => void await conn.write(new Uint8Array([7])));
    const connection = await connectBytes(server.address, { tls, signal });
    assert.deepEqual(await readAll(connection, 1), new Uint8Array([7]));
    assert.equal(await connection.read(new Uint8Array(1)), null);
    connection.close();
  });

  Deno.test(`closing fails the read under way over TLS that is ${how}`, async () => {
    using server = new TlsServer(echo);
    const connection = await connectBytes(server.address, { tls, signal });
    const reading = assert.rejects(connection.read(new Uint8Array(1)));
    await new FakeClock().settle();
    connection.close();
    await reading;
  });

  Deno.test(`an abort ends a handshake that nobody answers, where TLS is ${how}`, async () => {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const aborting = new AbortController();
    const { signal } = aborting;
    const connecting = connectBytes(silent.addr, { tls, signal });
    const ended = assert.rejects(connecting, { message: "the run is over" });
    using _taken = await silent.accept();
    await new FakeClock().settle();
    aborting.abort(new Error("the run is over"));
    await ended;
    await assert.rejects(connectBytes(silent.addr, { tls, signal }), {
      message: "the run is over",
    });
  });

  Deno.test(`what is no TLS, and what ends within the handshake, fails where TLS is ${how}`, async () => {
    const reasonOf = async (serve: (conn: Deno.Conn) => Promise<unknown>) => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const serving = listener.accept().then(async (conn) => {
        await conn.read(new Uint8Array(4_096));
        await serve(conn);
        conn.close();
      });
      const failed = await connectBytes(listener.addr, { tls, signal })
        .then(() => undefined, failureReason);
      await serving;
      return failed;
    };
    const text = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
    assert.equal(await reasonOf((conn) => conn.write(text)), "tls");
    assert.equal(await reasonOf(() => Promise.resolve()), "connection-closed");
  });

  Deno.test(`a server without HTTP/1.1 is refused where TLS is ${how}`, async () => {
    using server = new TlsServer(echo, identity, ["h2"]);
    const failed = await connectBytes(server.address, { tls, signal })
      .then(() => undefined, failureReason);
    assert.equal(failed, "protocol");
  });
}

Deno.test("closing fails a write that nobody takes, where TLS is believed", async () => {
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  using server = new TlsServer(() => isOver); // reads nothing
  const connection = await connectBytes(server.address, { tls: BELIEVED, signal });
  const writeOn = async () => {
    while (true) await connection.write(new Uint8Array(1_000_000));
  };
  const writing = assert.rejects(writeOn());
  await new FakeClock().settle();
  connection.close();
  await writing;
  end();
});

Deno.test("only whom the authorities vouch for is talked to, unless anybody is believed", async () => {
  const reasonOf = async (server: TlsServer, tls: TlsRules) => {
    try {
      (await connectBytes(server.address, { tls, signal })).close();
      return "connected";
    } catch (thrown) {
      return failureReason(thrown);
    }
  };
  using good = new TlsServer(echo);
  using old = new TlsServer(echo, expired);
  assert.equal(await reasonOf(good, VERIFIED), "connected");
  // An address has no SNI, and stands in the certificate as such.
  assert.equal(await reasonOf(good, { ...VERIFIED, serverName: "::1" }), "connected");
  assert.equal(await reasonOf(good, { ...VERIFIED, serverName: "127.0.0.1" }), "tls");
  assert.equal(await reasonOf(good, { ...VERIFIED, serverName: "b.test" }), "tls");
  assert.equal(await reasonOf(good, { serverName: "a.test" }), "tls");
  assert.equal(await reasonOf(old, { ...VERIFIED, caPem: expired.caPem }), "tls");
  for (const serverName of ["a.test", "b.test", "::1"]) {
    assert.equal(await reasonOf(old, { serverName, isInsecure: true }), "connected");
  }
});

Deno.test("the protocol that was asked for is spoken, or nothing", async () => {
  using both = new TlsServer(async (conn) => {
    const { alpnProtocol } = await conn.handshake();
    await conn.write(new TextEncoder().encode(alpnProtocol ?? "none"));
  });
  using none = new TlsServer(echo, identity, []);
  for (const tls of [VERIFIED, BELIEVED]) {
    const connection = await connectBytes(both.address, { tls: { ...tls, alpn: "h2" }, signal });
    assert.equal(await textOf(connection), "h2");
    (await connectBytes(none.address, { tls, signal })).close();
    await assert.rejects(connectBytes(none.address, { tls: { ...tls, alpn: "h2" }, signal }), {
      reason: "protocol",
      message: `Cannot speak h2 with 127.0.0.1:${none.address.port}: the server chose no protocol`,
    });
  }
});

Deno.test("TCP is told before TLS begins", async () => {
  for (const tls of [VERIFIED, BELIEVED]) {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { promise: isThere, resolve: onTcp } = Promise.withResolvers<void>();
    const aborting = new AbortController();
    const connecting = connectBytes(silent.addr, { tls, onTcp, signal: aborting.signal });
    using taken = await silent.accept();
    await isThere;
    await taken.read(new Uint8Array(1)); // the client's greeting; nobody answers it
    aborting.abort(new Error("enough"));
    await assert.rejects(connecting, { message: "enough" });
  }
});

/** All ways to a server that go over the runtime's TLS or node's, through a proxy or not. */
const WAYS = [undefined, "http", "https"].flatMap((proxy) =>
  [VERIFIED, BELIEVED].map((tls) => ({ proxy, tls }))
);

Deno.test("every way through a proxy ends at the server, whose certificate is verified", async () => {
  for (const { proxy: scheme, tls } of WAYS) {
    if (scheme === undefined) continue;
    using server = new TlsServer(echo);
    await using through = connectProxy(scheme === "https" ? proxyIdentity : undefined);
    const proxy = { url: through.url, from: "" };
    const caPem = identity.caPem + proxyIdentity.caPem;
    const way = { proxy, tls: { ...tls, caPem }, signal };
    const connection = await connectBytes(server.address, way);
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
    assert.deepEqual(await readAll(connection, sent.length), sent);
    connection.close();
    assert.deepEqual(through.asked, [`CONNECT 127.0.0.1:${server.address.port} HTTP/1.1`]);
    if (tls.isInsecure) continue;
    const named = { ...way, tls: { ...way.tls, serverName: "b.test" } };
    const failed = await connectBytes(server.address, named).then(() => undefined, failureReason);
    assert.equal(failed, "tls");
  }
});

Deno.test({
  name: "a client certificate is shown on every way, and none where none is given",
  ignore: !HAS_ASKING_SERVER,
  fn: async () => {
    const own = await createServerIdentity({ hosts: ["client"], now: NOW });
    const clientCert = { certPem: own.certPem, keyPem: own.keyPem };
    await using server = await askingServer(proxyIdentity);
    const address = { hostname: "127.0.0.1", port: server.port };
    const heard = async (tls: Partial<TlsRules>, url?: string) => {
      const rules: TlsRules = { serverName: "127.0.0.1", caPem: proxyIdentity.caPem, ...tls };
      const proxy = url === undefined ? undefined : { url, from: "" };
      return await textOf(await connectBytes(address, { tls: rules, proxy, signal }));
    };
    assert.equal(await heard({}), "nobody http/1.1");
    for (const { proxy: scheme, tls } of WAYS) {
      await using through = connectProxy(scheme === "https" ? proxyIdentity : undefined);
      const url = scheme === undefined ? undefined : through.url;
      const { isInsecure = false } = tls;
      assert.equal(await heard({ clientCert, isInsecure, alpn: "h2" }, url), "client h2");
    }
    await assert.rejects(heard({ clientCert, caPem: identity.caPem }), /BadSignature|Unknown/);
  },
});

/** All that comes, as text. */
async function textOf(connection: ByteConnection): Promise<string> {
  const buffer = new Uint8Array(100);
  let text = "";
  for (let bytes = await connection.read(buffer); bytes !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, bytes));
    bytes = await connection.read(buffer);
  }
  connection.close();
  return text;
}
