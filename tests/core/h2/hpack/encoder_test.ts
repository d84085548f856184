import assert from "node:assert/strict";
import fc from "fast-check";
import type { HeaderField } from "../../../../core/h2/header_field.ts";
import { HpackDecoder } from "../../../../core/h2/hpack/decoder.ts";
import { HpackEncoder } from "../../../../core/h2/hpack/encoder.ts";
import { SENSITIVE_NAMES } from "../../../../core/h2/hpack/sensitive_names.ts";
import { hex } from "../../../support/frame_transcript.ts";

/** Each list as one encoder encodes it. */
function encode(...lists: HeaderField[][]): string[] {
  const encoder = new HpackEncoder();
  return lists.map((fields) => hex(encoder.encode(fields)));
}

for (
  const [what, field, bytes] of [
    ["a field of the static table", [":status", "404"], "8d"],
    ["a name of the static table", ["server", "\x01"], "76" + "0101"],
    ["a name that is new", ["\x02", "\x01"], "40" + "0102" + "0101"],
    ["what is another value each time", [":path", "/\x01"], "04" + "022f01"],
    ["what is sensitive", ["cookie", "\x01"], "1f11" + "0101"],
    ["what is shorter in Huffman's code", ["\x02", "aaaa"], "40" + "0102" + "8318c63f"],
    ["what is as long in Huffman's code", ["\x02", "a"], "40" + "0102" + "0161"],
    ["an empty value", ["\x02", ""], "40" + "0102" + "00"],
    ["what is not ASCII", ["\x02", "\xff"], "40" + "0102" + "01ff"],
    [
      "a value of 200 bytes",
      ["\x02", "\x01".repeat(200)],
      "40" + "0102" + "7f49" + "01".repeat(200),
    ],
  ] as const
) {
  Deno.test(`encode() of ${what}`, () => assert.deepEqual(encode([field]), [bytes]));
}

Deno.test("encode() of no fields is no bytes", () => assert.deepEqual(encode([]), [""]));

Deno.test("what was sent is sent as its index, the newest first", () => {
  const [a, b]: HeaderField[] = [["x-a", "1"], ["x-b", "2"]];
  assert.deepEqual(encode([a!, b!], [a!, b!]).at(-1), "bfbe");
});

Deno.test("a name that was sent is sent as its index", () => {
  assert.equal(encode([["\x02", "\x03"]], [["\x02", "\x04"]]).at(-1), "7e" + "0104");
});

Deno.test("what is sensitive is sent whole each time, and is never to be kept", () => {
  for (const name of SENSITIVE_NAMES) {
    const [first, second] = encode([[name, "secret"]], [[name, "secret"]]);
    assert.equal(first, second);
    assert.equal(first![0], "1", name);
  }
});

Deno.test("what would fill most of the table is not kept", () => {
  const field: HeaderField = ["\x02", "\x01".repeat(3_100)];
  const [first, second] = encode([field], [field]);
  assert.equal(first, second);
});

Deno.test("a lower size of the peer's table is told in the next block, once", () => {
  const encoder = new HpackEncoder();
  encoder.peerTableBytes = 30;
  assert.equal(hex(encoder.encode([[":status", "200"]])), "3e" + "88");
  assert.equal(hex(encoder.encode([[":status", "200"]])), "88");
});

Deno.test("a higher size than ours is not used", () => {
  const encoder = new HpackEncoder();
  encoder.peerTableBytes = 65_536;
  assert.equal(hex(encoder.encode([[":status", "200"]])), "88");
});

Deno.test("of two sizes between two blocks the table begins empty", () => {
  const encoder = new HpackEncoder();
  const field: HeaderField = ["\x02", "\x03"];
  encoder.encode([field]);
  encoder.peerTableBytes = 100;
  encoder.peerTableBytes = 4_096;
  assert.equal(hex(encoder.encode([field])), "20" + "3fe11f" + "40" + "0102" + "0103");
});

Deno.test("after fields that cannot be sent both tables begin empty", () => {
  const encoder = new HpackEncoder();
  assert.throws(() => encoder.encode([["x-a", "1"], ["x-b", "\u20ac"]]), {
    name: "RangeError",
    message: 'Cannot send "\u20ac" in a header: it has characters above U+00FF',
  });
  const decoder = new HpackDecoder(1_000);
  assert.deepEqual(decoder.decode(encoder.encode([["x-a", "1"]])), [["x-a", "1"]]);
});

const bytesText = fc.uint8Array({ maxLength: 60 }).map((bytes) => String.fromCharCode(...bytes));
const name = fc.oneof(bytesText, fc.constantFrom("x-a", "x-b", ":path", "cookie", "server"));
const list = fc.array(fc.tuple(name, fc.oneof(bytesText, fc.constantFrom("1", "2"))));

Deno.test("any lists are decoded to what was sent, whatever sizes the table has between", () => {
  const steps = fc.array(fc.oneof(list, fc.integer({ min: 0, max: 5_000 })), { maxLength: 60 });
  fc.assert(fc.property(steps, (steps) => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder(1_000_000);
    for (const step of steps) {
      if (typeof step === "number") decoder.maxTableBytes = encoder.peerTableBytes = step;
      else assert.deepEqual(decoder.decode(encoder.encode(step)), step);
    }
  }));
});
