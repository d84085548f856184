import assert from "node:assert/strict";
import fc from "fast-check";
import { LOOP_LOG_BYTES, LoopLog, NOTICEABLE_LAG_MS } from "../../../core/measure/loop_log.ts";

const PERIOD_MS = 19;

/** A log whose timer was due every 19 ms and ran so much later each time; a new one is set then. */
function ticked(lagsMs: readonly number[], log = new LoopLog()) {
  let nowMs = 0;
  log.open(nowMs, { nextDueMs: PERIOD_MS, wallOffsetMs: 0 });
  for (const lagMs of lagsMs) {
    const dueMs = nowMs + PERIOD_MS;
    nowMs = dueMs + lagMs;
    log.ran(nowMs, { dueMs, nextDueMs: nowMs + PERIOD_MS });
  }
  return { log, nowMs };
}

Deno.test("a loop whose timer is on time was never away", () => {
  const { log, nowMs } = ticked([0, 1, NOTICEABLE_LAG_MS]);
  assert.equal(log.awayMs(0, nowMs), 0);
});

Deno.test("a loop was away from the timer's last run to the late one", () => {
  const { log } = ticked([0, 100, 0, 0]);
  // On time at 19 ms, then at 138 ms instead of 38 ms.
  assert.equal(log.awayMs(0, 176), 119);
  assert.equal(log.awayMs(50, 60), 10);
  assert.equal(log.awayMs(100, 176), 38);
  assert.equal(log.awayMs(0, 19), 0);
  assert.equal(log.awayMs(138, 176), 0);
});

Deno.test("a loop is away now when its timer should have run, and until it is on time again", () => {
  const { log, nowMs } = ticked([0]);
  assert.equal(log.awayMs(nowMs, nowMs + PERIOD_MS + NOTICEABLE_LAG_MS), 0);
  assert.equal(log.awayMs(nowMs, nowMs + 200), 200);
  assert.equal(log.awayMs(nowMs + 50, nowMs + 200), 150);
  const late = ticked([0, 100]);
  assert.equal(late.log.awayMs(late.nowMs, late.nowMs + 10), 10);
});

Deno.test("nothing counts before the loop is looked at and after that has ended", () => {
  const log = new LoopLog();
  assert.equal(log.awayMs(0, 1_000), 0);
  const { nowMs } = ticked([0, 50], log);
  log.close();
  assert.equal(log.awayMs(nowMs, nowMs + 10_000), 0);
  assert.equal(log.awayMs(0, nowMs), 69);
});

Deno.test("another log on the same shared buffer says the same", () => {
  const log = new LoopLog(new SharedArrayBuffer(LOOP_LOG_BYTES));
  ticked([0, 100, 0], log);
  const other = new LoopLog(log.buffer);
  assert.equal(other.awayMs(0, 157), 119);
  assert.equal(other.wallOffsetMs, log.wallOffsetMs);
});

Deno.test("time away adds up over any cut, and is never more than the time", () => {
  const lag = fc.integer({ min: 0, max: 60 });
  fc.assert(fc.property(
    fc.array(lag, { minLength: 1, maxLength: 200 }),
    fc.array(fc.nat({ max: 10_000 }), { minLength: 3, maxLength: 3 }),
    (lagsMs, times) => {
      const { log, nowMs } = ticked(lagsMs);
      const [from, middle, to] = times.map((time) => time % nowMs).toSorted((a, b) => a - b);
      const whole = log.awayMs(from!, to!);
      assert.ok(Math.abs(log.awayMs(from!, middle!) + log.awayMs(middle!, to!) - whole) < 1e-6);
      assert.ok(whole >= 0 && whole <= to! - from!);
    },
  ));
});

Deno.test("of a long run the latest stretches are remembered", () => {
  const { log, nowMs } = ticked(Array.from({ length: 10_000 }, (_, tick) => tick % 2 * 50));
  const stretchMs = PERIOD_MS + 50;
  const pairMs = stretchMs + PERIOD_MS;
  assert.equal(log.awayMs(nowMs - 1_000 * pairMs, nowMs), 1_000 * stretchMs);
});
