import assert from "node:assert/strict";
import fc from "fast-check";
import { ConnectionError } from "../../../../core/h2/errors.ts";
import {
  decodeHuffman,
  encodeHuffman,
  huffmanBytes,
  mostDecodedBytes,
} from "../../../../core/h2/hpack/huffman.ts";
import { hex, unhex } from "../../../support/frame_transcript.ts";

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(huffmanBytes(text));
  assert.equal(encodeHuffman(text, bytes, 0), bytes.length);
  return bytes;
}

function decode(bytes: Uint8Array): string {
  const output = new Uint8Array(mostDecodedBytes(bytes.length));
  return String.fromCharCode(...output.subarray(0, decodeHuffman(bytes, 0, bytes.length, output)));
}

const anyBytes = fc.uint8Array({ maxLength: 300 });

Deno.test("known strings have known codes", () => {
  assert.equal(hex(encode("www.example.com")), "f1e3c2e5f23a6ba0ab90f4ff");
  assert.equal(hex(encode("")), "");
  assert.equal(hex(encode("0")), "07");
  assert.equal(hex(encode("\n")), "fffffff3");
});

Deno.test("any string is decoded to what was encoded", () => {
  fc.assert(fc.property(anyBytes, (bytes) => {
    const text = String.fromCharCode(...bytes);
    assert.equal(decode(encode(text)), text);
  }));
});

Deno.test("any bytes are the only code of a string, or an error of the connection", () => {
  fc.assert(fc.property(anyBytes, (bytes) => {
    try {
      assert.deepEqual(encode(decode(bytes)), bytes);
    } catch (error) {
      assert.ok(error instanceof ConnectionError, String(error));
    }
  }));
});

for (
  const [what, bytes, rule] of [
    ["padding of zeros", "1c", "padding of a string is all ones"],
    ["padding of 8 ones", "3fff", "padding of a string is less than 8 bits"],
    ["padding of 11 ones", "07ff", "padding of a string is less than 8 bits"],
    ["a byte of padding only", "ff", "padding of a string is less than 8 bits"],
    ["EOS", "ffffffff", "no string holds the symbol EOS"],
    ["EOS after a symbol", "07ffffffff", "no string holds the symbol EOS"],
    ["the first half of a symbol", "fffe", "padding of a string is less than 8 bits"],
  ] as const
) {
  Deno.test(`a string with ${what} is refused`, () => {
    assert.throws(() => decode(unhex(bytes)), {
      name: "ConnectionError",
      message: `RFC 7541, section 5.2: ${rule} (COMPRESSION_ERROR)`,
    });
  });
}

Deno.test("a character that is no byte is refused before anything is written", () => {
  assert.throws(() => huffmanBytes("a\u0100"), RangeError);
});
