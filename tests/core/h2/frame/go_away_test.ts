import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

Deno.test("a GOAWAY has the last stream, the code and words in UTF-8", () => {
  const bytes = written((writer) => writer.encodeGoAway(7, 11, "slow é"));
  assert.equal(bytes, "00000f070000000000000000070000000b736c6f7720c3a9");
  assert.deepEqual(told(bytes), ["GOAWAY 7 ENHANCE_YOUR_CALM 736c6f7720c3a9"]);
});

Deno.test("a GOAWAY may have the highest stream and no words", () => {
  const bytes = written((writer) => writer.encodeGoAway(2 ** 31 - 1, 0, ""));
  assert.equal(bytes, "0000080700000000007fffffff00000000");
  assert.deepEqual(told(bytes), ["GOAWAY 2147483647 NO_ERROR"]);
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "of 7 bytes ends the connection",
    "000007 07 00 00000000 00000000000000",
    "connection error FRAME_SIZE_ERROR 6.8",
  ],
  [
    "on a stream ends the connection",
    "000008 07 00 00000001 0000000000000000",
    "connection error PROTOCOL_ERROR 6.8",
  ],
  [
    "of a code without a name is told",
    "000008 07 00 00000000 00000001 fffffffe",
    "GOAWAY 1 0xfffffffe",
  ],
  [
    "with the reserved bit before its stream is told without",
    "000008 07 00 00000000 80000003 00000000",
    "GOAWAY 3 NO_ERROR",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`a GOAWAY ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
