import assert from "node:assert/strict";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { ServerChannel } from "../../../kube/http/server_channel.ts";
import { targetOf } from "../../support/api_target.ts";
import { FakeWire } from "./fake_wire.ts";

const SERVER = "https://127.0.0.1:6443";
const [first, second] = await Promise.all(
  ["one", "two"].map((name) => createServerIdentity({ hosts: [name], now: new Date() })),
);

/** A channel whose client certificate the test changes. */
async function opened() {
  const sent = { clientCert: first! };
  const credentials = {
    current: () => Promise.resolve({ ...sent }),
    invalidate: () => false,
  };
  const target = targetOf(SERVER, { credentials });
  const openWire = () => new FakeWire();
  const channel = await ServerChannel.open({ server: SERVER, target, http1: false, openWire });
  return { sent, channel };
}

Deno.test("the wire stays as long as the client certificate does", async () => {
  const { channel, sent } = await opened();
  using _channel = channel;
  const before = await channel.ready();
  sent.clientCert = { ...first! };
  const after = await channel.ready();
  assert.equal(after.wire, before.wire);
  assert.equal(after.credential.clientCert, sent.clientCert);
});

Deno.test("requests that find a new client certificate at one time share its wire", async () => {
  const { channel, sent } = await opened();
  using _channel = channel;
  const before = await channel.ready();
  sent.clientCert = second!;
  const all = await Promise.all([channel.ready(), channel.ready(), channel.ready()]);
  const [renewed] = all;
  assert.notEqual(renewed.wire, before.wire);
  for (const ready of [...all, await channel.ready()]) {
    assert.equal(ready.wire, renewed.wire);
    assert.equal(ready.credential.clientCert, second);
  }
});

Deno.test("a wire that takes no more requests is followed by another", async () => {
  const { channel } = await opened();
  using _channel = channel;
  const before = await channel.ready();
  before.wire[Symbol.dispose]();
  const after = await channel.ready();
  assert.notEqual(after.wire, before.wire);
  assert.equal((await channel.ready()).wire, after.wire);
});
