/** The generator's own fitness by its event loop and its cores, at and beyond each limit. @module */

import assert from "node:assert/strict";
import { assessValidity } from "../../../core/judge/validity.ts";
import { Totals } from "../../../core/measure/totals.ts";
import { operations, recordSeconds, totalsOf } from "./recorded.ts";
import { checkValidity, CLOSED, tenSeconds } from "./validity_cases.ts";

const NOT_AUDITED =
  "The generator was not audited: it has no readings of its own event-loop lag, " +
  "so make the run long enough for some, or check its load by other means.";

Deno.test("a generator without readings of its event loop was not audited", () => {
  const working = recordSeconds(10, (recorder, atMs) => operations(recorder, atMs, { count: 5 }));
  const warmUpOnly = recordSeconds(
    10,
    (recorder, atMs) => {
      if (atMs < 5_000) recorder.observeMs("loopLag", 1, { atMs });
    },
    { warmUpMs: 5_000 },
  );
  checkValidity([
    { name: "nothing", totals: new Totals(), level: "degraded", reasons: [NOT_AUDITED] },
    { name: "work", totals: totalsOf(working), level: "degraded", reasons: [NOT_AUDITED] },
    { name: "warm-up", totals: totalsOf(warmUpOnly), level: "degraded", reasons: [NOT_AUDITED] },
  ]);
});

Deno.test("a stage that is over before a reading, and puts no load on, needs no audit", () => {
  const lasting = (ms: number) => ({ rotateAtMs: () => ms });
  const idle = (ms: number) =>
    totalsOf(recordSeconds(1, (recorder) => recorder.count("ticks", 1, { atMs: 0 }), lasting(ms)));
  const busy = recordSeconds(1, (recorder) => operations(recorder, 0, {}), lasting(5));
  checkValidity([
    { name: "5 ms", totals: idle(5), level: "valid", reasons: [] },
    { name: "100 ms", totals: idle(100), level: "degraded", reasons: [NOT_AUDITED] },
    { name: "with work", totals: totalsOf(busy), level: "degraded", reasons: [NOT_AUDITED] },
  ]);
});

Deno.test("a generator for which time stood still needs no audit", () => {
  const working = totalsOf(recordSeconds(10, (recorder, atMs) => {
    operations(recorder, atMs, { count: 5 });
  }));
  const simulated = { ...CLOSED, isSimulated: true };
  assert.deepEqual(assessValidity(working, simulated), { level: "valid", reasons: [] });
});

Deno.test("the event loop may be late up to 50 ms, and beyond 250 ms nothing is valid", () => {
  const lags = (...valuesMs: number[]) =>
    totalsOf(recordSeconds(1, (recorder, atMs) => {
      for (const valueMs of valuesMs) recorder.observeMs("loopLag", valueMs, { atMs });
    }));
  const hundred = (last: number) => lags(...Array<number>(99).fill(1), last);
  const reason = (lag: string, budget: string) =>
    `The generator's event loop was ${lag} late at p99 (budget ${budget}): ` +
    "lower the load on this machine or use a larger one.";
  checkValidity([
    { name: "at 50", totals: lags(50), level: "valid", reasons: [] },
    { name: "over 50", totals: lags(51), level: "degraded", reasons: [reason("51ms", "50ms")] },
    { name: "at 250", totals: lags(250), level: "degraded", reasons: [reason("250ms", "50ms")] },
    { name: "over 250", totals: lags(251), level: "invalid", reasons: [reason("251ms", "250ms")] },
    // One reading in a hundred is not p99; one in fewer may well be.
    { name: "1 of 100", totals: hundred(900), level: "valid", reasons: [] },
    { name: "1 of 2", totals: lags(1, 900), level: "invalid", reasons: [reason("900ms", "250ms")] },
  ]);
});

Deno.test("a thread that is idle does not hide one that is late", () => {
  const totals = totalsOf(recordSeconds(1, (recorder, atMs) => {
    for (let tick = 0; tick < 1_000; tick++) recorder.observeMs("loopLag", 1, { atMs });
    const tags = { thread: "steve-fleet" };
    for (let tick = 0; tick < 5; tick++) recorder.observeMs("loopLag", 300, { atMs, tags });
  }));
  checkValidity([{
    name: "one of two threads",
    totals,
    level: "invalid",
    reasons: [
      "The generator's event loop of thread steve-fleet was 300ms late at p99 (budget 250ms): " +
      "lower the load on this machine or use a larger one.",
    ],
  }]);
});

Deno.test("a full core degrades a run and never makes it invalid", () => {
  const busy = (...ratios: number[]) =>
    tenSeconds((recorder, atMs) => {
      for (const ratio of ratios) recorder.gauge("cpuRatio", ratio, { atMs });
    });
  const readOnce = (ratio: number) =>
    tenSeconds((recorder, atMs) => {
      if (atMs === 0) recorder.gauge("cpuRatio", ratio, { atMs });
    });
  const threads = "use more of this machine's 4 cores with more threads, or lower the rate";
  const machine = "use a machine with more cores, or lower the rate";
  const reason = (used: string, remedy: string) =>
    `The generator used ${used} of a core (budget 90 %): ` +
    `the figures may be its limit, not the target's, so ${remedy}.`;
  checkValidity([
    { name: "at 90 %", totals: readOnce(0.9), level: "valid", reasons: [] },
    {
      name: "just over",
      totals: readOnce(0.9001),
      level: "degraded",
      reasons: [reason("90.01 %", threads)],
    },
    { name: "97 %", totals: busy(0.97), level: "degraded", reasons: [reason("97 %", threads)] },
    { name: "a mean", totals: busy(0.5, 1), level: "valid", reasons: [] },
    { name: "two cores", totals: busy(2), level: "degraded", reasons: [reason("200 %", threads)] },
    {
      name: "one core",
      totals: busy(0.995),
      expected: { targetRatePerSec: null, cpuCount: 1 },
      level: "degraded",
      reasons: [reason("99.5 %", machine)],
    },
  ]);
});

Deno.test("the worst of the reasons sets the level, and a budget can be replaced", () => {
  const totals = tenSeconds((recorder, atMs) => {
    recorder.observeMs("loopLag", 60, { atMs });
    recorder.gauge("cpuRatio", 1, { atMs });
    operations(recorder, atMs, { count: 5 });
    operations(recorder, atMs, { count: 5, outcome: "dropped" });
  });
  assert.equal(assessValidity(totals, CLOSED).level, "invalid");
  assert.equal(assessValidity(totals, CLOSED).reasons.length, 3);
  const lenient = { degraded: 1_000, invalid: 1_000 };
  const budget = {
    loopLagMs: lenient,
    schedulingLagMs: lenient,
    droppedRatio: lenient,
    shortfallRatio: lenient,
    cpuRatio: { degraded: 0.9 },
  };
  assert.equal(assessValidity(totals, { ...CLOSED, budget }).level, "degraded");
  assert.equal(assessValidity(totals, { ...CLOSED, budget }).reasons.length, 1);
});
