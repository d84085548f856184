import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  BlockChecker,
  blockSlice,
  type BlocksRequest,
  blocksUrl,
  parseBlocksQuery,
  SLICE_BYTES,
} from "../../httperf/blocks.ts";

const LIMITS = { maxBlockBytes: 1_000_000, maxCount: 5_000 };

/** The content rules byte by byte, as slowly as they read. */
function naiveBlock(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => {
    if (index === sizeBytes - 1) return 90;
    return index === 0 ? 65 : 0;
  });
}

function naiveBody({ sizeBytes, count }: { sizeBytes: number; count: number }): Uint8Array {
  const block = naiveBlock(sizeBytes);
  const body = new Uint8Array(sizeBytes * count);
  for (let index = 0; index < count; index++) body.set(block, index * sizeBytes);
  return body;
}

const accepted: readonly [string, BlocksRequest][] = [
  ["size=500&n=2001&periodMS=10", { sizeBytes: 500, count: 2001, periodMs: 10 }],
  ["periodMS=0&n=1&size=1", { sizeBytes: 1, count: 1, periodMs: 0 }],
  ["size=500&n=3&period=250", { sizeBytes: 500, count: 3, periodMs: 0.25 }],
  ["size=500&n=3&period=10000&client=pod-1", { sizeBytes: 500, count: 3, periodMs: 10 }],
  ["size=%35&n=%2B7&periodMS=007", { sizeBytes: 5, count: 7, periodMs: 7 }],
  ["size=1000000&n=5000&periodMS=86400000", {
    sizeBytes: 1_000_000,
    count: 5_000,
    periodMs: 86_400_000,
  }],
];
for (const [query, expected] of accepted) {
  Deno.test(`the query ${query} is read, as text and as parameters`, () => {
    assert.deepEqual(parseBlocksQuery(query, LIMITS), expected);
    assert.deepEqual(parseBlocksQuery(new URLSearchParams(query), LIMITS), expected);
  });
}

Deno.test("a period of -0 is 0", () => {
  const { periodMs } = parseBlocksQuery("size=1&n=1&periodMS=-0", LIMITS);
  assert.ok(Object.is(periodMs, 0));
});

const refused: readonly [string, "SyntaxError" | "RangeError", string][] = [
  ["n=1&periodMS=1", "SyntaxError", "Missing size: expected an integer"],
  ["size=1&periodMS=1", "SyntaxError", "Missing n: expected an integer"],
  ["size=1&n=1&n=1&periodMS=1", "SyntaxError", "Cannot read n: given 2 times"],
  ["size=abc&n=1&periodMS=1", "SyntaxError", 'Cannot read size "abc": expected a base-10 integer'],
  ["size=1.5&n=1&periodMS=1", "SyntaxError", 'Cannot read size "1.5": expected a base-10 integer'],
  ["size=&n=1&periodMS=1", "SyntaxError", 'Cannot read size "": expected a base-10 integer'],
  [
    "size=0x10&n=1&periodMS=1",
    "SyntaxError",
    'Cannot read size "0x10": expected a base-10 integer',
  ],
  [
    "size=5%0A&n=1&periodMS=1",
    "SyntaxError",
    'Cannot read size "5\\n": expected a base-10 integer',
  ],
  ["size=0&n=1&periodMS=1", "RangeError", 'size "0" is too small: expected >= 1'],
  ["size=-5&n=1&periodMS=1", "RangeError", 'size "-5" is too small: expected >= 1'],
  ["size=1000001&n=1&periodMS=1", "RangeError", 'size "1000001" is too large: expected <= 1000000'],
  ["size=1&n=0&periodMS=1", "RangeError", 'n "0" is too small: expected >= 1'],
  ["size=1&n=5001&periodMS=1", "RangeError", 'n "5001" is too large: expected <= 5000'],
  ["size=1&n=1&periodMS=-1", "RangeError", 'periodMS "-1" is too small: expected >= 0'],
  ["size=1&n=1&period=-1", "RangeError", 'period "-1" is too small: expected >= 0'],
  [
    "size=1&n=1&periodMS=86400001",
    "RangeError",
    'periodMS "86400001" is too large: expected <= 86400000',
  ],
  [
    "size=1&n=1",
    "SyntaxError",
    "Cannot read the period: expected periodMS (milliseconds) or period (microseconds), got neither",
  ],
  [
    "size=1&n=1&period=1&periodMS=1",
    "SyntaxError",
    "Cannot read the period: expected periodMS (milliseconds) or period (microseconds), got both",
  ],
  [
    "size=1;n=1;periodMS=1",
    "SyntaxError",
    'Cannot read query "size=1;n=1;periodMS=1": expected & between parameters, not ;',
  ],
  [
    "size=1&n=%zz&periodMS=1",
    "SyntaxError",
    'Cannot read query "size=1&n=%zz&periodMS=1": expected two hex digits after each %',
  ],
];
for (const [query, name, message] of refused) {
  Deno.test(`the query ${query} is refused with a message of one line`, () => {
    assert.throws(() => parseBlocksQuery(query, LIMITS), { name, message });
  });
}

Deno.test("a body of more bytes than a number can count is refused", () => {
  const limits = { maxBlockBytes: 1_000_000 };
  assert.throws(() => parseBlocksQuery("size=1000000&n=9007199255&periodMS=0", limits), {
    name: "RangeError",
    message: 'n "9007199255" is too large: expected <= 9007199254',
  });
});

