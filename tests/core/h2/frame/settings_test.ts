import assert from "node:assert/strict";
import { told, written } from "../../../support/frame_transcript.ts";

Deno.test("SETTINGS are 6 bytes each", () => {
  const bytes = written((writer) =>
    writer.encodeSettings([{ id: 3, value: 100 }, { id: 4, value: 2 ** 31 - 1 }])
  );
  assert.equal(bytes, "00000c04000000000000030000006400047fffffff");
  assert.deepEqual(told(bytes), ["SETTINGS 3=100 4=2147483647"]);
});

Deno.test("SETTINGS may be empty", () => {
  const bytes = written((writer) => writer.encodeSettings([]));
  assert.equal(bytes, "000000040000000000");
  assert.deepEqual(told(bytes), ["SETTINGS"]);
});

Deno.test("their acknowledgement is empty", () => {
  const bytes = written((writer) => writer.encodeSettingsAck());
  assert.equal(bytes, "000000040100000000");
  assert.deepEqual(told(bytes), ["SETTINGS ACK"]);
});

const CASES: readonly (readonly [what: string, bytes: string, told: string])[] = [
  [
    "of 5 bytes end the connection",
    "000005 04 00 00000000 0003000000",
    "connection error FRAME_SIZE_ERROR 6.5",
  ],
  [
    "of 7 bytes end the connection",
    "000007 04 00 00000000 00030000000100",
    "connection error FRAME_SIZE_ERROR 6.5",
  ],
  [
    "on a stream end the connection",
    "000000 04 00 00000001",
    "connection error PROTOCOL_ERROR 6.5",
  ],
  [
    "acknowledged with a payload end the connection",
    "000006 04 01 00000000 000300000001",
    "connection error FRAME_SIZE_ERROR 6.5",
  ],
  [
    "may be of one id twice",
    "00000c 04 00 00000000 0003 00000001 0003 00000002",
    "SETTINGS 3=1 3=2",
  ],
  [
    "of an id that is not known are told",
    "000006 04 00 00000000 00ff ffffffff",
    "SETTINGS 255=4294967295",
  ],
  ["may allow push", "000006 04 00 00000000 0002 00000001", "SETTINGS 2=1"],
  [
    "with a push of 2 end the connection",
    "000006 04 00 00000000 0002 00000002",
    "connection error PROTOCOL_ERROR 6.5.2",
  ],
  [
    "with a window of 2^31 end the connection",
    "000006 04 00 00000000 0004 80000000",
    "connection error FLOW_CONTROL_ERROR 6.5.2",
  ],
  [
    "with frames of 2^14 - 1 end the connection",
    "000006 04 00 00000000 0005 00003fff",
    "connection error PROTOCOL_ERROR 6.5.2",
  ],
  ["may allow frames of 2^14", "000006 04 00 00000000 0005 00004000", "SETTINGS 5=16384"],
  ["may allow frames of 2^24 - 1", "000006 04 00 00000000 0005 00ffffff", "SETTINGS 5=16777215"],
  [
    "with frames of 2^24 end the connection",
    "000006 04 00 00000000 0005 01000000",
    "connection error PROTOCOL_ERROR 6.5.2",
  ],
];

for (const [what, bytes, line] of CASES) {
  Deno.test(`SETTINGS ${what}`, () => assert.deepEqual(told(bytes), [line]));
}
