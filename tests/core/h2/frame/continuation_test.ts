import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

/** The head of a HEADERS that its CONTINUATIONs end. */
const HEADERS = "000001 01 01 00000001 82";

Deno.test("a block larger than the peer's frames goes into CONTINUATIONs", () => {
  const bytes = written((writer) => {
    writer.maxFrameBytes = 3;
    writer.encodeHeaders(1, [[":method", "GET"], ["\0", "12345"]], true);
  });
  assert.equal(
    bytes,
    // 82: the method; 40 01 00 84: the name, and the length of what is shorter in Huffman's code
    "000003" + "0101" + "00000001" + "824001" +
      "000003" + "0900" + "00000001" + "008408" +
      "000003" + "0904" + "00000001" + "9969bf",
  );
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "ends the block",
    "000001 09 04 00000001 87",
    "HEADERS 1 END_STREAM [:method=GET, :scheme=https]",
  ],
  ["may be empty", "000000 09 04 00000001", "HEADERS 1 END_STREAM [:method=GET]"],
  [
    "may come several times",
    "000000 09 00 00000001" + "000001 09 00 00000001 87" + "000001 09 04 00000001 84",
    "HEADERS 1 END_STREAM [:method=GET, :scheme=https, :path=/]",
  ],
  [
    "of another stream ends the connection",
    "000001 09 04 00000003 87",
    "connection error PROTOCOL_ERROR 4.3",
  ],
  [
    "of stream 0 ends the connection",
    "000001 09 04 00000000 87",
    "connection error PROTOCOL_ERROR 4.3",
  ],
  [
    "is not to come after DATA",
    "000000 00 00 00000001" + "000001 09 04 00000001 87",
    "connection error PROTOCOL_ERROR 4.3",
  ],
  [
    "is not to come after a PRIORITY",
    "000005 02 00 00000001 00000003 00",
    "connection error PROTOCOL_ERROR 4.3",
  ],
  [
    "is not to come after other HEADERS",
    "000001 01 05 00000003 82",
    "connection error PROTOCOL_ERROR 4.3",
  ],
  [
    "is not to come after an unknown frame",
    "000000 16 00 00000001",
    "connection error PROTOCOL_ERROR 4.3",
  ],
  [
    "that brings the rest of a field ends the block",
    "000002 09 00 00000001 0001" + "000003 09 04 00000001 610162",
    "HEADERS 1 END_STREAM [:method=GET, a=b]",
  ],
  [
    "that ends within a field ends the connection",
    "000002 09 04 00000001 0005",
    "connection error COMPRESSION_ERROR 3.1",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`CONTINUATION ${what}`, () => assert.deepEqual(told(HEADERS + bytes), [line]));
}

Deno.test("CONTINUATION without a block that is open ends the connection", () => {
  const whole = "000001 01 04 00000001 82";
  const more = "000001 09 04 00000001 87";
  const error = "connection error PROTOCOL_ERROR 6.10";
  assert.deepEqual(told(more), [error]);
  assert.deepEqual(told(whole + more), ["HEADERS 1 [:method=GET]", error]);
  assert.deepEqual(told(HEADERS + more + more).at(-1), error);
});
