import assert from "node:assert/strict";
import type { FailureReason } from "../../core/measure/sample.ts";
import type { Report } from "../../core/report/report.ts";
import { H2Code, H2Peer, type H2PeerStream } from "../support/h2_peer.ts";
import { identity } from "../support/h2_target.ts";
import { scaletool, TempDir } from "../support/scaletool.ts";

/** One block of 100 bytes as a client that asks for blocks of 100 bytes expects it. */
const BLOCK = new Uint8Array(100);
BLOCK[0] = 65;
BLOCK[99] = 90;

/** What the server does with each request for one block, and what the client must count it as. */
const FAULTS: readonly {
  name: string;
  reason: FailureReason;
  script: (stream: H2PeerStream) => Promise<void>;
}[] = [
  {
    name: "404",
    reason: "http-404",
    script: (stream) => stream.headers(404, {}, { endStream: true }),
  },
  {
    name: "500",
    reason: "http-500",
    script: (stream) => stream.headers(500, {}, { endStream: true }),
  },
  {
    name: "RST_STREAM before the headers",
    reason: "stream-reset",
    script: (stream) => stream.reset(H2Code.INTERNAL_ERROR),
  },
  {
    name: "GOAWAY with an error",
    reason: "goaway",
    script: (stream) => stream.connection.goaway(0, H2Code.ENHANCE_YOUR_CALM),
  },
  {
    name: "half of a block",
    reason: "truncated",
    async script(stream) {
      await stream.headers(200);
      await stream.data(BLOCK.subarray(0, 50), { endStream: true });
    },
  },
  {
    name: "RST_STREAM within the body",
    reason: "truncated",
    async script(stream) {
      await stream.headers(200);
      await stream.data(BLOCK.subarray(0, 50));
      await stream.reset(H2Code.INTERNAL_ERROR);
    },
  },
  {
    name: "a block with a wrong last byte",
    reason: "corrupt",
    async script(stream) {
      await stream.headers(200);
      await stream.data(new Uint8Array(100).fill(65), { endStream: true });
    },
  },
  {
    name: "silence after the headers",
    reason: "stalled",
    script: (stream) => stream.headers(200),
  },
];

for (const { name, reason, script } of FAULTS) {
  Deno.test(`${name} is counted as ${reason}, again and again with back-off, and fails the run`, async () => {
    await using dir = new TempDir();
    const caFile = dir.file("ca.pem");
    Deno.writeTextFileSync(caFile, identity.caPem);
    await using peer = new H2Peer({ identity });
    const probed = new Set<unknown>();
    peer.onRequest((stream) => {
      // The first request of a connection proves that it works.
      if (probed.has(stream.connection)) return script(stream);
      probed.add(stream.connection);
      return stream.headers(404, {}, { endStream: true });
    });
    const done = await scaletool([
      ...["httperf", "--base-url", peer.baseUrl, "--ca", caFile, "--out", dir.file("run")],
      ...["--block-size", "100", "--blocks-per-request", "1", "--period", "0"],
      ...["--timeout", "100ms", "--duration", "1500ms"],
    ]);
    assert.equal(done.code, 3, done.stdout + done.stderr);
    const report: Report = JSON.parse(Deno.readTextFileSync(dir.file("run/result.json")));
    const request = report.summary.operations.find(({ op }) => op === "request")!;
    const count = request.failures[reason] ?? 0;
    assert.ok(count >= 2 && count < 20, `${count} in ${JSON.stringify(request.failures)}`);
    assert.equal(request.ok, 0);
    assert.match(done.stdout, new RegExp(reason));
  });
}
