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
  const body = new BlockBody(request, {
    clock,
    flush,
    chunks: new BlockChunks(),
    onBytes: (bytes) => handedOver.push(bytes),
  });
  return { clock, body, handedOver };
}

/** Reads to the end as fast as it comes. */
async function readAll(clock: FakeClock, body: BlockBody): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  for await (const chunk of body.stream) {
    arrivals.push({ atMs: clock.now() - 1_000, bytes: chunk.length });
  }
  arrivals.push({ atMs: clock.now() - 1_000, bytes: 0 });
  return arrivals;
}

Deno.test("each block is a chunk of its own at its due time, and the end comes a period later", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 3, periodMs: 10 });
  const reading = readAll(clock, body);
  await clock.advance(100);
  assert.deepEqual(await reading, [
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
  assert.deepEqual(await reading, [
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
  assert.deepEqual(await reading, [
    { atMs: 0, bytes: 500 },
    { atMs: 35, bytes: 1_500 },
    { atMs: 40, bytes: 500 },
    { atMs: 50, bytes: 500 },
    { atMs: 60, bytes: 0 },
  ]);
});

Deno.test("nothing is made before the reader asks", async () => {
  const { clock, body, handedOver } = openBody({ sizeBytes: 500, count: 100, periodMs: 1 });
  await clock.advance(1_000);
  assert.deepEqual(handedOver, []);
  const reader = body.stream.getReader();
  await reader.read();
  await clock.advance(1_000);
  assert.deepEqual(handedOver, [50_000], "all that was due meanwhile, in one chunk");
  await reader.cancel();
});

Deno.test("a reader that goes away in a wait ends the wait", async () => {
  const { clock, body, handedOver } = openBody({ sizeBytes: 500, count: 100, periodMs: 1_000 });
  const reader = body.stream.getReader();
  await reader.read();
  void reader.read();
  await clock.advance(500);
  assert.equal(clock.sleeperCount, 1);
  await reader.cancel();
  await clock.advance(0);
  assert.equal(clock.sleeperCount, 0);
  assert.deepEqual(handedOver, [500]);
  assert.equal(body.sentBytes, 500);
  assert.equal(body.isEnded, false);
});

Deno.test("a cut body is an error for its reader, not a short body", async () => {
  const { clock, body } = openBody({ sizeBytes: 500, count: 100, periodMs: 1_000 });
  const reader = body.stream.getReader();
  await reader.read();
  const next = assert.rejects(reader.read(), /the reason/);
  await clock.advance(10);
  body.cut(new Error("the reason"));
  body.cut(new Error("a second time"));
  await next;
  await clock.advance(0);
  assert.equal(clock.sleeperCount, 0);
  assert.equal(body.isEnded, false);
});

Deno.test("cutting a body that has ended does nothing", async () => {
  const { clock, body } = openBody({ sizeBytes: 5, count: 2, periodMs: 0 });
  const arrivals = await readAll(clock, body);
  body.cut(new Error("late"));
  assert.deepEqual(arrivals, [{ atMs: 0, bytes: 10 }, { atMs: 0, bytes: 0 }]);
  assert.ok(body.isEnded);
});

const sizes = [1, 2, 3, 500, 4096, 65_536, 65_537, SLICE_BYTES, SLICE_BYTES + 1, 1_048_576];
for (const sizeBytes of sizes) {
  Deno.test(`the chunks of blocks of ${sizeBytes} bytes have the right content and length`, async () => {
    const request = { sizeBytes, count: 5, periodMs: 0 };
    const { body } = openBody(request);
    const checker = new BlockChecker(request);
    let at = 0;
    for await (const chunk of body.stream) {
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
