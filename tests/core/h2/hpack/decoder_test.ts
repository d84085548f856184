import assert from "node:assert/strict";
import fc from "fast-check";
import { ConnectionError } from "../../../../core/h2/errors.ts";
import type { HeaderField } from "../../../../core/h2/header_field.ts";
import { HpackDecoder } from "../../../../core/h2/hpack/decoder.ts";
import { unhex } from "../../../support/frame_transcript.ts";

/** What each block is decoded to, by one decoder. */
function decode(...blocks: string[]): (readonly HeaderField[] | undefined)[] {
  const decoder = new HpackDecoder(10_000);
  return blocks.map((block) => decoder.decode(unhex(block)));
}

for (
  const [what, block, field] of [
    ["an entry of the static table", "82", [":method", "GET"]],
    ["the last entry of the static table", "bd", ["www-authenticate", ""]],
    ["a literal that is kept", "40 02 6162 01 63", ["ab", "c"]],
    ["a literal that is not kept", "00 02 6162 01 63", ["ab", "c"]],
    ["a literal that is never to be kept", "10 02 6162 01 63", ["ab", "c"]],
    ["a name of the table, kept", "41 01 68", [":authority", "h"]],
    ["a name of the table, not kept", "04 02 2f61", [":path", "/a"]],
    ["a name beyond the prefix, never kept", "1f 08 01 78", ["authorization", "x"]],
    ["strings in Huffman's code", "00 81 1f 81 07", ["a", "0"]],
    ["an empty name and value", "00 00 00", ["", ""]],
    ["bytes that are not ASCII", "00 01 61 03 00 80 ff", ["a", "\x00\x80\xff"]],
    ["a length in more bytes than it needs", "00 7f 82 00 " + "61".repeat(129) + " 00", [
      "a".repeat(129),
      "",
    ]],
  ] as const
) {
  Deno.test(`decode() knows ${what}`, () => assert.deepEqual(decode(block), [[field]]));
}

Deno.test("decode() of no bytes is no fields", () => assert.deepEqual(decode(""), [[]]));

Deno.test("what is kept comes again by its index, the newest first", () => {
  assert.deepEqual(decode("40 01 61 01 31  40 01 62 01 32  be bf", "bf", "7f 00 01 33  c0"), [
    [["a", "1"], ["b", "2"], ["b", "2"], ["a", "1"]],
    [["a", "1"]],
    [["a", "3"], ["a", "1"]],
  ]);
});

Deno.test("an entry comes as one object, however often", () => {
  const [first, second] = decode("40 01 61 01 31", "bebe");
  assert.ok(second?.every((field) => field === first?.[0]));
});

for (
  const [what, blocks, section] of [
    ["index 0", ["80"], "2.3.3"],
    ["an index beyond the tables", ["be"], "2.3.3"],
    ["the name of an index beyond the tables", ["7e 01 61"], "2.3.3"],
    ["an index of what was evicted", ["40 01 61 01 31", "20 3f e1 1f be"], "2.3.3"],
    ["an integer without its end", ["ff 80 80"], "3.1"],
    ["an integer of five more bytes", ["ff 80 80 80 80 00"], "5.1"],
    ["an integer of 2^32", ["ff ff ff ff ff 0f"], "5.1"],
    ["a name without its end", ["00 05 6162"], "3.1"],
    ["a name without a value", ["00 01 61"], "3.1"],
    ["a value without its end", ["00 01 61 02 31"], "3.1"],
    ["a length of 2^28", ["00 7f ff ff ff 7f 61"], "3.1"],
    ["a table above the limit", ["3f e2 1f"], "6.3"],
    ["a size of the table after a field", ["82 20"], "4.2"],
  ] as const
) {
  Deno.test(`decode() refuses ${what}`, () => {
    assert.throws(() => decode(...blocks), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, /\(COMPRESSION_ERROR\)$/);
      assert.ok(error.rule.startsWith(`RFC 7541, section ${section}:`), error.rule);
      return true;
    });
  });
}

Deno.test("a block may change the table's size twice before its fields", () => {
  assert.deepEqual(decode("40 01 61 01 31", "20 3f e1 1f 40 01 62 01 32 be"), [
    [["a", "1"]],
    [["b", "2"], ["b", "2"]],
  ]);
});

Deno.test("after a lower limit the next block says so", () => {
  const decoder = new HpackDecoder(1_000);
  decoder.maxTableBytes = 64;
  assert.throws(() => decoder.decode(unhex("82")), /section 4\.2: .*COMPRESSION_ERROR/);
});

Deno.test("after a lower limit a table that was lower already need not be told", () => {
  const decoder = new HpackDecoder(1_000);
  decoder.decode(unhex("20"));
  decoder.maxTableBytes = 64;
  assert.deepEqual(decoder.decode(unhex("82")), [[":method", "GET"]]);
});

Deno.test("a higher limit may be used", () => {
  const decoder = new HpackDecoder(1_000);
  decoder.maxTableBytes = 4_097;
  assert.deepEqual(decoder.decode(unhex("3f e2 1f 82")), [[":method", "GET"]]);
});

Deno.test("a list over the limit is not told, and the table is as it must be", () => {
  const decoder = new HpackDecoder(34 + 34);
  assert.equal(decoder.decode(unhex("40 01 61 01 31  40 01 62 01 32  40 01 63 01 33")), undefined);
  assert.deepEqual(decoder.decode(unhex("be c0")), [["c", "3"], ["a", "1"]]);
});

Deno.test("any bytes are fields, or an error of the connection, and the table keeps to its size", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (blocks) => {
    const decoder = new HpackDecoder(10_000);
    try {
      for (const block of blocks) decoder.decode(block);
    } catch (error) {
      assert.ok(error instanceof ConnectionError, String(error));
    }
    assert.ok(decoder.tableBytes <= 4_096);
  }));
});
