import assert from "node:assert/strict";
import { disableNagle } from "../../../core/net/tcp_no_delay.ts";

Deno.test({
  name: "a listening socket and the connections it accepts lose Nagle's delay",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const before = tcpNoDelayByFd();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    assert.deepEqual(newOnes(before), [false]);
    assert.equal(disableNagle({ localPort: port, listening: true }), 1);
    assert.deepEqual(newOnes(before), [true]);

    const beforeAccept = tcpNoDelayByFd();
    const [client, server] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    try {
      client.setNoDelay(false);
      assert.deepEqual(newOnes(beforeAccept).sort(), [false, true], "client off, accepted on");
      assert.equal(disableNagle({ remotePort: port }), 1);
      assert.deepEqual(newOnes(beforeAccept), [true, true]);
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

function newOnes(before: ReadonlyMap<number, boolean>): boolean[] {
  return [...tcpNoDelayByFd()].filter(([fd]) => !before.has(fd)).map(([, isSet]) => isSet);
}

/** TCP_NODELAY of each TCP socket of this process, as the kernel tells it. */
function tcpNoDelayByFd(): Map<number, boolean> {
  const libc = Deno.dlopen("libc.so.6", {
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  });
  const byFd = new Map<number, boolean>();
  const value = new Int32Array(1);
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    const length = new Uint32Array([4]);
    const fd = Number(name);
    if (libc.symbols.getsockopt(fd, 6, 1, value, length) === 0) byFd.set(fd, value[0] !== 0);
  }
  libc.close();
  return byFd;
}
