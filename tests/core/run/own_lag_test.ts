/**
 * What a verdict makes of a generator that was late: a fast target is not blamed for it, and a slow
 * one is not excused by it. One run on the fake clock, whose event loop is held up as scripted.
 * @module
 */

import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import type { Verdict } from "../../../core/judge/finding.ts";
import { createRng } from "../../../core/load/rng.ts";
import { execute } from "../../../core/load/executor.ts";
import { constant } from "../../../core/load/arrival.ts";
import { Ticker } from "../../../core/load/ticker.ts";
import { LOOP_LOG_BYTES, LoopLog } from "../../../core/measure/loop_log.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { Run } from "../../../core/run/run.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { SelfMonitor } from "../../../core/run/self_monitor.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { judged } from "../judge/recorded.ts";

const USAGE = { cpuMs: 0, rssBytes: 0, heapUsedBytes: 0 };
const RUN_MS = 10_000;

interface Script {
  /** How long the target takes. */
  readonly answerMs: number;
  /** Each answer is read in so many steps, each of which takes a turn of the event loop. */
  readonly steps?: number;
  /** How long the loop is held up, again and again after so long. */
  readonly stallMs?: number;
  readonly everyMs?: number;
  readonly standIns?: readonly LoopLog[];
  /** The call gives up then. */
  readonly timeoutMs?: number;
}

/** The intervals of ten seconds with ten reads a second. */
async function intervalsOf(script: Script): Promise<Interval[]> {
  const { answerMs, steps = 1, stallMs = 0, everyMs = RUN_MS, timeoutMs = Infinity } = script;
  const clock = new FakeClock(1_000);
  const records: RunLogRecord[] = [];
  const run = new Run({
    id: "own-lag",
    clock,
    rng: createRng(1),
    log: (...some) => records.push(...some),
    standIns: script.standIns,
  });
  run.begin();
  const { recorder, loop } = run;
  await using _monitor = new SelfMonitor({ clock, recorder, loop, readUsage: () => USAGE });
  const rotating = new Ticker(() => run.rotate(), { clock, periodMs: 1_000 });
  const answer = async () => {
    const deadlineMs = clock.now() + timeoutMs;
    for (let step = 0; step < steps; step++) {
      await clock.sleepUntil(Math.min(deadlineMs, clock.now() + answerMs / steps));
      if (clock.now() >= deadlineMs) throw new OperationFailedError("timeout", "no answer");
    }
  };
  const load = execute(run, {
    workload: {
      name: "reads",
      firstOp: "read",
      iterate: async (iteration) => void await iteration.timed(answer, { op: "read" }),
    },
    model: {
      kind: "open",
      arrivals: constant(10),
      maxInFlight: Infinity,
      whenFull: "queue",
      catchUp: "burst",
    },
  });
  const startMs = clock.now();
  while (clock.now() < startMs + RUN_MS) {
    await clock.advance(everyMs - stallMs);
    if (stallMs > 0) clock.stall(stallMs);
  }
  run.stop("duration");
  await clock.advance(answerMs);
  await load;
  await rotating[Symbol.asyncDispose]();
  return records.flatMap((record) => record.type === "interval" ? [record.interval] : []);
}

async function verdictOf(script: Script, threshold: string): Promise<Verdict> {
  return judged(threshold, await intervalsOf(script)).verdict;
}

const P95 = "read.p95 < 100ms";

Deno.test("a fast target passes, and a slow one fails, while the generator is on time", async () => {
  assert.equal(await verdictOf({ answerMs: 10 }, P95), "pass");
  assert.equal(await verdictOf({ answerMs: 300 }, P95), "fail");
});

Deno.test("a fast target does not fail because the generator was late", async () => {
  const late = { answerMs: 10, stallMs: 600, everyMs: 1_000 };
  const { verdict, observed, reason } = judged(P95, await intervalsOf(late));
  assert.equal(verdict, "inconclusive");
  assert.ok(parseFloat(observed ?? "") > 500, observed ?? "");
  assert.match(
    reason,
    /as measured and [\d.]+ms without the lag of the generator's own event loops/,
  );
});

Deno.test("nor if each of several steps of an answer had to wait for the loop", async () => {
  const late = { answerMs: 12, steps: 4, stallMs: 150, everyMs: 155 };
  assert.equal(await verdictOf(late, P95), "inconclusive");
});

Deno.test("a slow target fails although the generator was somewhat late", async () => {
  const late = { answerMs: 300, stallMs: 60, everyMs: 250 };
  const { verdict, reason } = judged(P95, await intervalsOf(late));
  assert.equal(verdict, "fail");
  const [, without] = /^3\d\dms is not < 100ms, nor is (.+)ms, which is without any/.exec(reason) ??
    [];
  assert.ok(Number(without) > 100 && Number(without) < 300, reason);
  assert.equal(await verdictOf({ ...late, everyMs: 500 }, "read.min < 200ms"), "fail");
});

Deno.test("a least time is not passed by lag of the generator's own", async () => {
  const late = { answerMs: 10, stallMs: 600, everyMs: 700 };
  assert.equal(await verdictOf(late, "read.max > 500ms"), "inconclusive");
  assert.equal(await verdictOf({ answerMs: 550 }, "read.max > 500ms"), "pass");
});

Deno.test("every window is judged with its own lag", async () => {
  const once = { answerMs: 10, stallMs: 600, everyMs: 5_300 };
  assert.equal(await verdictOf(once, "read.max < 100ms over 1s"), "inconclusive");
  assert.equal(await verdictOf(once, "read.max < 100ms over 1s for 3s"), "pass");
});

Deno.test("a time limit that ran out while the loop was away proves nothing", async () => {
  const threshold = "read.failed.ratio <= 5%";
  const late = { answerMs: 50, steps: 5, timeoutMs: 200, stallMs: 300, everyMs: 310 };
  assert.equal(await verdictOf(late, threshold), "inconclusive");
  const dead = { answerMs: 5_000, timeoutMs: 500, stallMs: 20, everyMs: 1_000 };
  assert.equal(await verdictOf(dead, threshold), "fail");
});

Deno.test("lag of a thread that stands in for the target is lag of our own", async () => {
  const standIn = new LoopLog(new SharedArrayBuffer(LOOP_LOG_BYTES));
  const wallOffsetMs = Date.parse("2026-01-01T00:00:00Z") - 1_000;
  // Its clock is 500 ms ahead of the run's; it is away all the time.
  standIn.open(1_500, { nextDueMs: 1_519, wallOffsetMs: wallOffsetMs - 500 });
  standIn.ran(RUN_MS * 2, { dueMs: 1_519, nextDueMs: RUN_MS * 2 + 19 });
  const script = { answerMs: 300, standIns: [standIn] };
  assert.equal(await verdictOf(script, P95), "inconclusive");
});

Deno.test("lag of our own is never more than the time that it is taken from", async () => {
  const intervals = await intervalsOf({ answerMs: 10, stallMs: 600, everyMs: 700 });
  for (const { operations, distributions } of intervals) {
    for (const { withoutOwnLag } of operations) {
      assert.ok(withoutOwnLag?.response === undefined || withoutOwnLag.response.min >= 0);
    }
    const loopLag = distributions.find(({ name }) => name === "loopLag");
    assert.equal(loopLag?.withoutOwnLag, undefined);
  }
});
