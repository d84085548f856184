/** Go's HTTP/2, both of its libraries, as the other end of either role. @module */

import assert from "node:assert/strict";
import { H2_PEER_MODULE } from "../real/go_modules.ts";
import { requirePrograms } from "../real/require_control_plane.ts";
import { runBlockClient, totalOf } from "../support/block_client.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { GO_LIBRARIES, goFetch, type GoFetched, GoServer } from "../support/go_h2_peer.ts";
import { assertEnded } from "../support/scaletool.ts";

const ignore = !await requirePrograms({ modules: [H2_PEER_MODULE] });

/** The client's own, over which it asks the server for its account; Go's has none. */
const TO_ASK = 1;

/** All of them came whole, to the byte, over HTTP/2. */
function assertWhole(seen: GoFetched, { count, bytes }: { count: number; bytes: number }): void {
  assert.deepEqual(seen.failures, {});
  assert.deepEqual(seen.protocols, { "HTTP/2.0": count });
  assert.equal(seen.whole, count);
  assert.equal(seen.bytes, bytes);
}

/** What Go's client asks of our server, and how many bytes it must get. */
const FETCHES: readonly { name: string; flags: readonly string[]; count: number; bytes: number }[] =
  [
    {
      name: "as go_httperf: paced blocks read 1 KiB at a time",
      flags: ["-loops", "20", "-requests", "2", "-block-size", "500", "-blocks", "20"]
        .concat("-period-ms", "5"),
      count: 40,
      bytes: 40 * 20 * 500,
    },
    {
      name: "1,000 streams at a time on one connection",
      flags: ["-loops", "1000", "-block-size", "5000", "-blocks", "4", "-period-ms", "20"],
      count: 1_000,
      bytes: 1_000 * 4 * 5_000,
    },
    {
      name: "a body of 100 MB",
      flags: ["-block-size", "1000000", "-blocks", "100", "-read-bytes", "65536"],
      count: 1,
      bytes: 100e6,
    },
    {
      name: "windows of 64 KiB",
      flags: ["-loops", "8", "-block-size", "1000000", "-blocks", "3", "-window", "65536"]
        .concat("-connection-window", "65536"),
      count: 8,
      bytes: 8 * 3e6,
    },
    {
      name: "frames of up to 1 MiB and an HPACK table of 64 KiB",
      flags: ["-loops", "4", "-requests", "3", "-block-size", "3000000", "-blocks", "6"]
        .concat("-max-frame", "1048576", "-header-table", "65536"),
      count: 12,
      bytes: 12 * 18e6,
    },
    {
      name: "POST of a form, with a trailer of the request's",
      flags: ["-method", "POST", "-trailers", "-loops", "4", "-requests", "5"],
      count: 20,
      bytes: 20 * 5_000,
    },
    {
      name: "HEAD, which has no body",
      flags: ["-method", "HEAD", "-loops", "4", "-requests", "5"],
      count: 20,
      bytes: 0,
    },
  ];

for (const library of GO_LIBRARIES) {
  Deno.test(
    `Go's client (${library}) gets every byte of the block server`,
    { ignore },
    async (t) => {
      await using server = await BlockServerProcess.start();
      for (const { name, flags, ...expected } of FETCHES) {
        await t.step(name, async () => {
          const seen = await goFetch(server, ["-library", library, ...flags]);
          assertWhole(seen, expected);
          assert.equal(seen.connections, 1);
        });
      }
    },
  );

  Deno.test(
    `Go's client (${library}) ends answers in the middle, and the others on the connection go on`,
    {
      ignore,
    },
    async () => {
      await using server = await BlockServerProcess.start();
      const seen = await goFetch(server, [
        ...["-library", library, "-loops", "40", "-requests", "2", "-give-up-after", "3000"],
        ...["-block-size", "1000", "-blocks", "30", "-period-ms", "10"],
      ]);
      assert.deepEqual(seen.failures, {});
      assert.deepEqual([seen.whole, seen.givenUp, seen.connections], [40, 40, 1]);
      const { report } = await server.stop();
      assert.equal(totalOf(report, "brokenOffStreams"), 40);
      assert.equal(totalOf(report, "completedStreams"), 40);
    },
  );

  Deno.test(`our client gets every block of Go's server (${library})`, { ignore }, async () => {
    await using server = await GoServer.start(["-library", library]);
    const run = await runBlockClient(server, [
      ...["--threads", "50", "--connections", "2", "--requests", "200", "--block-size", "20000"],
      ...["--blocks-per-request", "5", "--period", "2ms"],
    ]);
    assertEnded(run.finished);
    assert.match(run.finished.stdout, /not-reconciled|could not be compared/);
    assert.deepEqual([run.request.ok, run.request.failed], [200, 0]);
    const served = await server.stop();
    assert.equal(run.receivedBytes, served.bytes);
    assert.deepEqual(served.protocols, { "HTTP/2.0": 200 });
    assert.deepEqual([served.connections, served.brokenOff], [2 + TO_ASK, 0]);
  });

  Deno.test(`our client uses as many streams as Go's server (${library}) allows, and no more`, {
    ignore,
  }, async (t) => {
    for (const streams of [3, 1_000]) {
      await t.step(`${streams} streams`, async () => {
        await using server = await GoServer.start([
          ...["-library", library, "-max-streams", `${streams}`, "-hold", `${streams}`],
        ]);
        const run = await runBlockClient(server, [
          ...["--threads", "1000", "--requests", "1000", "--blocks-per-request", "1"],
          ...["--period", "1ms"],
        ]);
        assertEnded(run.finished);
        assert.deepEqual([run.request.ok, run.request.failed], [1_000, 0]);
        const served = await server.stop();
        assert.deepEqual([served.connections, served.mostOpen], [1 + TO_ASK, streams]);
      });
    }
  });

  Deno.test(`a GOAWAY of Go's server (${library}) with every 10th answer costs no request`, {
    ignore,
  }, async () => {
    await using server = await GoServer.start(["-library", library, "-close-every", "10"]);
    const run = await runBlockClient(server, [
      ...["--requests", "100", "--blocks-per-request", "1", "--period", "0"],
    ]);
    assertEnded(run.finished);
    assert.deepEqual([run.request.ok, run.request.failed], [100, 0]);
    const served = await server.stop();
    assert.equal(served.requests, 100);
    assert.ok(served.connections >= 10, `${served.connections} connections`);
  });
}
