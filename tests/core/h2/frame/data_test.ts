import assert from "node:assert/strict";
import { writeDataHead } from "../../../../core/h2/frame/data.ts";
import { hex, told } from "../../../support/frame_transcript.ts";

Deno.test("the head of DATA is written in place", () => {
  const bytes = new Uint8Array(11);
  writeDataHead(bytes, 1, { streamId: 0x12345678, lengthBytes: 0xabcdef, endStream: true });
  assert.equal(hex(bytes), "00abcdef00011234567800");
  writeDataHead(bytes, 1, { streamId: 1, lengthBytes: 0, endStream: false });
  assert.equal(hex(bytes), "0000000000000000000100");
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  ["is told", "000002 00 00 00000001 abcd", "DATA 1 (2) abcd end"],
  ["may end the stream", "000002 00 01 00000001 abcd", "DATA 1 (2) abcd END_STREAM"],
  ["may be empty", "000000 00 01 00000001", "DATA 1 (0) - END_STREAM"],
  [
    "may be padded, and counts with it",
    "000005 00 09 00000001 02 abcd 0000",
    "DATA 1 (5) abcd END_STREAM",
  ],
  ["may be padding only", "000003 00 08 00000001 02 0000", "DATA 1 (3) - end"],
  ["may have the byte of its padding only", "000001 00 08 00000001 00", "DATA 1 (1) - end"],
  ["may have padding that is not zeros", "000003 00 08 00000001 01 ab ff", "DATA 1 (3) ab end"],
  [
    "on stream 0 ends the connection",
    "000002 00 00 00000000 abcd",
    "connection error PROTOCOL_ERROR 6.1",
  ],
  [
    "padded and empty ends the connection",
    "000000 00 08 00000001",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`DATA ${what}`, () => assert.deepEqual(told(bytes), [line]));
}

Deno.test("DATA whose padding is all of it ends the connection", () => {
  assert.deepEqual(told("000003 00 08 00000001 03 abcd"), [
    "DATA 1 (3) -",
    "connection error PROTOCOL_ERROR 6.1",
  ]);
});
