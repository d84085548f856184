import assert from "node:assert/strict";
import type { FrameHandler } from "../../../../core/h2/codec/frame_handler.ts";
import { FrameReader } from "../../../../core/h2/codec/frame_reader.ts";
import { StreamError } from "../../../../core/h2/errors.ts";
import { told, Transcript, transcript, unhex } from "../../../support/frame_transcript.ts";

const PING = "000008 06 00 00000000 0102030405060708";

/** One frame of each type, a padded one and a block in several frames among them. */
const ALL_TYPES = [
  "000006 04 00 00000000 0003 00000064",
  "000000 04 01 00000000",
  "000003 01 00 00000001 400161",
  "000000 09 00 00000001",
  "000002 09 04 00000001 0131",
  "000006 00 08 00000001 02 abcdef 0000",
  "000005 02 00 00000003 00000001 0f",
  "000004 08 00 00000003 00000000",
  "000003 f0 ff 00000005 123456",
  "000006 05 04 00000001 00000002 82be",
  PING,
  "000004 08 00 00000000 0000ffff",
  "000001 01 05 00000005 be",
  "000000 00 01 00000005",
  "000004 03 00 00000001 00000008",
  "000009 07 00 00000000 00000005 00000000 21",
  "000004 08 00 00000000 00000000",
].join("");

const ALL_TOLD = [
  "SETTINGS 3=100",
  "SETTINGS ACK",
  "HEADERS 1 [a=1]",
  "DATA 1 (6) abcdef end",
  "PRIORITY 3",
  "stream error 3 PROTOCOL_ERROR 6.9",
  "unknown 240 5",
  "PUSH_PROMISE 1 2 [:method=GET, a=1]",
  "PING 0102030405060708",
  "WINDOW_UPDATE 0 65535",
  "HEADERS 5 END_STREAM [a=1]",
  "DATA 5 (0) - END_STREAM",
  "RST_STREAM 1 CANCEL",
  "GOAWAY 5 NO_ERROR 21",
  "connection error PROTOCOL_ERROR 6.9",
];

Deno.test("frames of one read are told in order, up to an error of the connection", () => {
  assert.deepEqual(told(ALL_TYPES + PING), ALL_TOLD);
});

Deno.test("wherever a read ends, the same is told", () => {
  const bytes = unhex(ALL_TYPES);
  for (let at = 0; at <= bytes.length; at++) {
    const reads = [bytes.subarray(0, at), bytes.subarray(at)];
    assert.deepEqual(transcript(reads), ALL_TOLD, `two reads, ${at} bytes first`);
  }
  for (let size = 1; size < 20; size++) {
    const reads = [];
    for (let at = 0; at < bytes.length; at += size) reads.push(bytes.subarray(at, at + size));
    assert.deepEqual(transcript(reads), ALL_TOLD, `reads of ${size} bytes`);
  }
});

Deno.test("what is held does not change when the memory of a read is used again", () => {
  const bytes = unhex(ALL_TYPES);
  const memory = new Uint8Array(1);
  const reads = (function* () {
    for (const byte of bytes) {
      memory[0] = byte;
      yield memory;
    }
  })();
  assert.deepEqual(transcript(reads), ALL_TOLD);
});

Deno.test("a frame of the largest size is read, one byte more ends the connection at its head", () => {
  const most = "004000 00 00 00000001";
  assert.deepEqual(told(most + "61".repeat(16_384)), [
    `DATA 1 (16384) ${"61".repeat(16_384)} end`,
  ]);
  for (const type of ["00", "01", "04", "f0"]) {
    assert.deepEqual(told(`004001 ${type} 00 00000001`), [
      "connection error FRAME_SIZE_ERROR 4.2",
    ]);
  }
});

Deno.test("DATA is told as it comes, before its frame has come whole", () => {
  const head = "000004 00 01 00000001";
  assert.deepEqual(told(head), ["DATA 1 (4) -"]);
  assert.deepEqual(told(head + "abcd"), ["DATA 1 (4) abcd"]);
  assert.deepEqual(told(head + "abcdef01"), ["DATA 1 (4) abcdef01 END_STREAM"]);
});

Deno.test("a piece of DATA is a view of what was read", () => {
  const read = unhex("000002 00 00 00000001 abcd");
  const pieces: Uint8Array[] = [];
  const handler = new class extends Transcript {
    override onDataPiece(_streamId: number, piece: Uint8Array): void {
      pieces.push(piece);
    }
  }();
  reader(handler).receive(read);
  assert.equal(pieces[0]!.buffer, read.buffer);
});

