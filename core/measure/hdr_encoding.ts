/**
 * A histogram's counts as HdrHistogram's V2 compressed base64 text, and back. Reading yields the
 * buckets that are not empty and no more, as a run's log holds thousands of texts with a few dozen
 * buckets each, of 27,000 that there could be.
 * Source: HdrHistogram, AbstractHistogram.encodeIntoCompressedByteBuffer (V2) and ZigZagEncoding;
 * RFC 1950 and 1951 for the compressed part.
 * @module
 */

import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import type { BucketPairs } from "./bucket_counts.ts";
import { BUCKET_COUNT, HIGHEST_VALUE, SIGNIFICANT_DIGITS } from "./hdr_buckets.ts";

const COMPRESSED_COOKIE = 0x1c849314;
const COOKIE = 0x1c849313;
/** What the two cookies say in these bits does not matter: the size of a word. */
const WORD_SIZE_BITS = 0xf0;
const COMPRESSED_HEADER_BYTES = 8;
const HEADER_BYTES = 40;
/** A zlib stream of one stored block: header, block header and lengths before it, checksum after. */
const STORED_START_BYTES = 7;
const STORED_FRAME_BYTES = STORED_START_BYTES + 4;
const STORED_START = 0x780101;
/** Up to here deflating saves little, and costs more time than all else, at both ends. */
const MOST_STORED_BYTES = 4_096;
/** Of a histogram in which every bucket has the longest count. */
const MOST_BYTES = HEADER_BYTES + 9 * BUCKET_COUNT;
const ADLER_MODULUS = 65_521;

/** One for all texts, because each would cost more to make than to fill. */
let scratch = new Uint8Array(MOST_STORED_BYTES);

/** The text is no histogram that this program can have written. */
export class HdrFormatError extends Error {
  override name = "HdrFormatError";
}

/** As small as it gets: for files that people keep. The same bytes as hdr-histogram-js writes. */
export function encodeHdr(counts: BucketPairs): string {
  return framed(deflateSync(uncompressed(counts)));
}

/** The same histogram, fast to write and to read: small ones are not deflated but stored. */
export function encodeHdrFast(counts: BucketPairs): string {
  const bytes = uncompressed(counts);
  return framed(bytes.length > MOST_STORED_BYTES ? deflateSync(bytes) : stored(bytes));
}

/**
 * The buckets that are not empty.
 * @throws {HdrFormatError} if the text is damaged, or of another precision
 */
export function decodeHdr(base64: string): BucketPairs {
  const bytes = bytesOf(base64);
  if ((int32At(bytes, 0) | WORD_SIZE_BITS) !== (COMPRESSED_COOKIE | WORD_SIZE_BITS)) {
    throw new HdrFormatError("expected the cookie of V2 HdrHistogram");
  }
  const length = int32At(bytes, 4);
  if (length !== bytes.length - COMPRESSED_HEADER_BYTES) {
    throw new HdrFormatError(`expected ${length} bytes after the length`);
  }
  const compressed = bytes.subarray(COMPRESSED_HEADER_BYTES);
  return pairsOf(unstored(compressed) ?? inflated(compressed));
}

function framed(zlib: Uint8Array): string {
  const frame = Buffer.alloc(COMPRESSED_HEADER_BYTES + zlib.length);
  frame.writeInt32BE(COMPRESSED_COOKIE, 0);
  frame.writeInt32BE(zlib.length, 4);
  frame.set(zlib, COMPRESSED_HEADER_BYTES);
  return frame.toString("base64");
}

/** The bytes, until the next call. */
function bytesOf(base64: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    throw new HdrFormatError("expected base64");
  }
  const { length } = binary;
  if (length > scratch.length) scratch = new Uint8Array(2 * length);
  for (let place = 0; place < length; place++) scratch[place] = binary.charCodeAt(place);
  return scratch.subarray(0, length);
}

