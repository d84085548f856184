import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import * as hdr from "hdr-histogram-js";
import {
  BUCKET_COUNT,
  bucketIndex,
  HIGHEST_VALUE,
  highestIn,
  lowestIn,
} from "../../../core/measure/hdr_buckets.ts";

const library = new hdr.Int32Histogram(1, HIGHEST_VALUE, 3);

function assertAsInLibrary(value: number): void {
  const index = library.countsArrayIndex(value);
  strictEqual(bucketIndex(value), index, `${value}`);
  strictEqual(lowestIn(index), library.lowestEquivalentValue(value), `${value}`);
  strictEqual(highestIn(index), library.highestEquivalentValue(value), `${value}`);
}

Deno.test("a value is in the bucket that HdrHistogram has for it", () => {
  fc.assert(fc.property(fc.nat(5_000), assertAsInLibrary));
  fc.assert(fc.property(fc.integer({ min: 0, max: HIGHEST_VALUE }), assertAsInLibrary));
});

Deno.test("the values around each power of two are in the buckets that HdrHistogram has for them", () => {
  for (let power = 1; power <= HIGHEST_VALUE; power *= 2) {
    for (const value of [power - 1, power, power + 1]) assertAsInLibrary(value);
  }
  strictEqual(bucketIndex(HIGHEST_VALUE), BUCKET_COUNT - 1);
});
