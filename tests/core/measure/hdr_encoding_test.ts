import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import * as hdr from "hdr-histogram-js";
import { bucketIndex, HIGHEST_VALUE } from "../../../core/measure/hdr_buckets.ts";
import {
  decodeHdr,
  encodeHdr,
  encodeHdrFast,
  HdrFormatError,
} from "../../../core/measure/hdr_encoding.ts";

/** Values with how often each was seen: few, many, and so often that a count takes several bytes. */
const recorded = fc.array(
  fc.tuple(
    fc.oneof(fc.nat(3_000), fc.integer({ min: 0, max: HIGHEST_VALUE })),
    fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 ** 31 })),
  ),
  { maxLength: 300 },
);

function libraryOf(values: readonly (readonly [value: number, count: number])[]) {
  const histogram = new hdr.Int32Histogram(1, HIGHEST_VALUE, 3);
  for (const [value, count] of values) histogram.recordValueWithCount(value, count);
  return histogram;
}

function pairsOf(values: readonly (readonly [value: number, count: number])[]): number[] {
  const counts = new Map<number, number>();
  for (const [value, count] of values) {
    const index = bucketIndex(value);
    counts.set(index, (counts.get(index) ?? 0) + count);
  }
  return [...counts].sort(([one], [other]) => one - other).flat();
}

/** What each bucket holds, as the library sees it. */
function libraryPairs(text: string): number[] {
  const histogram = hdr.decodeFromCompressedBase64(text, 64, false) as hdr.Float64Histogram;
  return Array.from({ length: histogram.countsArrayLength }, (_, index) => index)
    .filter((index) => histogram.getCountAtIndex(index) > 0)
    .flatMap((index) => [index, histogram.getCountAtIndex(index)]);
}

const few = fc.array(fc.tuple(fc.nat(3_000_000), fc.integer({ min: 1, max: 300 })));

Deno.test("encodeHdr() writes the bytes that the library writes", () => {
  fc.assert(fc.property(few, (values) => {
    strictEqual(encodeHdr(pairsOf(values)), hdr.encodeIntoCompressedBase64(libraryOf(values)));
  }));
});

Deno.test("the library reads what both encoders write", () => {
  fc.assert(
    fc.property(recorded, (values) => {
      const pairs = pairsOf(values);
      deepStrictEqual(libraryPairs(encodeHdr(pairs)), pairs);
      deepStrictEqual(libraryPairs(encodeHdrFast(pairs)), pairs);
    }),
    { numRuns: 30 },
  );
});

Deno.test("decodeHdr() reads what the library and both encoders write", () => {
  fc.assert(fc.property(few, (values) => {
    deepStrictEqual(
      decodeHdr(hdr.encodeIntoCompressedBase64(libraryOf(values))),
      pairsOf(values),
    );
  }));
  fc.assert(fc.property(recorded, (values) => {
    const pairs = pairsOf(values);
    deepStrictEqual(decodeHdr(encodeHdr(pairs)), pairs);
    deepStrictEqual(decodeHdr(encodeHdrFast(pairs)), pairs);
  }));
});

Deno.test("a small histogram is stored, and one with thousands of buckets is deflated", () => {
  const textOf = (buckets: number) =>
    encodeHdrFast(Array.from({ length: buckets }, (_, n) => [2 * n, 1]).flat());
  ok(textOf(5_000).length < textOf(1_900).length * 5_000 / 1_900 / 2);
  strictEqual(decodeHdr(textOf(5_000)).length, 10_000);
  strictEqual(decodeHdr(textOf(1_900)).length, 3_800);
});

Deno.test("text that is damaged anywhere is refused or holds the same, and never breaks the decoder", () => {
  const original = [100, 1, 102, 7, 5_000, 3];
  for (const text of [encodeHdr(original), encodeHdrFast(original)]) {
    const places = fc.nat(text.length - 1);
    fc.assert(fc.property(places, fc.string({ minLength: 1, maxLength: 1 }), (place, other) => {
      const damaged = text.slice(0, place) + other + text.slice(place + 1);
      try {
        deepStrictEqual(decodeHdr(damaged), original);
      } catch (error) {
        ok(error instanceof HdrFormatError, `${error}`);
      }
    }));
    for (let length = 0; length < text.length - 2; length++) {
      throws(() => decodeHdr(text.slice(0, length)), HdrFormatError);
    }
  }
});

Deno.test("a histogram of another precision, or with more buckets than there are, is refused", () => {
  const other = new hdr.Int32Histogram(1, HIGHEST_VALUE, 2);
  other.recordValue(5);
  throws(() => decodeHdr(hdr.encodeIntoCompressedBase64(other)), /3 significant digits/);
  throws(() => decodeHdr(encodeHdr([28_000, 1])), /expected at most 27912 buckets, not 28001/);
  const zlib = deflateSync(Buffer.alloc(2 ** 20));
  const frame = Buffer.alloc(8);
  frame.writeInt32BE(0x1c849314, 0);
  frame.writeInt32BE(zlib.length, 4);
  throws(() => decodeHdr(Buffer.concat([frame, zlib]).toString("base64")), HdrFormatError);
});
