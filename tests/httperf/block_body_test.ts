import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { BlockBody, BlockChunks } from "../../httperf/block_body.ts";
import type { FlushMode } from "../../httperf/block_schedule.ts";
import { BlockChecker, blockSlice, type BlocksRequest, SLICE_BYTES } from "../../httperf/blocks.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Arrival {
  readonly atMs: number;
  readonly bytes: number;
}

/** A body under a clock that the test moves, and what has been read of it. */
function openBody(request: BlocksRequest, flush: FlushMode = "block") {
  const clock = new FakeClock(1_000);
  const handedOver: number[] = [];
  const options = { clock, flush, chunks: new BlockChunks() };
  const body = new BlockBody(request, options, (bytes) => handedOver.push(bytes));
  return { clock, body, handedOver };
}

/** As much as there is, of any length. */
const ALL = 2 ** 30;

/** Takes what there is whenever there is some, until the end. */
function readAll(clock: FakeClock, body: BlockBody): Arrival[] {
  const arrivals: Arrival[] = [];
  const read = () => {
    let chunk = body.next(ALL);
    for (; chunk; chunk = body.next(ALL)) {
      arrivals.push({ atMs: clock.now() - 1_000, bytes: chunk.length });
    }
    if (chunk === null) arrivals.push({ atMs: clock.now() - 1_000, bytes: 0 });
  };
  body.start(read);
  read();
  return arrivals;
}

Deno.test("each block is a chunk of its own at its due time, and the end comes a period later", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 3, periodMs: 10 });
  const reading = readAll(clock, body);
  await clock.advance(100);
  assert.deepEqual(reading, [
    { atMs: 0, bytes: 500 },
    { atMs: 10, bytes: 500 },
    { atMs: 20, bytes: 500 },
    { atMs: 30, bytes: 0 },
  ]);
  assert.ok(body.isEnded);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("coalesced blocks come in bursts of 4096 bytes and the rest at the end", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 20, periodMs: 50 }, "coalesce");
  const reading = readAll(clock, body);
  await clock.advance(2_000);
  assert.deepEqual(reading, [
    { atMs: 400, bytes: 4096 },
    { atMs: 800, bytes: 4096 },
    { atMs: 1_000, bytes: 1808 },
    { atMs: 1_000, bytes: 0 },
  ]);
});

Deno.test("blocks that became due during a stall leave at once and the schedule stays absolute", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 6, periodMs: 10 });
  const reading = readAll(clock, body);
  await clock.advance(0);
  clock.stall(35);
  await clock.advance(100);
  assert.deepEqual(reading, [
    { atMs: 0, bytes: 500 },
    { atMs: 35, bytes: 1_500 },
    { atMs: 40, bytes: 500 },
    { atMs: 50, bytes: 500 },
    { atMs: 60, bytes: 0 },
  ]);
});

Deno.test("nothing is made before the connection asks, and never more than it asks for", async () => {
  const { clock, body, handedOver } = openBody({ sizeBytes: 500, count: 100, periodMs: 1 });
  body.start(() => {});
  await clock.advance(1_000);
  assert.deepEqual(handedOver, []);
  assert.equal(body.next(300)?.length, 300);
  assert.equal(body.next(300)?.length, 300);
  assert.equal(body.next(ALL)?.length, 49_400, "all that was due meanwhile, in one chunk");
  assert.deepEqual(handedOver, [300, 300, 49_400]);
});

Deno.test("asked for nothing it tells whether there are bytes, none yet, or the end", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 1, periodMs: 10 });
  body.start(() => {});
  assert.equal(body.next(0)?.length, 0);
  body.next(ALL);
  assert.equal(body.next(0), undefined);
  await clock.advance(10);
  assert.equal(body.next(0), null);
});

Deno.test("it wakes once for what comes next, however often it was asked", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 2, periodMs: 10 });
  let wakes = 0;
  body.start(() => wakes++);
  body.next(ALL);
  assert.deepEqual([body.next(ALL), body.next(ALL)], [undefined, undefined]);
  assert.equal(clock.sleeperCount, 1);
  await clock.advance(10);
  assert.equal(wakes, 1);
});

Deno.test("a body that is given up in a wait waits no more", async () => {
  const { clock, body, handedOver } = openBody({ sizeBytes: 500, count: 100, periodMs: 1_000 });
  let wakes = 0;
  body.start(() => wakes++);
  body.next(ALL);
  body.next(ALL);
  await clock.advance(500);
  assert.equal(clock.sleeperCount, 1);
  body.cancel();
  await clock.advance(1_000);
  assert.deepEqual([clock.sleeperCount, wakes], [0, 0]);
  assert.deepEqual(handedOver, [500]);
  assert.equal(body.sentBytes, 500);
  assert.equal(body.isEnded, false);
});

const sizes = [1, 2, 3, 500, 4096, 65_536, 65_537, SLICE_BYTES, SLICE_BYTES + 1, 1_048_576];
for (const sizeBytes of sizes) {
  Deno.test(`the chunks of blocks of ${sizeBytes} bytes have the right content and length`, () => {
    const request = { sizeBytes, count: 5, periodMs: 0 };
    const { body } = openBody(request);
    const checker = new BlockChecker(request);
    let at = 0;
    for (let chunk = body.next(ALL); chunk; chunk = body.next(ALL)) {
      assert.ok(chunk.length <= SLICE_BYTES);
      checker.push(chunk, () => {});
      if (sizeBytes > 65_536) {
        const offset = at % sizeBytes;
        const expected = blockSlice(sizeBytes, offset, offset + chunk.length);
        assert.ok(Buffer.compare(chunk, expected) === 0);
      }
      at += chunk.length;
    }
    assert.equal(checker.end(), undefined);
    assert.equal(at, 5 * sizeBytes);
  });
}

Deno.test("prepared runs of many sizes push each other out without harm", () => {
  const chunks = new BlockChunks();
  const check = (sizeBytes: number) => {
    const chunk = chunks.next(sizeBytes, 1, sizeBytes);
    assert.ok(Buffer.compare(chunk, blockSlice(sizeBytes, 1, sizeBytes)) === 0);
  };
  for (let sizeBytes = 2; sizeBytes < 200; sizeBytes++) check(sizeBytes);
  for (let sizeBytes = 2; sizeBytes < 200; sizeBytes++) check(sizeBytes);
});
