import assert from "node:assert/strict";
import type { FailureReason } from "../../core/measure/sample.ts";
import type { Report } from "../../core/report/report.ts";
import { FRAME, uint32s } from "../support/h2_frames.ts";
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
  /** Of what the user is told. */
  text?: RegExp;
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
    name: "RST_STREAM that refuses the stream",
    reason: "refused-stream",
    script: (stream) => stream.reset(H2Code.REFUSED_STREAM),
  },
  {
    name: "the end of TCP within the body",
    reason: "connection-closed",
    async script(stream) {
      await stream.headers(200);
      await stream.data(BLOCK.subarray(0, 50));
      stream.connection.close();
    },
  },
  {
    name: "DATA before HEADERS",
    reason: "protocol",
    script: (stream) => stream.data(BLOCK, { endStream: true }),
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
    reason: "stream-reset",
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
  {
    name: "REFUSED_STREAM",
    reason: "refused-stream",
    script: (stream) => stream.reset(H2Code.REFUSED_STREAM),
  },
  {
    name: "GOAWAY that leaves the request out",
    reason: "goaway",
    script: (stream) => stream.connection.goaway(0, H2Code.NO_ERROR),
  },
  {
    name: "the end of the connection within the body",
    reason: "connection-closed",
    async script(stream) {
      await stream.headers(200);
      await stream.data(BLOCK.subarray(0, 50));
      await stream.connection.closeWrite();
    },
  },
  {
    name: "DATA before HEADERS",
    reason: "protocol",
    text: /RFC 9113, section 8\.1/,
    script: (stream) => stream.data(BLOCK, { endStream: true }),
  },
  {
    name: "fields that cannot be decoded",
    reason: "protocol",
    text: /RFC 7541, section/,
    script: ({ connection, id }) =>
      connection.send(FRAME.HEADERS, new Uint8Array(5).fill(0xff), { flags: 0x4, streamId: id }),
  },
  {
    name: "a field name in upper case",
    reason: "protocol",
    text: /RFC 9113, section 8\.2\.1/,
    script: (stream) => stream.headers(200, { "X-Upper": "case" }),
  },
  {
    name: "a frame that is too long",
    reason: "protocol",
    text: /RFC 9113, section 4\.2/,
    async script(stream) {
      await stream.headers(200);
      await stream.data(new Uint8Array(16_385));
    },
  },
  {
    name: "a window that grows by nothing",
    reason: "protocol",
    text: /RFC 9113, section 6\.9/,
    script: ({ connection }) => connection.send(FRAME.WINDOW_UPDATE, uint32s(0)),
  },
  {
    name: "a window beyond 2^31 - 1",
    reason: "protocol",
    text: /RFC 9113, section 6\.9\.1/,
    script: ({ connection }) => connection.send(FRAME.WINDOW_UPDATE, uint32s(0x7fffffff)),
  },
  {
    name: "an initial window beyond 2^31 - 1",
    reason: "protocol",
    text: /RFC 9113, section 6\.5\.2/,
    script: ({ connection }) => connection.setting(0x4, 0x80000000),
  },
  {
    name: "ENABLE_PUSH of a server",
    reason: "protocol",
    text: /RFC 9113, section 6\.5\.2/,
    script: ({ connection }) => connection.setting(0x2, 1),
  },
  {
    name: "a push",
    reason: "protocol",
    text: /RFC 9113, section 8\.4/,
    script: ({ connection, id }) =>
      connection.send(FRAME.PUSH_PROMISE, new Uint8Array([0, 0, 0, 2, 0x82]), {
        flags: 0x4,
        streamId: id,
      }),
  },
  {
    name: "RST_STREAM of a stream that has not begun",
    reason: "protocol",
    text: /RFC 9113, section 5\.1/,
    script: ({ connection }) =>
      connection.send(FRAME.RST_STREAM, uint32s(H2Code.CANCEL), { streamId: 999_999 }),
  },
  {
    name: "a body that is longer than it says",
    reason: "protocol",
    text: /RFC 9113, section 8\.1\.1/,
    async script(stream) {
      await stream.headers(200, { "content-length": "99" });
      await stream.data(BLOCK, { endStream: true });
    },
  },
  {
    name: "HTTP/1.1 where HTTP/2 was agreed on",
    reason: "protocol",
    text: /RFC 9113, section/,
    script: ({ connection }) =>
      connection.sendBytes(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")),
  },
];

for (const { name, reason, text, script } of FAULTS) {
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
    if (text !== undefined) assert.match(done.stdout + done.stderr, text);
  });
}
