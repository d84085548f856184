import assert from "node:assert/strict";
import { told } from "../../../support/frame_transcript.ts";

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  ["is told", "000005 02 00 00000003 00000001 0f", "PRIORITY 3"],
  ["may be exclusive", "000005 02 00 00000003 80000001 0f", "PRIORITY 3"],
  [
    "of 4 bytes ends its stream",
    "000004 02 00 00000003 00000001",
    "stream error 3 FRAME_SIZE_ERROR 6.3",
  ],
  [
    "of 6 bytes ends its stream",
    "000006 02 00 00000003 000000010f00",
    "stream error 3 FRAME_SIZE_ERROR 6.3",
  ],
  [
    "on stream 0 ends the connection",
    "000005 02 00 00000000 00000001 0f",
    "connection error PROTOCOL_ERROR 6.3",
  ],
  [
    "of a stream that depends on itself ends the stream",
    "000005 02 00 00000003 00000003 0f",
    "stream error 3 PROTOCOL_ERROR 5.3.1",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`a PRIORITY ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
