import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

Deno.test("a PING is its 8 bytes", () => {
  const bytes = written((writer) => writer.encodePing(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255)));
  assert.equal(bytes, "00000806000000000001020304050607ff");
  assert.deepEqual(told(bytes), ["PING 01020304050607ff"]);
});

Deno.test("the answer to a PING has its 8 bytes and ACK", () => {
  const bytes = written((writer) => writer.encodePingAck(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)));
  assert.equal(bytes, "0000080601000000000102030405060708");
  assert.deepEqual(told(bytes), ["PING ACK 0102030405060708"]);
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "of 7 bytes ends the connection",
    "000007 06 00 00000000 01020304050607",
    "connection error FRAME_SIZE_ERROR 6.7",
  ],
  [
    "of 9 bytes ends the connection",
    "000009 06 00 00000000 010203040506070809",
    "connection error FRAME_SIZE_ERROR 6.7",
  ],
  [
    "of 0 bytes with ACK ends the connection",
    "000000 06 01 00000000",
    "connection error FRAME_SIZE_ERROR 6.7",
  ],
  [
    "on a stream ends the connection",
    "000008 06 00 00000001 0102030405060708",
    "connection error PROTOCOL_ERROR 6.7",
  ],
  [
    "with flags that it does not know is a PING",
    "000008 06 fe 00000000 0102030405060708",
    "PING 0102030405060708",
  ],
  [
    "with the reserved bit before stream 0 is a PING",
    "000008 06 00 80000000 0102030405060708",
    "PING 0102030405060708",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`a PING ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
