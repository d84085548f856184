/** nghttp2's programs: h2load and nghttp as clients of the block server, nghttpd as a server. @module */

import assert from "node:assert/strict";
import { runBlockClient } from "../support/block_client.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { outputOf } from "../support/command_output.ts";
import { eventually } from "../support/eventually.ts";
import { PeerServer } from "../support/peer_server.ts";
import { assertEnded, freePort, hasPeer, TempDir } from "../support/scaletool.ts";

/** What h2load is told beside the number of requests. */
const LOADS: readonly { name: string; flags: readonly string[] }[] = [
  { name: "25 streams on each of 4 connections", flags: ["-c", "4", "-m", "25"] },
  { name: "windows of 1 KiB a stream", flags: ["-c", "4", "-m", "25", "-w", "10"] },
  { name: "windows of 64 KiB a connection", flags: ["-c", "4", "-m", "25", "-W", "16"] },
  {
    name: "windows and frames as large as can be",
    flags: ["-c", "4", "-m", "25", "-f", "16777215"],
  },
  { name: "HTTP/1.1, 25 requests ahead", flags: ["-c", "4", "-m", "25", "--h1"] },
  { name: "HTTP/1.1, one at a time", flags: ["-c", "4", "--h1"] },
];

Deno.test("h2load gets all its answers", { ignore: !hasPeer("h2load") }, async (t) => {
  await using server = await BlockServerProcess.start();
  const url = `${server.url}/blocks?size=1000&n=50&periodMS=0`;
  for (const { name, flags } of LOADS) {
    await t.step(name, async () => {
      const { text } = await outputOf("h2load", ["-n", "200", ...flags, url]);
      assert.match(text, /200 succeeded, 0 failed, 0 errored/);
      const [, bytes] = /\((\d+)\) data/.exec(text) ?? [];
      assert.equal(Number(bytes), 200 * 50 * 1000, text);
    });
  }
});

/** What nghttp does that no other client does. */
const REQUESTS: readonly { name: string; flags: readonly string[] }[] = [
  { name: "padding on each frame", flags: ["-b", "255"] },
  { name: "fields in CONTINUATION frames", flags: ["--continuation"] },
  { name: "priorities as RFC 7540 has them", flags: ["-p", "16"] },
  { name: "no HPACK table", flags: ["-c", "0", "--encoder-header-table-size=0"] },
  { name: "an HPACK table that shrinks, then grows", flags: ["-c", "0", "-c", "4096"] },
  { name: "the smallest windows it has", flags: ["-w", "1", "-W", "16"] },
];

Deno.test("nghttp gets a block, whatever it makes of the protocol", {
  ignore: !hasPeer("nghttp"),
}, async (t) => {
  await using server = await BlockServerProcess.start();
  for (const { name, flags } of REQUESTS) {
    await t.step(name, async () => {
      const url = `${server.url}/blocks?size=3000&n=1&periodMS=0`;
      const { code, stdout, text } = await outputOf("nghttp", ["-y", ...flags, url]);
      assert.equal(code, 0, text);
      assert.equal(stdout.length, 3_000, text);
      assert.deepEqual([stdout.at(0), stdout.at(-1)], [65, 90]);
    });
  }
});

Deno.test("nghttp sends a form that the server says may come, and a trailer after it", {
  ignore: !hasPeer("nghttp"),
}, async () => {
  await using server = await BlockServerProcess.start();
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("form"), "size=3000&n=2&periodMS=1");
  const { code, stdout, text } = await outputOf("nghttp", [
    ...["-y", "--expect-continue", "--trailer", "checked: yes", "-d", dir.file("form")],
    ...["-H", "content-type: application/x-www-form-urlencoded", `${server.url}/blocks`],
  ]);
  assert.equal(code, 0, text);
  assert.equal(stdout.length, 6_000, text);
});

/** It does not say when it is up. */
async function takesConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** What nghttpd does to its clients. */
const SERVERS: readonly { name: string; flags: readonly string[] }[] = [
  { name: "as it is", flags: [] },
  { name: "padding on each frame", flags: ["-b", "255"] },
  { name: "a trailer after each body", flags: ["--trailer", "checked: yes"] },
  { name: "3 streams at a time", flags: ["-m", "3"] },
  { name: "an HPACK table of 0 bytes", flags: ["-c", "0", "--encoder-header-table-size=0"] },
];

Deno.test("our client gets every block of nghttpd", { ignore: !hasPeer("nghttpd") }, async (t) => {
  for (const { name, flags } of SERVERS) {
    await t.step(name, async () => {
      const port = freePort();
      await using server = await PeerServer.start("nghttpd", ({ dir, certFile, keyFile }) => {
        const block = new Uint8Array(300_000);
        block[0] = 65;
        block[299_999] = 90;
        Deno.writeFileSync(`${dir}/blocks`, block);
        return ["-a", "127.0.0.1", "-d", dir, ...flags, `${port}`, keyFile, certFile];
      });
      await eventually("nghttpd listens", () => takesConnections(port));
      const target = { url: `https://127.0.0.1:${port}`, caFile: server.caFile };
      const run = await runBlockClient(target, [
        ...["--threads", "20", "--connections", "2", "--requests", "100", "--period", "0"],
        // It knows nothing of parameters: a file of one block is what it has.
        ...["--block-size", "300000", "--blocks-per-request", "1"],
      ]);
      assertEnded(run.finished);
      assert.deepEqual([run.request.ok, run.request.failed], [100, 0]);
      assert.equal(run.receivedBytes, 100 * 300_000);
    });
  }
});
