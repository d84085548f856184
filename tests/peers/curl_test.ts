/** curl (nghttp2's library) as a client of the block server. @module */

import assert from "node:assert/strict";
import { totalOf } from "../support/block_client.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { outputOf } from "../support/command_output.ts";
import { hasPeer } from "../support/scaletool.ts";

const ignore = !hasPeer("curl");

/** curl's flag, and what it calls the version that it then speaks. */
const VERSIONS = [["--http2", "2"], ["--http1.1", "1.1"]] as const;

/** Three blocks of 500 bytes. */
const BODY = new Uint8Array(1500);
for (const block of [0, 1, 2]) {
  BODY[block * 500] = 65;
  BODY[block * 500 + 499] = 90;
}
const FORM = "size=500&n=3&periodMS=10";

/** Runs curl, which must not fail; its last line says the version and the status. */
async function curl(server: BlockServerProcess, version: string, args: readonly string[]) {
  const { code, text, stdout } = await outputOf("curl", [
    ...["-sS", "--cacert", server.caFile, version],
    ...["-w", "%{stderr}%{http_version} %{http_code}"],
    ...args,
  ]);
  assert.equal(code, 0, text);
  return { body: stdout, seen: text.slice(-"1.1 200".length).trim() };
}

for (const [flag, version] of VERSIONS) {
  Deno.test(`curl ${flag} gets blocks byte for byte, by GET and by POST of a form`, {
    ignore,
  }, async () => {
    await using server = await BlockServerProcess.start();
    for (const args of [[`${server.url}/blocks?${FORM}`], ["-d", FORM, `${server.url}/blocks`]]) {
      const { body, seen } = await curl(server, flag, args);
      assert.equal(seen.endsWith(`${version} 200`), true, seen);
      assert.deepEqual(body, BODY);
    }
  });

  Deno.test(`curl ${flag} gets no body by HEAD, and the next answer on the same connection`, {
    ignore,
  }, async () => {
    await using server = await BlockServerProcess.start();
    const url = `${server.url}/blocks?${FORM}`;
    const { body } = await curl(server, flag, [
      ...["-o", "/dev/null", "--head", url, "--next", "-sS", "--cacert", server.caFile, flag],
      ...["-w", "%{num_connects}", url],
    ]);
    // What is written of the second answer: its body, and that it needed no connection of its own.
    assert.deepEqual(body, new Uint8Array([...BODY, "0".charCodeAt(0)]));
  });

  Deno.test(`curl ${flag} reads slowly, and the server sends no faster`, { ignore }, async () => {
    await using server = await BlockServerProcess.start();
    const { body } = await curl(server, flag, [
      ...["--limit-rate", "2M", `${server.url}/blocks?size=1000000&n=3&periodMS=0`],
    ]);
    assert.equal(body.length, 3e6);
    const { report } = await server.stop();
    assert.equal(totalOf(report, "sentBytes"), 3e6);
  });

  Deno.test(
    `curl ${flag} hears of a path and of parameters that are wrong`,
    { ignore },
    async () => {
      await using server = await BlockServerProcess.start();
      for (
        const [path, status] of [["/nothing", "404"], ["/blocks?size=0&n=1&periodMS=0", "400"]]
      ) {
        const { seen } = await curl(server, flag, ["-o", "/dev/null", `${server.url}${path}`]);
        assert.equal(seen.endsWith(`${version} ${status}`), true, seen);
      }
    },
  );
}

Deno.test("curl has 50 answers at a time on one connection", { ignore }, async () => {
  await using server = await BlockServerProcess.start();
  const { body } = await curl(server, "--http2", [
    ...[
      "--parallel",
      "--parallel-max",
      "50",
      "-o",
      "/dev/null",
      "-w",
      "%{num_connects} %{size_download}\n",
    ],
    `${server.url}/blocks?size=20000&n=3&periodMS=5&stream=[1-50]`,
  ]);
  const rows = new TextDecoder().decode(body).trim().split("\n").map((line) => line.split(" "));
  assert.equal(rows.length, 50);
  assert.ok(rows.every(([, bytes]) => bytes === "60000"));
  assert.equal(rows.reduce((sum, [connects]) => sum + Number(connects), 0), 1);
});
