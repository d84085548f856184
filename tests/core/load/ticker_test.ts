import assert from "node:assert/strict";
import fc from "fast-check";
import { Ticker } from "../../../core/load/ticker.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function ticking(clock: FakeClock, periodMs: number) {
  const times: number[] = [];
  return { times, ticker: new Ticker(() => times.push(clock.now()), { clock, periodMs }) };
}

Deno.test("it acts once a period, first after one period, and once more at its end", async () => {
  const clock = new FakeClock(50);
  const { times, ticker } = ticking(clock, 1_000);
  await clock.advance(3_500);
  assert.deepEqual(times, [1_050, 2_050, 3_050]);
  await ticker[Symbol.asyncDispose]();
  assert.deepEqual(times, [1_050, 2_050, 3_050, 3_550]);
  await clock.advance(5_000);
  assert.equal(times.length, 4);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("ended at once it has acted once", async () => {
  const clock = new FakeClock();
  const { times, ticker } = ticking(clock, 1_000);
  await ticker[Symbol.asyncDispose]();
  assert.deepEqual(times, [0]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("after a standstill it acts once, and then again at the times that it had", async () => {
  const clock = new FakeClock();
  const { times, ticker } = ticking(clock, 1_000);
  await clock.advance(1_000);
  clock.stall(4_300);
  await clock.advance(1_000);
  assert.deepEqual(times, [1_000, 5_300, 6_000]);
  await ticker[Symbol.asyncDispose]();
});

Deno.test("an action that takes longer than a period skips the times within it", async () => {
  const clock = new FakeClock();
  const times: number[] = [];
  await using _ticker = new Ticker(() => {
    times.push(clock.now());
    clock.stall(150);
  }, { clock, periodMs: 100 });
  await clock.advance(1_000);
  assert.deepEqual(times, [100, 300, 500, 700, 900]);
});

Deno.test("it neither drifts nor acts twice at one time, whatever rounding does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.double({ min: 0.1, max: 5_000, noNaN: true }),
      async (startMs, periodMs) => {
        const clock = new FakeClock(startMs);
        const { times, ticker } = ticking(clock, periodMs);
        await clock.advance(periodMs * 5.5);
        await ticker[Symbol.asyncDispose]();
        const expected = [1, 2, 3, 4, 5].map((turn) => startMs + turn * periodMs);
        assert.deepEqual(times.slice(0, -1), expected);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("it counts its periods from a time in the past, and can end without acting once more", async () => {
  const clock = new FakeClock(250);
  const atMs: number[] = [];
  const act = () => atMs.push(clock.now());
  const ticker = new Ticker(act, { clock, periodMs: 100, startMs: 210, atEnd: false });
  await clock.advance(200);
  await ticker[Symbol.asyncDispose]();
  assert.deepEqual(atMs, [310, 410]);
});
