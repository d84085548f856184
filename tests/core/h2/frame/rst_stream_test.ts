import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

Deno.test("a RST_STREAM has its code", () => {
  const bytes = written((writer) => writer.encodeRstStream(9, 8));
  assert.equal(bytes, "00000403000000000900000008");
  assert.deepEqual(told(bytes), ["RST_STREAM 9 CANCEL"]);
});

Deno.test("a RST_STREAM may have a code without a name", () => {
  const bytes = written((writer) => writer.encodeRstStream(2 ** 31 - 1, 0xffff_ffff));
  assert.equal(bytes, "00000403007fffffffffffffff");
  assert.deepEqual(told(bytes), ["RST_STREAM 2147483647 0xffffffff"]);
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "of 3 bytes ends the connection",
    "000003 03 00 00000001 000000",
    "connection error FRAME_SIZE_ERROR 6.4",
  ],
  [
    "of 5 bytes ends the connection",
    "000005 03 00 00000001 0000000000",
    "connection error FRAME_SIZE_ERROR 6.4",
  ],
  [
    "on stream 0 ends the connection",
    "000004 03 00 00000000 00000008",
    "connection error PROTOCOL_ERROR 6.4",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`a RST_STREAM ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
