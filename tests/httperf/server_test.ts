import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CannotRunError } from "../../core/errors.ts";
import { blocksUrl } from "../../httperf/blocks.ts";
import type { BlockServer } from "../../httperf/server.ts";
import { eventually } from "../support/eventually.ts";
import { expectedBody, identity, newClient, PROTOCOLS, startPair } from "./block_server_pair.ts";

for (const protocol of PROTOCOLS) {
  Deno.test(`${protocol}: closing lets an open response end within the grace`, async () => {
    await using pair = await startPair(protocol);
    const response = await pair.get("/blocks?size=500&n=4&periodMS=50");
    const closing = pair.server.close({ graceMs: 60_000 });
    assert.equal((await response.arrayBuffer()).byteLength, 2_000);
    await closing;
    await pair.server.finished;
    const { total } = pair.server.stats();
    assert.deepEqual([total.completed, total.cancelled], [1, 0]);
    await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: pair.server.port }));
  });

  Deno.test(`${protocol}: closing cuts what is open after the grace, as an error for the reader`, async () => {
    await using pair = await startPair(protocol);
    const response = await pair.get("/blocks?size=500&n=2&periodMS=60000");
    const closing = pair.server.close({ graceMs: 20 });
    await assert.rejects(response.arrayBuffer());
    await closing;
    await pair.server.finished;
    const { total, openStreams } = pair.server.stats();
    assert.deepEqual([total.completed, total.cancelled, openStreams], [0, 1, 0]);
    assert.deepEqual(pair.events.map(({ kind }) => kind), ["opened", "ended"]);
  });

  Deno.test(`${protocol}: an impatient second close shortens the first`, async () => {
    await using pair = await startPair(protocol);
    const response = await pair.get("/blocks?size=500&n=2&periodMS=60000");
    const first = pair.server.close({ graceMs: 60_000 });
    await Promise.all([pair.server.close({ graceMs: 0 }), assert.rejects(response.arrayBuffer())]);
    await first;
    assert.equal(pair.server.stats().total.cancelled, 1);
  });
}

Deno.test("a client that does not read at all cannot keep the server from closing", async () => {
  for (const protocol of PROTOCOLS) {
    await using pair = await startPair(protocol);
    const response = await pair.get("/blocks?size=1000000&n=1000&periodMS=0");
    await eventually("bytes are on their way", () => pair.server.stats().total.bytes > 0);
    await pair.server.close({ graceMs: 0 });
    await assert.rejects(response.arrayBuffer());
    await pair.server.finished;
  }
});

Deno.test("the listening socket has lost Nagle's delay on Linux", async () => {
  await using pair = await startPair("HTTP/2");
  assert.equal(pair.server.nagleDisabled, Deno.build.os === "linux");
});

Deno.test("a port that is taken is named, with what to do", async () => {
  await using pair = await startPair("HTTP/2");
  const { port } = pair.server;
  const starting = startPair("HTTP/2", { listen: { hostname: "127.0.0.1", port } });
  await assert.rejects(starting, (error: unknown) => {
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      `Cannot listen on 127.0.0.1:${port}: the port is taken; ` +
        "choose another port with --listen or stop the program that has it",
    );
    return true;
  });
});

Deno.test("an address of another machine and a certificate that is none are refused", async () => {
  const elsewhere = { hostname: "192.0.2.1", port: 0 };
  await assert.rejects(startPair("HTTP/2", { listen: elsewhere }), {
    name: "CannotRunError",
    message: "Cannot listen on 192.0.2.1:0: " +
      "this machine has no such address; 0.0.0.0 means all it has",
  });
  await assert.rejects(startPair("HTTP/2", { tls: { certPem: "none", keyPem: "none" } }), {
    name: "CannotRunError",
    message: /^Cannot listen with TLS on 127\.0\.0\.1:0: /,
  });
});

Deno.test("two servers share one port", async () => {
  await using one = await startPair("HTTP/2", { reusePort: true });
  const listen = { hostname: "127.0.0.1", port: one.server.port };
  await using other = await startPair("HTTP/2", { reusePort: true, listen });
  assert.equal(other.server.port, one.server.port);
  assert.ok(Deno.build.os !== "linux" || other.server.nagleDisabled);
  const completed = ({ server }: { server: BlockServer }) => server.stats().total.completed;
  // The kernel chooses by hash, so each new connection has an even chance: 2^-63 to fail.
  for (let tries = 1; tries <= 64; tries++) {
    const client = newClient("HTTP/2");
    const response = await fetch(`${one.base}/blocks?size=9&n=1&periodMS=0`, { client });
    assert.equal((await response.arrayBuffer()).byteLength, 9);
    client.close();
    await eventually("counted", () => completed(one) + completed(other) === tries);
  }
  assert.ok(completed(one) > 0 && completed(other) > 0);
});

const hasCurl = await new Deno.Command("curl", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);

for (const [flag, version] of [["--http2", "2"], ["--http1.1", "1.1"]] as const) {
  Deno.test({
    name: `curl ${flag} that trusts the authority gets the blocks, paced and unpaced`,
    ignore: !hasCurl,
    async fn() {
      await using pair = await startPair("HTTP/2");
      const caPath = await Deno.makeTempFile({ suffix: ".pem" });
      await Deno.writeTextFile(caPath, identity.caPem);
      try {
        for (const periodMs of [0, 20]) {
          const url = blocksUrl(pair.base, { sizeBytes: 70_000, count: 5, periodMs });
          const format = "%{stderr}%{http_version} %{http_code}";
          const args = ["-sS", "--cacert", caPath, flag, "-w", format, url];
          const { stdout, stderr } = await new Deno.Command("curl", { args }).output();
          const expected = expectedBody({ sizeBytes: 70_000, count: 5, periodMs });
          assert.ok(Buffer.compare(stdout, expected) === 0);
          const [usedVersion, code] = new TextDecoder().decode(stderr).split(" ");
          assert.deepEqual([usedVersion, code], [version, "200"]);
        }
        await eventually("both completed", () => pair.server.stats().total.completed === 2);
        assert.equal(pair.server.stats().total.cancelled, 0);
      } finally {
        await Deno.remove(caPath);
      }
    },
  });
}
