/** Strings in the Huffman code. RFC 7541, section 5.2. @module */

import { compressionError } from "./compression_error.ts";
import { CODE_BITS, CODES, EOS } from "./huffman_code.ts";

const SYMBOL_BITS = 8;
const SYMBOL_MASK = 0xff;

/**
 * Nodes of 256 entries, one for each next byte of the input. An entry is 0: no code begins so; positive:
 * a symbol, and above it the count of bits of this byte that are its; negative: the next node's number.
 */
const NODES: Int16Array = buildNodes();

function buildNodes(): Int16Array {
  const nodes: Int16Array[] = [new Int16Array(256)];
  for (let symbol = 0; symbol < EOS; symbol++) {
    let node = nodes[0]!;
    let bitsLeft = CODE_BITS[symbol]!;
    for (; bitsLeft > 8; bitsLeft -= 8) {
      const byte = CODES[symbol]! >>> (bitsLeft - 8) & 0xff;
      if (node[byte] === 0) node[byte] = -(nodes.push(new Int16Array(256)) - 1);
      node = nodes[-node[byte]!]!;
    }
    const first = CODES[symbol]! << (8 - bitsLeft) & 0xff;
    node.fill(bitsLeft << SYMBOL_BITS | symbol, first, first + (1 << 8 - bitsLeft));
  }
  const flat = new Int16Array(256 * nodes.length);
  nodes.forEach((node, number) => flat.set(node, 256 * number));
  return flat;
}

/** No symbol has fewer bits. */
const SHORTEST_CODE_BITS = 5;

/** How much room {@link decodeHuffman} may need. */
export function mostDecodedBytes(encodedBytes: number): number {
  return Math.floor(8 * encodedBytes / SHORTEST_CODE_BITS);
}

/**
 * Decodes `input` from `from` to `to` into `output`, from its beginning; returns how many bytes that are.
 * @throws {ConnectionError} COMPRESSION_ERROR
 */
export function decodeHuffman(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
): number {
  let length = 0;
  let node = 0;
  let bits = 0; // those of `waiting` that are not used, in its low end; at most 15
  let waiting = 0;
  let codeBits = 0; // since the last whole symbol
  for (let at = from; at < to; at++) {
    waiting = (waiting << 8 | input[at]!) & 0xffff;
    bits += 8;
    codeBits += 8;
    while (bits >= 8) {
      const entry = NODES[node << 8 | waiting >>> (bits - 8) & 0xff]!;
      if (entry > 0) {
        output[length++] = entry & SYMBOL_MASK;
        bits -= entry >>> SYMBOL_BITS;
        codeBits = bits;
        node = 0;
      } else {
        if (entry === 0) throw eosError();
        bits -= 8;
        node = -entry;
      }
    }
  }
  while (bits > 0) {
    const entry = NODES[node << 8 | waiting << (8 - bits) & 0xff]!;
    const used = entry >>> SYMBOL_BITS;
    if (entry <= 0 || used > bits) break;
    output[length++] = entry & SYMBOL_MASK;
    bits -= used;
    codeBits = bits;
    node = 0;
  }
  checkPadding(waiting, bits, codeBits);
  return length;
}

/** Padding is the first bits of EOS, which are ones, and less than a byte of them. */
function checkPadding(waiting: number, bits: number, codeBits: number): void {
  if (codeBits > 7) throw compressionError("5.2", "padding of a string is less than 8 bits");
  const ones = (1 << bits) - 1;
  if ((waiting & ones) !== ones) throw compressionError("5.2", "padding of a string is all ones");
}

function eosError() {
  return compressionError("5.2", "no string holds the symbol EOS");
}

/**
 * How many bytes {@link encodeHuffman} writes.
 * @throws {RangeError} if there is a character above U+00FF
 */
export function huffmanBytes(text: string): number {
  let bits = 0;
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    const symbol = text.charCodeAt(at);
    seen |= symbol;
    bits += CODE_BITS[symbol]!;
  }
  if (seen > 0xff) {
    throw new RangeError(`Cannot send "${text}" in a header: it has characters above U+00FF`);
  }
  return (bits + 7) >>> 3;
}

/** Writes from `at` on; returns where it ends. @param text of characters up to U+00FF */
export function encodeHuffman(text: string, output: Uint8Array, at: number): number {
  let waiting = 0;
  let bits = 0; // those of `waiting` that are not written; less than 8 between two symbols
  for (let index = 0; index < text.length; index++) {
    const symbol = text.charCodeAt(index);
    const code = CODES[symbol]!;
    let codeBits = CODE_BITS[symbol]!;
    // 7 bits and the longest code, 30, are more than the 32 that a number shifts.
    if (codeBits > 16) {
      codeBits -= 16;
      waiting = waiting << codeBits | code >>> 16;
      for (bits += codeBits; bits >= 8;) output[at++] = waiting >>> (bits -= 8);
      waiting = waiting << 16 | code & 0xffff;
      bits += 16;
    } else {
      waiting = waiting << codeBits | code;
      bits += codeBits;
    }
    while (bits >= 8) output[at++] = waiting >>> (bits -= 8);
  }
  if (bits > 0) output[at++] = waiting << (8 - bits) | 0xff >>> bits;
  return at;
}
