import assert from "node:assert/strict";
import { ownSockets } from "../../../core/net/own_sockets.ts";
import { disableNagle } from "../../../core/net/tcp_no_delay.ts";

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
  const libc = Deno.dlopen("libc.so.6", {
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  });
  const isSet = ownSockets(match).map(({ fd }) => {
    const value = new Int32Array(1);
    assert.equal(libc.symbols.getsockopt(fd, 6, 1, value, new Uint32Array([4])), 0);
    return value[0] !== 0;
  });
  libc.close();
  return isSet;
}
