import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ANY_OFFSET,
  measureOffset,
  narrowed,
  offsetBetween,
  offsetOf,
  questionTimes,
} from "../../../kube/generators/clock_offset.ts";
import { JumpingClock } from "../../support/fake_clock.ts";

/** A server whose calendar is so far ahead, reached in `thereMs` and back in `backMs`. */
function askedServer(
  clock: JumpingClock,
  { aheadMs, thereMs = 1, backMs = 1 }: { aheadMs: number; thereMs?: number; backMs?: number },
): { ask: () => Promise<number>; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    ask: () => {
      asked++;
      clock.stall(thereMs);
      const dateMs = Math.floor((clock.wallNow().getTime() + aheadMs) / 1_000) * 1_000;
      clock.stall(backMs);
      return Promise.resolve(dateMs);
    },
  };
}

Deno.test("one answer bounds the offset to a second and the time that it took", () => {
  const range = narrowed(ANY_OFFSET, { sentMs: 10_400, receivedMs: 10_410, dateMs: 12_000 });
  assert.deepEqual(range, [1_590, 2_600]);
  assert.deepEqual(offsetOf(range), { offsetMs: 2_095, boundMs: 505 });
});

Deno.test("an answer that contradicts what was known counts alone", () => {
  const known = narrowed(ANY_OFFSET, { sentMs: 0, receivedMs: 10, dateMs: 5_000 });
  const after = narrowed(known, { sentMs: 1_000, receivedMs: 1_010, dateMs: 60_000 });
  assert.deepEqual(after, [58_990, 60_000]);
});

Deno.test("questions are asked when the server's second would change at the points of equal parts", () => {
  assert.deepEqual(questionTimes([0, 400], { nowMs: 10_000, count: 3 }), [10_700, 10_800, 10_900]);
  assert.deepEqual(questionTimes([-500, 500], { nowMs: 10_000, count: 1 }), [10_000]);
});

Deno.test("the truth is within the bound, whatever the way there and back takes", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: -3_600_000, max: 3_600_000 }),
    fc.integer({ min: 0, max: 80 }),
    fc.integer({ min: 0, max: 80 }),
    async (aheadMs, thereMs, backMs) => {
      const clock = new JumpingClock();
      const server = askedServer(clock, { aheadMs, thereMs, backMs });
      const { offsetMs, boundMs } = await measureOffset(clock, server.ask);
      assert.ok(Math.abs(offsetMs - aheadMs) <= boundMs + 1, `${offsetMs} ± ${boundMs}`);
    },
  ));
});

Deno.test("a quick server's clock is known to 10 ms after at most 18 questions", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: -5_000, max: 5_000 }),
    async (aheadMs) => {
      const clock = new JumpingClock();
      const server = askedServer(clock, { aheadMs });
      const { boundMs } = await measureOffset(clock, server.ask);
      assert.ok(boundMs <= 10, `${boundMs}`);
      assert.ok(server.asked() <= 18, `${server.asked()}`);
    },
  ));
});

Deno.test("one second in which a busy machine asks too late does not end the asking", async () => {
  const clock = new JumpingClock();
  const server = askedServer(clock, { aheadMs: 330 });
  const ask = () => {
    if (server.asked() >= 5 && server.asked() < 8) clock.stall(900);
    return server.ask();
  };
  const { offsetMs, boundMs } = await measureOffset(clock, ask);
  assert.ok(boundMs <= 25, `${offsetMs} ± ${boundMs} after ${server.asked()}`);
});

Deno.test("of two clocks compared with one server each bound counts", () => {
  const between = offsetBetween({ offsetMs: 100, boundMs: 3 }, { offsetMs: -20, boundMs: 4 });
  assert.deepEqual(between, { offsetMs: 120, boundMs: 7 });
});

Deno.test("a question that fails is the caller's to know", async () => {
  const clock = new JumpingClock();
  await assert.rejects(
    measureOffset(clock, () => Promise.reject(new Error("no answer"))),
    /no answer/,
  );
});
