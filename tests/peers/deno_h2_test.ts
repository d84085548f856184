/** Deno's own `fetch` and `Deno.serve` (hyper's libraries) as the other end of either role. @module */

import assert from "node:assert/strict";
import { runBlockClient } from "../support/block_client.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { identity } from "../support/h2_target.ts";
import { assertEnded, TempDir } from "../support/scaletool.ts";

const VERSIONS = [
  { name: "HTTP/2", options: { http1: false, http2: true }, flags: [] },
  { name: "HTTP/1.1", options: { http1: true, http2: false }, flags: ["--http1"] },
] as const;

for (const { name, options, flags } of VERSIONS) {
  Deno.test(`fetch over ${name} gets every block of the block server`, async () => {
    await using server = await BlockServerProcess.start();
    const caCerts = [Deno.readTextFileSync(server.caFile)];
    using client = Deno.createHttpClient({ caCerts, ...options });
    const url = `${server.url}/blocks?size=20000&n=10&periodMS=1`;
    const bodies = await Promise.all(Array.from({ length: 50 }, async () => {
      const answer = await fetch(url, { client });
      assert.equal(answer.status, 200);
      return await answer.bytes();
    }));
    const expected = new Uint8Array(200_000);
    for (let block = 0; block < 10; block++) {
      expected[block * 20_000] = 65;
      expected[block * 20_000 + 19_999] = 90;
    }
    for (const body of bodies) assert.deepEqual(body, expected);
  });

  Deno.test(`fetch over ${name} gives an answer up, and gets the next one`, async () => {
    await using server = await BlockServerProcess.start();
    const caCerts = [Deno.readTextFileSync(server.caFile)];
    using client = Deno.createHttpClient({ caCerts, ...options });
    const endless = await fetch(`${server.url}/blocks?size=500&n=1000000&periodMS=1`, { client });
    const reader = endless.body!.getReader();
    assert.equal((await reader.read()).done, false);
    await reader.cancel();
    const next = await fetch(`${server.url}/blocks?size=500&n=1&periodMS=0`, { client });
    assert.equal((await next.bytes()).length, 500);
  });

  Deno.test(`our client over ${name} gets every block of Deno.serve`, async () => {
    const block = new Uint8Array(30_000);
    block[0] = 65;
    block[29_999] = 90;
    await using server = Deno.serve({
      ...{ hostname: "127.0.0.1", port: 0, cert: identity.certPem, key: identity.keyPem },
      onListen() {},
    }, (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/blocks") return new Response(null, { status: 404 });
      const blocks = Array<Uint8Array>(Number(searchParams.get("n"))).fill(block);
      return new Response(ReadableStream.from(blocks));
    });
    await using dir = new TempDir();
    Deno.writeTextFileSync(dir.file("ca.pem"), identity.caPem);
    const target = { url: `https://127.0.0.1:${server.addr.port}`, caFile: dir.file("ca.pem") };
    const run = await runBlockClient(target, [
      ...["--threads", "300", "--requests", "600", "--block-size", "30000", "--period", "0"],
      ...["--blocks-per-request", "3", ...flags],
    ]);
    assertEnded(run.finished);
    assert.deepEqual([run.request.ok, run.request.failed], [600, 0]);
  });
}