Deno.test("each frame is counted at its head, CONTINUATION and unknown types too", () => {
  const heads: number[][] = [];
  const handler = new class extends Transcript {
    override onFrame(...head: number[]): void {
      heads.push(head);
    }
  }();
  reader(handler).receive(unhex(
    "000001 01 01 00000001 82" + "000001 09 04 00000001 87" + "000003 fa 07 00000009",
  ));
  assert.deepEqual(heads, [[1, 1, 1, 1], [9, 4, 1, 1], [0xfa, 7, 9, 3]]);
});

Deno.test("a stream error that the handler throws comes back, and reading goes on", () => {
  for (const method of ["onDataStart", "onDataPiece", "onDataEnd", "onHeaders"] as const) {
    const handler = new Transcript();
    handler[method] = () => {
      throw new StreamError(1, "STREAM_CLOSED", "RFC 9113, section 5.1: closed");
    };
    reader(handler).receive(unhex(
      "000001 00 00 00000001 ff" + "000001 01 04 00000001 82" + PING,
    ));
    assert.equal(handler.lines.filter((line) => line.startsWith("stream error 1")).length, 1);
    assert.equal(handler.lines.at(-1), "PING 0102030405060708", method);
  }
});

Deno.test("a header list over the limit is told as too large, and the table goes on", () => {
  const lines = told(
    "00000a 01 05 00000001 400161 0131 400162 0132" + "000001 01 05 00000003 be",
    { maxHeaderListBytes: 40 },
  );
  assert.deepEqual(lines, ["HEADERS 1 END_STREAM too large", "HEADERS 3 END_STREAM [b=2]"]);
});

Deno.test("a field block over the limit ends the connection, in one frame or in several", () => {
  const error = "connection error ENHANCE_YOUR_CALM 10.5.1";
  const limits = { maxHeaderBlockBytes: 3 };
  assert.deepEqual(told("000003 01 04 00000001 828282", limits), [
    "HEADERS 1 [:method=GET, :method=GET, :method=GET]",
  ]);
  assert.deepEqual(told("000004 01 04 00000001 82828282", limits), [error]);
  assert.deepEqual(told("000004 01 00 00000001 82828282", limits), [error]);
  assert.deepEqual(
    told("000002 01 00 00000001 8282" + "000002 09 00 00000001 8282", limits),
    [error],
  );
});

Deno.test("CONTINUATIONs over the limit end the connection, be they empty", () => {
  const more = "000000 09 00 00000001";
  const limits = { maxContinuations: 3 };
  const begin = "000001 01 00 00000001 82";
  assert.deepEqual(told(begin + more.repeat(2) + "000000 09 04 00000001", limits), [
    "HEADERS 1 [:method=GET]",
  ]);
  assert.deepEqual(told(begin + more.repeat(4), limits), [
    "connection error ENHANCE_YOUR_CALM 10.5.1",
  ]);
});

Deno.test("what a peer may keep of our table is our setting, once it has acknowledged it", () => {
  const ack = "000000 04 01 00000000";
  const update = (size: string) => `000003 01 04 00000001 ${size}82`;
  const get = "HEADERS 1 [:method=GET]";
  const error = (section: string) => `connection error COMPRESSION_ERROR ${section}`;
  const small = { headerTableBytes: 64 };
  assert.deepEqual(told("000001 01 04 00000001 82" + ack + update("3f21"), small), [
    get,
    "SETTINGS ACK",
    get,
  ]);
  assert.deepEqual(told(ack + "000001 01 04 00000001 82", small), ["SETTINGS ACK", error("4.2")]);
  assert.deepEqual(told(ack + update("3f22"), small), ["SETTINGS ACK", error("6.3")]);
  const large = { headerTableBytes: 4_224 };
  assert.deepEqual(told("000004 01 04 00000001 3fe12082", large), [get]);
  assert.deepEqual(told("000004 01 04 00000001 3fe22082", large), [error("6.3")]);
});

function reader(handler: FrameHandler): FrameReader {
  return new FrameReader(handler, {
    maxFrameBytes: 16_384,
    maxHeaderListBytes: 1_000,
    headerTableBytes: 4_096,
    maxHeaderBlockBytes: 1_000,
    maxContinuations: 4,
  });
}