/** Header and counts; a run of empty buckets is the negative number of them. */
function uncompressed(counts: BucketPairs): Uint8Array {
  const words: number[] = [];
  let next = 0;
  for (let place = 0; place < counts.length; place += 2) {
    const gap = counts[place]! - next;
    if (gap > 0) putWord(words, gap === 1 ? 0 : -gap);
    putWord(words, counts[place + 1]!);
    next = counts[place]! + 1;
  }
  if (next === 0) putWord(words, 0);
  const bytes = new Uint8Array(HEADER_BYTES + words.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, COOKIE);
  view.setInt32(4, words.length);
  // hdr-histogram-js has always written 1 here, which shifts nothing for a reader.
  view.setInt32(8, 1);
  view.setInt32(12, SIGNIFICANT_DIGITS);
  view.setBigInt64(16, 1n);
  view.setBigInt64(24, BigInt(HIGHEST_VALUE));
  view.setBigInt64(32, 1n);
  bytes.set(words, HEADER_BYTES);
  return bytes;
}

/** ZigZag and LEB128, at most nine bytes: the ninth holds eight bits. */
function putWord(words: number[], value: number): void {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) words.push(rest % 0x80 | 0x80);
  words.push(rest);
}

function pairsOf(bytes: Uint8Array): BucketPairs {
  if (
    (int32At(bytes, 0) | WORD_SIZE_BITS) !== (COOKIE | WORD_SIZE_BITS) ||
    int32At(bytes, 4) !== bytes.length - HEADER_BYTES
  ) {
    throw new HdrFormatError("expected a V2 histogram");
  }
  if (int32At(bytes, 12) !== SIGNIFICANT_DIGITS || int32At(bytes, 20) !== 1) {
    throw new HdrFormatError(`expected ${SIGNIFICANT_DIGITS} significant digits of a unit of 1`);
  }
  const pairs: number[] = [];
  let index = 0;
  for (let place = HEADER_BYTES; place < bytes.length;) {
    let word = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = bytes[place++] ?? 0;
      word += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    if (word % 2 === 1) {
      index += (word + 1) / 2;
    } else {
      if (word > 0) pairs.push(index, word / 2);
      index++;
    }
  }
  if (index > BUCKET_COUNT) {
    throw new HdrFormatError(`expected at most ${BUCKET_COUNT} buckets, not ${index}`);
  }
  return pairs;
}

function stored(bytes: Uint8Array): Uint8Array {
  const zlib = new Uint8Array(bytes.length + STORED_FRAME_BYTES);
  const view = new DataView(zlib.buffer);
  view.setUint32(0, STORED_START << 8);
  view.setUint16(3, bytes.length, true);
  view.setUint16(5, ~bytes.length, true);
  zlib.set(bytes, STORED_START_BYTES);
  view.setUint32(STORED_START_BYTES + bytes.length, adler32(bytes));
  return zlib;
}

/** The content of a stream that {@link stored} made; undefined if it is another kind of stream. */
function unstored(zlib: Uint8Array): Uint8Array | undefined {
  if (int32At(zlib, 0) >> 8 !== STORED_START) return undefined;
  const content = zlib.subarray(STORED_START_BYTES, -4);
  const isWhole = zlib.length >= STORED_FRAME_BYTES &&
    zlib[3]! + zlib[4]! * 0x100 === content.length &&
    int32At(zlib, zlib.length - 4) === (adler32(content) | 0);
  if (!isWhole) throw new HdrFormatError("the stored block is damaged");
  return content;
}

function inflated(zlib: Uint8Array): Uint8Array {
  try {
    return inflateSync(zlib, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new HdrFormatError(`cannot inflate: ${(error as Error).message}`);
  }
}

/** Big-endian; 0 beyond the end. By hand, as a DataView costs more than all that is read with it. */
function int32At(bytes: Uint8Array, place: number): number {
  return bytes[place]! << 24 | bytes[place + 1]! << 16 | bytes[place + 2]! << 8 | bytes[place + 3]!;
}

/** Source: RFC 1950, section 8.2. Not reduced byte by byte: fewer than 5,552 bytes cannot overflow. */
function adler32(bytes: Uint8Array): number {
  let one = 1;
  let two = 0;
  for (let place = 0; place < bytes.length; place++) {
    one += bytes[place]!;
    two += one;
  }
  return (two % ADLER_MODULUS) * 0x10000 + one % ADLER_MODULUS;
}
