import assert from "node:assert/strict";
import { openTcpTable, socketsIn, type TcpTable } from "../../../core/net/tcp_table.ts";

const TABLE =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0
   1: 0100007F:20FB 0100007F:C3A6 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0
   2: 0100007F:C3A6 0100007F:20FB 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0
   3: 0100007F:20FB 0100007F:C3A7 06 00000000:00000000 03:00000AA0 00000000     0        0 0 3 0
  10: 00000000000000000000000001000000:20FC 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1 0
`;

Deno.test("the sockets at a port are those that listen or have a peer", () => {
  assert.deepEqual(socketsIn(TABLE, 0x20fb), [
    { remotePort: 0, listening: true, inode: 111 },
    { remotePort: 0xc3a6, listening: false, inode: 222 },
  ]);
  assert.deepEqual(socketsIn(TABLE, 0x20fc), [{ remotePort: 0, listening: true, inode: 444 }]);
  assert.deepEqual(socketsIn(TABLE, 0xfb), []);
});

Deno.test("a table with nothing or nonsense in it has no sockets", () => {
  assert.deepEqual(socketsIn("", 1), []);
  assert.deepEqual(socketsIn("head\nx y\n\n", 1), []);
});

Deno.test({
  name: "each look at the kernel's table finds what is there by then",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using opened = openTcpTable();
    assert.ok(opened !== undefined);
    const table: TcpTable = opened;
    for (const hostname of ["127.0.0.1", "::1"]) {
      using listener = Deno.listen({ hostname, port: 0 });
      const { port } = listener.addr;
      assert.deepEqual((await table.socketsAt(port)).map(({ listening }) => listening), [true]);
      using client = await Deno.connect({ hostname, port });
      using _server = await listener.accept();
      const remotePorts: number[] = (await table.socketsAt(port)).map(({ remotePort }) =>
        remotePort
      );
      const clientPort = (client.localAddr as Deno.NetAddr).port;
      assert.deepEqual(remotePorts.sort((one, two) => one - two), [0, clientPort]);
    }
  },
});

Deno.test({
  name: "without the permission to read it there is none and nobody is asked",
  permissions: { read: false },
  fn() {
    assert.equal(openTcpTable(), undefined);
  },
});
