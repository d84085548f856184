import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

Deno.test("a WINDOW_UPDATE of a stream", () => {
  const bytes = written((writer) => writer.encodeWindowUpdate(5, 1_000));
  assert.equal(bytes, "000004080000000005000003e8");
  assert.deepEqual(told(bytes), ["WINDOW_UPDATE 5 1000"]);
});

Deno.test("a WINDOW_UPDATE of the connection, as large as can be", () => {
  const bytes = written((writer) => writer.encodeWindowUpdate(0, 2 ** 31 - 1));
  assert.equal(bytes, "0000040800000000007fffffff");
  assert.deepEqual(told(bytes), ["WINDOW_UPDATE 0 2147483647"]);
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "of 3 bytes ends the connection",
    "000003 08 00 00000001 000001",
    "connection error FRAME_SIZE_ERROR 6.9",
  ],
  [
    "of 5 bytes ends the connection",
    "000005 08 00 00000001 0000000001",
    "connection error FRAME_SIZE_ERROR 6.9",
  ],
  [
    "of 0 on a stream ends the stream",
    "000004 08 00 00000003 00000000",
    "stream error 3 PROTOCOL_ERROR 6.9",
  ],
  [
    "of 0 on the connection ends the connection",
    "000004 08 00 00000000 00000000",
    "connection error PROTOCOL_ERROR 6.9",
  ],
  [
    "of the reserved bit alone is of 0",
    "000004 08 00 00000003 80000000",
    "stream error 3 PROTOCOL_ERROR 6.9",
  ],
  ["with the reserved bit is told without", "000004 08 00 00000003 80000001", "WINDOW_UPDATE 3 1"],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`a WINDOW_UPDATE ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
