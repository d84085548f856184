import assert from "node:assert/strict";
import { disableNagle, matchingInodes } from "../../../core/net/tcp_no_delay.ts";

const TABLE =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0
   1: 0100007F:20FB 0100007F:C3A6 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0
   2: 0100007F:C3A6 0100007F:20FB 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0
   3: 00000000000000000000000001000000:20FC 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1 0
`;

const matches: readonly [Parameters<typeof disableNagle>[0], string[]][] = [
  [{}, ["111", "222", "333", "444"]],
  [{ localPort: 0x20fb }, ["111", "222"]],
  [{ localPort: 0x20fb, listening: true }, ["111"]],
  [{ localPort: 0x20fb, listening: false }, ["222"]],
  [{ remotePort: 0x20fb }, ["333"]],
  [{ listening: true }, ["111", "444"]],
  [{ localPort: 0x20fc }, ["444"]],
  [{ localPort: 1 }, []],
];
for (const [match, expected] of matches) {
  Deno.test(`sockets that match ${JSON.stringify(match)} are found in the kernel's table`, () => {
    assert.deepEqual([...matchingInodes(TABLE, match)], expected);
  });
}

Deno.test("a table with nothing or nonsense in it has no sockets", () => {
  assert.equal(matchingInodes("", {}).size, 0);
  assert.equal(matchingInodes("head\nx y\n\n", {}).size, 0);
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
  const inodes = matchingInodes(Deno.readTextFileSync("/proc/self/net/tcp"), match);
  const libc = Deno.dlopen("libc.so.6", {
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  });
  const isSet = [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/self/fd/${name}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  }).map(({ name }) => {
    const value = new Int32Array(1);
    assert.equal(libc.symbols.getsockopt(Number(name), 6, 1, value, new Uint32Array([4])), 0);
    return value[0] !== 0;
  });
  libc.close();
  return isSet;
}

/** Where it points; descriptors that other tests have closed meanwhile point nowhere. */
function linkOf(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}
