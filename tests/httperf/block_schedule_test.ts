import assert from "node:assert/strict";
import fc from "fast-check";
import { BlockSchedule, BURST_BYTES, type FlushMode } from "../../httperf/block_schedule.ts";

/** Bytes that Go's bufio.Writer has passed on after each of `count` writes, and after the flush. */
function bufferedWrites(sizeBytes: number, count: number): number[] {
  let buffered = 0;
  let passed = 0;
  const passedAfter: number[] = [];
  for (let block = 0; block < count; block++) {
    let rest = sizeBytes;
    while (rest > BURST_BYTES - buffered) {
      if (buffered === 0) {
        passed += rest;
        rest = 0;
      } else {
        rest -= BURST_BYTES - buffered;
        passed += BURST_BYTES;
        buffered = 0;
      }
    }
    buffered += rest;
    passedAfter.push(passed);
  }
  return [...passedAfter, passed + buffered];
}

const anyRequest = fc.record({
  sizeBytes: fc.oneof(
    fc.integer({ min: 1, max: 9_000 }),
    fc.constantFrom(1, 500, 2048, 4095, 4096, 4097),
  ),
  count: fc.integer({ min: 1, max: 60 }),
  periodMs: fc.integer({ min: 1, max: 100_000 }).map((periodUs) => periodUs / 1_000),
});
const anyStart = fc.double({ min: 0, max: 1e9, noNaN: true });

Deno.test("each block is released when it is due and not before, wherever the clock stands", () => {
  fc.assert(fc.property(anyRequest, anyStart, (request, startMs) => {
    const schedule = new BlockSchedule(request, { flush: "block", startMs });
    for (let block = 0; block < request.count; block++) {
      const dueMs = schedule.nextReleaseMs(block * request.sizeBytes);
      assert.equal(dueMs, startMs + block * request.periodMs);
      assert.equal(schedule.releasedBytes(dueMs), (block + 1) * request.sizeBytes);
    }
    assert.equal(schedule.nextReleaseMs(schedule.totalBytes), schedule.endMs);
    assert.equal(schedule.endMs, startMs + request.count * request.periodMs);
  }));
});

Deno.test("coalesced blocks leave when Go's buffered writer would let them", () => {
  fc.assert(fc.property(anyRequest, (request) => {
    const schedule = new BlockSchedule(request, { flush: "coalesce", startMs: 0 });
    const passed = bufferedWrites(request.sizeBytes, request.count);
    passed.forEach((bytes, block) => {
      assert.equal(schedule.releasedBytes(block * request.periodMs), bytes);
    });
  }));
});

Deno.test("waiting for the next release always brings more bytes or the end", () => {
  const anyFlush = fc.constantFrom<FlushMode>("block", "coalesce");
  fc.assert(fc.property(anyRequest, anyFlush, anyStart, (request, flush, startMs) => {
    const schedule = new BlockSchedule(request, { flush, startMs });
    let sentBytes = 0;
    let nowMs = startMs;
    while (sentBytes < schedule.totalBytes) {
      const nextMs = schedule.nextReleaseMs(sentBytes);
      assert.ok(nextMs >= nowMs);
      nowMs = nextMs;
      const releasedBytes = schedule.releasedBytes(nowMs);
      assert.ok(releasedBytes > sentBytes, `stuck at ${sentBytes} of ${schedule.totalBytes}`);
      sentBytes = releasedBytes;
    }
    assert.ok(nowMs <= schedule.endMs);
  }));
});

Deno.test("20 coalesced blocks of 500 B every 50 ms first leave after 400 ms, as from go_httperf", () => {
  const request = { sizeBytes: 500, count: 20, periodMs: 50 };
  const schedule = new BlockSchedule(request, { flush: "coalesce", startMs: 0 });
  assert.equal(schedule.nextReleaseMs(0), 400);
  assert.equal(schedule.releasedBytes(399.9), 0);
  assert.equal(schedule.releasedBytes(400), 4096);
  assert.equal(schedule.endMs, 1_000);
  assert.equal(schedule.releasedBytes(999.9), 8192);
  assert.equal(schedule.releasedBytes(1_000), 10_000);
});

for (const flush of ["block", "coalesce"] as const) {
  Deno.test(`without a period everything is released at once (${flush})`, () => {
    const request = { sizeBytes: 500, count: 20, periodMs: 0 };
    const schedule = new BlockSchedule(request, { flush, startMs: 7 });
    assert.equal(schedule.releasedBytes(7), 10_000);
    assert.equal(schedule.endMs, 7);
  });
}
