import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

Deno.test("HEADERS have their fields", () => {
  const bytes = written((writer) => writer.encodeHeaders(3, [[":status", "200"]], false));
  assert.equal(bytes, "00000101040000000388");
  assert.deepEqual(told(bytes), ["HEADERS 3 [:status=200]"]);
});

Deno.test("HEADERS may end the stream", () => {
  const bytes = written((writer) => writer.encodeHeaders(3, [[":status", "404"]], true));
  assert.equal(bytes, "0000010105000000038d");
  assert.deepEqual(told(bytes), ["HEADERS 3 END_STREAM [:status=404]"]);
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  ["may be empty", "000000 01 04 00000001", "HEADERS 1 []"],
  ["may be padded", "000004 01 0c 00000001 02 82 0000", "HEADERS 1 [:method=GET]"],
  ["may be padding only", "000003 01 0c 00000001 02 0000", "HEADERS 1 []"],
  ["may have a priority", "000006 01 24 00000003 00000001 0f 82", "HEADERS 3 [:method=GET]"],
  [
    "may have padding and a priority",
    "000008 01 2c 00000003 01 80000001 0f 82 00",
    "HEADERS 3 [:method=GET]",
  ],
  [
    "of a stream that depends on itself are told with an error",
    "000006 01 25 00000003 80000003 0f 82",
    "HEADERS 3 END_STREAM [:method=GET] PROTOCOL_ERROR 5.3.1",
  ],
  [
    "whose padding is all of them end the connection",
    "000003 01 0c 00000001 03 82 00",
    "connection error PROTOCOL_ERROR 6.2",
  ],
  [
    "padded and empty end the connection",
    "000000 01 0c 00000001",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
  [
    "with 4 bytes of a priority end the connection",
    "000004 01 24 00000003 00000001",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
  [
    "whose padding leaves no priority end the connection",
    "000007 01 2c 00000003 02 00000001 0000",
    "connection error FRAME_SIZE_ERROR 4.2",
  ],
  [
    "on stream 0 end the connection",
    "000001 01 04 00000000 82",
    "connection error PROTOCOL_ERROR 6.2",
  ],
  [
    "that cannot be decoded end the connection",
    "000001 01 04 00000001 80",
    "connection error COMPRESSION_ERROR 2.3.3",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`HEADERS ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
