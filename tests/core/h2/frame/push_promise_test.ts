import assert from "node:assert/strict";
import { told } from "../../../support/frame_transcript.ts";

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "is told with its fields",
    "000006 05 04 00000001 00000002 8287",
    "PUSH_PROMISE 1 2 [:method=GET, :scheme=https]",
  ],
  [
    "may be padded",
    "000009 05 0c 00000001 02 00000002 8287 0000",
    "PUSH_PROMISE 1 2 [:method=GET, :scheme=https]",
  ],
  [
    "of 3 bytes ends the connection",
    "000003 05 04 00000001 000000",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
  [
    "whose padding is all of it ends the connection",
    "000005 05 0c 00000001 05 00000002",
    "connection error PROTOCOL_ERROR 6.6",
  ],
  [
    "whose padding leaves no stream ends the connection",
    "000006 05 0c 00000001 02 000000 0000",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
  [
    "padded and empty ends the connection",
    "000000 05 0c 00000001",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
  [
    "on stream 0 ends the connection",
    "000005 05 04 00000000 00000002 82",
    "connection error PROTOCOL_ERROR 6.6",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`a PUSH_PROMISE ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
