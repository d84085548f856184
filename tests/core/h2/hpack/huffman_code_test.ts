import assert from "node:assert/strict";
import { CODE_BITS, CODES, EOS } from "../../../../core/h2/hpack/huffman_code.ts";

Deno.test("codes are those of RFC 7541, appendix B", () => {
  const known: [symbol: number, code: number, bits: number][] = [
    [0, 0x1ff8, 13],
    [1, 0x7fffd8, 23],
    [10, 0x3ffffffc, 30],
    [0x20, 0x14, 6],
    [0x26, 0xf8, 8],
    [0x30, 0x0, 5],
    [0x5c, 0x7fff0, 19],
    [0x61, 0x3, 5],
    [0x74, 0x9, 5],
    [0x7a, 0x7b, 7],
    [0x7e, 0x1ffd, 13],
    [0x80, 0xfffe6, 20],
    [0xff, 0x3ffffee, 26],
    [EOS, 0x3fffffff, 30],
  ];
  for (const [symbol, code, bits] of known) {
    assert.deepEqual([CODES[symbol], CODE_BITS[symbol]], [code, bits], `symbol ${symbol}`);
  }
});

Deno.test("the code is full: each run of bits begins with one symbol", () => {
  assert.equal(CODE_BITS.reduce((sum, bits) => sum + 2 ** -bits, 0), 1);
});