const urls: readonly [string, BlocksRequest, string][] = [
  [
    "https://127.0.0.1:8443",
    { sizeBytes: 500, count: 2001, periodMs: 10 },
    "https://127.0.0.1:8443/blocks?size=500&n=2001&periodMS=10",
  ],
  [
    "https://host/under/",
    { sizeBytes: 1, count: 2, periodMs: 0 },
    "https://host/under/blocks?size=1&n=2&periodMS=0",
  ],
  [
    "https://host?client=a%20b#top",
    { sizeBytes: 1, count: 2, periodMs: 0.3 },
    "https://host/blocks?client=a+b&size=1&n=2&period=300",
  ],
];
for (const [base, request, expected] of urls) {
  Deno.test(`the URL below ${base} is ${expected}`, () => {
    assert.equal(blocksUrl(base, request), expected);
  });
}

Deno.test("a period that is no whole number of microseconds has no URL", () => {
  for (const periodMs of [0.0004, 1.00025, -1, NaN]) {
    assert.throws(() => blocksUrl("https://host", { sizeBytes: 1, count: 1, periodMs }), {
      name: "RangeError",
      message: `Cannot ask for a block every ${periodMs}ms: ` +
        "expected a whole number of microseconds",
    });
  }
});

Deno.test("every request survives being written as a URL and read back", () => {
  const anyRequest = fc.record({
    sizeBytes: fc.integer({ min: 1, max: 1_000_000 }),
    count: fc.integer({ min: 1, max: 5_000 }),
    periodMs: fc.integer({ min: 0, max: 86_400_000_000 }).map((periodUs) => periodUs / 1_000),
  }, { noNullPrototype: true });
  fc.assert(fc.property(anyRequest, (request) => {
    const { search } = new URL(blocksUrl("https://host", request));
    assert.deepEqual(parseBlocksQuery(search.slice(1), LIMITS), request);
  }));
});

Deno.test("any slice of any block has the block's bytes", () => {
  const anySlice = fc.oneof(
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: SLICE_BYTES - 2, max: SLICE_BYTES + 3 }),
  ).chain((sizeBytes) =>
    fc.tuple(
      fc.constant(sizeBytes),
      fc.nat({ max: sizeBytes - 1 }),
      fc.integer({ min: 1, max: sizeBytes }),
    )
  );
  fc.assert(fc.property(anySlice, ([sizeBytes, fromByte, length]) => {
    const toByte = Math.min(sizeBytes, fromByte + length);
    const expected = naiveBlock(sizeBytes).subarray(fromByte, toByte);
    assert.ok(Buffer.compare(blockSlice(sizeBytes, fromByte, toByte), expected) === 0);
  }));
});

for (const [fromByte, toByte] of [[0, 0], [-1, 2], [2, 1], [0, 11], [NaN, 5]] as const) {
  Deno.test(`bytes ${fromByte} to ${toByte} are no slice of a block of 10`, () => {
    assert.throws(() => blockSlice(10, fromByte, toByte), RangeError);
  });
}

Deno.test("a sound body passes the checker however it is cut into chunks", () => {
  const anyBody = fc.record({
    sizeBytes: fc.integer({ min: 1, max: 40 }),
    count: fc.integer({ min: 1, max: 20 }),
  });
  const anyCuts = fc.array(fc.integer({ min: 0, max: 60 }));
  fc.assert(fc.property(anyBody, anyCuts, (request, cuts) => {
    const body = naiveBody(request);
    const checker = new BlockChecker(request);
    const seen: number[] = [];
    let at = 0;
    for (const cut of [...cuts, body.length]) {
      checker.push(body.subarray(at, at + cut), (index) => seen.push(index));
      at = Math.min(body.length, at + cut);
    }
    assert.deepEqual(seen, Array.from({ length: request.count }, (_, index) => index));
    assert.equal(checker.blocks, request.count);
    assert.equal(checker.bytes, body.length);
    assert.equal(checker.end(), undefined);
  }));
});

const faults: readonly [string, number[], number, string][] = [
  ["a wrong first byte", [65, 0, 90, 0, 0, 90], 1, "block 1 begins with byte 0: expected 65 (A)"],
  ["a wrong last byte", [65, 0, 0, 65, 0, 90], 0, "block 0 ends with byte 0: expected 90 (Z)"],
  [
    "a lost byte",
    [65, 0, 90, 65, 90, 65, 0, 90],
    1,
    "block 1 ends with byte 65: expected 90 (Z)",
  ],
  [
    "a missing block",
    [65, 0, 90],
    1,
    "body ended after 3 bytes in block 1: expected 2 blocks of 3 bytes",
  ],
  [
    "half a block at the end",
    [65, 0, 90, 65],
    1,
    "body ended after 4 bytes in block 1: expected 2 blocks of 3 bytes",
  ],
  [
    "a byte too many",
    [65, 0, 90, 65, 0, 90, 65],
    2,
    "body goes on after 2 blocks of 3 bytes",
  ],
];
for (const [what, body, soundBlocks, fault] of faults) {
  Deno.test(`the checker of 2 blocks of 3 bytes reports ${what}`, () => {
    for (const step of [1, 2, 100]) {
      const checker = new BlockChecker({ sizeBytes: 3, count: 2 });
      let blocks = 0;
      for (let at = 0; at < body.length; at += step) {
        checker.push(Uint8Array.from(body.slice(at, at + step)), () => blocks++);
      }
      assert.equal(checker.end(), fault);
      assert.equal(checker.fault, fault);
      assert.equal(blocks, soundBlocks);
      assert.equal(checker.blocks, soundBlocks);
      assert.equal(checker.bytes, body.length);
    }
  });
}
