/** Node's `node:http2` as the other end of either role. @module */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runBlockClient, totalOf } from "../support/block_client.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { outputOf } from "../support/command_output.ts";
import { PeerServer } from "../support/peer_server.ts";
import { assertEnded, hasPeer } from "../support/scaletool.ts";

const ignore = !hasPeer("node");

function script(name: string): string {
  return fileURLToPath(new URL(`node/${name}`, import.meta.url));
}

/** Options of block_client.mjs. */
interface Fetch {
  readonly name: string;
  readonly settings?: Record<string, unknown>;
  readonly changes?: Record<string, unknown>;
  readonly streams: number;
  readonly size: number;
  readonly count: number;
  readonly periodMs?: number;
}

const FETCHES: readonly Fetch[] = [
  { name: "100 paced streams", streams: 100, size: 500, count: 20, periodMs: 5 },
  { name: "20 MB on 2 streams", streams: 2, size: 1_000_000, count: 10 },
  {
    name: "windows of 16 bytes that grow in the middle",
    settings: { initialWindowSize: 16 },
    changes: { initialWindowSize: 1_000_000 },
    streams: 3,
    size: 100_000,
    count: 5,
  },
  {
    name: "windows that shrink below what is under way, frames that get larger",
    settings: { initialWindowSize: 1_000_000 },
    changes: { initialWindowSize: 1_000, maxFrameSize: 100_000 },
    streams: 3,
    size: 100_000,
    count: 20,
  },
  {
    name: "an HPACK table that goes in the middle",
    changes: { headerTableSize: 0 },
    streams: 20,
    size: 100,
    count: 5,
    periodMs: 5,
  },
];

async function nodeFetch(server: BlockServerProcess, options: Record<string, unknown>) {
  const { code, text } = await outputOf("node", [
    ...[script("block_client.mjs"), server.url, server.caFile, JSON.stringify(options)],
  ]);
  assert.equal(code, 0, text);
  return JSON.parse(text);
}

Deno.test("Node's client gets every byte of the block server", { ignore }, async (t) => {
  await using server = await BlockServerProcess.start();
  for (const { name, ...options } of FETCHES) {
    await t.step(name, async () => {
      const { streams, size, count } = options;
      const bytes = streams * size * count;
      assert.deepEqual(
        await nodeFetch(server, options),
        { whole: streams, givenUp: 0, bytes, failures: [], pingAnswers: 1 },
      );
    });
  }
});

Deno.test(
  "Node's client ends answers in the middle, and the others go on",
  { ignore },
  async () => {
    await using server = await BlockServerProcess.start();
    const options = { streams: 40, size: 1_000, count: 20, periodMs: 10, givesUp: true };
    const seen = await nodeFetch(server, options);
    assert.deepEqual([seen.whole, seen.givenUp, seen.failures], [20, 20, []]);
    const { report } = await server.stop();
    assert.equal(totalOf(report, "brokenOffStreams"), 20);
    assert.equal(totalOf(report, "completedStreams"), 20);
  },
);

/** Settings of block_server.mjs, and how our client meets them. */
const SERVERS: readonly { name: string; settings: Record<string, unknown>; flags: string[] }[] = [
  { name: "as it is", settings: {}, flags: [] },
  { name: "HTTP/1.1", settings: {}, flags: ["--http1"] },
  { name: "1 stream at a time", settings: { maxConcurrentStreams: 1 }, flags: [] },
  {
    name: "settings that change with each request",
    settings: { changes: { maxConcurrentStreams: 20, headerTableSize: 100, maxFrameSize: 65_536 } },
    flags: [],
  },
];

Deno.test("our client gets every block of Node's server", { ignore }, async (t) => {
  for (const { name, settings, flags } of SERVERS) {
    await t.step(name, async () => {
      await using server = await PeerServer.start("node", ({ certFile, keyFile }) => [
        ...[script("block_server.mjs"), certFile, keyFile, JSON.stringify(settings)],
      ]);
      const [port] = await server.line(/^\d+$/m);
      const target = { url: `https://127.0.0.1:${port}`, caFile: server.caFile };
      const run = await runBlockClient(target, [
        ...["--threads", "10", "--connections", "2", "--requests", "60", "--block-size", "50000"],
        ...["--blocks-per-request", "4", "--period", "1ms"],
        ...flags,
      ]);
      assertEnded(run.finished);
      assert.deepEqual([run.request.ok, run.request.failed], [60, 0]);
      await server.endInput();
      const seen = JSON.parse((await server.line(/^\{.*\}$/m))[0]);
      assert.deepEqual([seen.requests, seen.aborted], [60, 0]);
      assert.deepEqual(seen.versions, { [flags.length === 0 ? "2.0" : "1.1"]: 60 });
    });
  }
});
