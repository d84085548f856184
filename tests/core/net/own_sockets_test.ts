import assert from "node:assert/strict";
import {
  cutConnections,
  disableNagle,
  limitUnsent,
  ownSockets,
} from "../../../core/net/own_sockets.ts";

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "own sockets are found by their ports, over IPv4 and IPv6, until they are closed",
  ignore,
  async fn() {
    for (const hostname of ["127.0.0.1", "::1"]) {
      using listener = Deno.listen({ hostname, port: 0 });
      const { port } = listener.addr;
      using client = await Deno.connect({ hostname, port });
      const server = await listener.accept();
      const clientPort = (client.localAddr as Deno.NetAddr).port;
      const facts = ownSockets({ localPort: port }).map(({ remotePort, listening }) => ({
        remotePort,
        listening,
      }));
      assert.deepEqual(facts.sort((one, two) => one.remotePort - two.remotePort), [
        { remotePort: 0, listening: true },
        { remotePort: clientPort, listening: false },
      ]);
      assert.deepEqual(ownSockets({ remotePort: port }).map(({ localPort }) => localPort), [
        clientPort,
      ]);
      server.close();
      assert.equal(ownSockets({ localPort: port, listening: false }).length, 0);
    }
  },
});

Deno.test({
  name: "both ends of a connection that is cut see its end, and no other connection does",
  ignore,
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const pairs = [];
    for (let index = 0; index < 2; index++) {
      const client = await Deno.connect({ hostname: "127.0.0.1", port });
      pairs.push({ client, server: await listener.accept() });
    }
    const [cut, left] = pairs as [typeof pairs[0], typeof pairs[0]];
    const remotePort = (cut.client.localAddr as Deno.NetAddr).port;
    cutConnections(ownSockets({ localPort: port, remotePort }));
    assert.equal(await cut.client.read(new Uint8Array(1)), null);
    assert.equal(await cut.server.read(new Uint8Array(1)), null);
    assert.equal(await left.client.write(new Uint8Array([7])), 1);
    assert.equal(await left.server.read(new Uint8Array(1)), 1);
    for (const { client, server } of pairs) {
      client.close();
      server.close();
    }
  },
});

Deno.test({
  name: "without the permission to call the C library there are none and nobody is asked",
  permissions: { net: ["127.0.0.1"], ffi: false },
  fn() {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    assert.deepEqual(ownSockets({}), []);
  },
});

Deno.test({
  name: "a listening socket and the connections it accepts lose Nagle's delay",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    assert.deepEqual(noDelayOf({ localPort: port }), [false]);
    assert.equal(disableNagle({ localPort: port, listening: true }), 1);
    assert.deepEqual(noDelayOf({ localPort: port }), [true]);

    const [client, server] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    try {
      client.setNoDelay(false);
      assert.deepEqual(noDelayOf({ localPort: port, listening: false }), [true], "accepted");
      assert.deepEqual(noDelayOf({ remotePort: port }), [false], "the client's end");
      assert.equal(disableNagle({ remotePort: port }), 1);
      assert.deepEqual(noDelayOf({ remotePort: port }), [true]);
    } finally {
      client.close();
      server.close();
    }
  },
});

Deno.test({
  name: "connections that a listening socket accepts take no more unsent bytes than it was told",
  ignore,
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    assert.equal(limitUnsent({ localPort: port, listening: true }, 131_072), 1);
    using _client = await Deno.connect({ hostname: "127.0.0.1", port });
    using _server = await listener.accept();
    const TCP_NOTSENT_LOWAT = 25;
    const ofAccepted = tcpOptionOf({ localPort: port, listening: false }, TCP_NOTSENT_LOWAT);
    assert.deepEqual(ofAccepted, [131_072]);
  },
});

Deno.test("where no socket matches none is set", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert.equal(disableNagle({ localPort: listener.addr.port, listening: false }), 0);
});

Deno.test({
  name: "without the permission to call the C library nothing is set and nobody is asked",
  permissions: { net: ["127.0.0.1"], ffi: false },
  fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    assert.equal(disableNagle({ localPort: listener.addr.port }), 0);
  },
});

/** TCP_NODELAY of the sockets of this process that match, as the kernel tells it. */
function noDelayOf(match: Parameters<typeof disableNagle>[0]): boolean[] {
  return tcpOptionOf(match, 1).map((value) => value !== 0);
}

function tcpOptionOf(match: Parameters<typeof disableNagle>[0], option: number): number[] {
  const libc = Deno.dlopen("libc.so.6", {
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  });
  const values = ownSockets(match).map(({ fd }) => {
    const value = new Int32Array(1);
    assert.equal(libc.symbols.getsockopt(fd, 6, option, value, new Uint32Array([4])), 0);
    return value[0]!;
  });
  libc.close();
  return values;
}
