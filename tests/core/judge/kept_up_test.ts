/** Whether a target answers what an open load offers. @module */

import assert from "node:assert/strict";
import type { Finding } from "../../../core/judge/finding.ts";
import { budgetOfRung, keptUp } from "../../../core/judge/kept_up.ts";
import { assessValidity, DEFAULT_VALIDITY_BUDGET } from "../../../core/judge/validity.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { Outcome } from "../../../core/measure/sample.ts";
import { Totals } from "../../../core/measure/totals.ts";

const DURATION_MS = 30_000;

/** A load of so many requests a second; `inFlight` is read once for each. */
function totalsOf(
  ratePerSec: number,
  { outcomeOf = () => ({ kind: "ok" }), inFlight = () => 1 }: {
    outcomeOf?: (index: number) => Outcome;
    inFlight?: (progress: number) => number;
  },
): Totals {
  const recorder = new Recorder({ startMs: 0 });
  const count = ratePerSec * DURATION_MS / 1_000;
  for (let index = 0; index < count; index++) {
    const dueMs = index * 1_000 / ratePerSec;
    recorder.record({
      op: "create",
      dueMs,
      sentMs: dueMs,
      doneMs: dueMs,
      outcome: outcomeOf(index),
    });
    recorder.gauge("inFlight", inFlight(index / count), { atMs: dueMs });
  }
  const totals = new Totals();
  for (const interval of recorder.rotate(DURATION_MS)) totals.add(interval);
  return totals;
}

function judged(totals: Totals, level: "valid" | "invalid" = "valid"): Finding {
  return keptUp(totals, { op: "create", validity: { level, reasons: ["It was late."] } });
}

Deno.test("a target with as much in flight at the end as at the beginning keeps up", () => {
  const wavy = totalsOf(50, { inFlight: (progress) => 20 + 12 * Math.sin(50 * progress) });
  assert.deepEqual(judged(wavy), {
    subject: "answers keep up with arrivals",
    verdict: "pass",
    observed: "0% unanswered",
    limit: "at most 5%",
    reason: "",
  });
});

Deno.test("a target of which ever more is in flight does not keep up, though nothing fails", () => {
  const growing = totalsOf(50, { inFlight: (progress) => 1 + 150 * progress });
  const { verdict, observed, reason } = judged(growing);
  assert.deepEqual([verdict, observed, reason], [
    "fail",
    "9.99% unanswered",
    "9.99% of the create operations that were due were left unanswered, and ever more would be",
  ]);
});

Deno.test("what was dropped got no answer", () => {
  const oneOf = (many: number) => ({
    outcomeOf: (index: number): Outcome => ({ kind: index % many === 0 ? "dropped" : "ok" }),
  });
  assert.deepEqual(judged(totalsOf(50, oneOf(10))).observed, "10% unanswered");
  assert.deepEqual(judged(totalsOf(50, oneOf(25))).verdict, "pass");
});

Deno.test("what is cut off at the end got no answer, beyond what is under way at any time", () => {
  const cut = (count: number) => ({
    outcomeOf: (index: number): Outcome => ({ kind: index >= 1_500 - count ? "cancelled" : "ok" }),
    inFlight: () => 100,
  });
  assert.deepEqual(judged(totalsOf(50, cut(100))).observed, "0% unanswered");
  assert.deepEqual(judged(totalsOf(50, cut(600))).observed, "40% unanswered");
});

Deno.test("a generator that was unfit proves nothing of the target", () => {
  const growing = totalsOf(50, { inFlight: (progress) => 1 + 150 * progress });
  const { verdict, reason } = judged(growing, "invalid");
  assert.deepEqual([verdict, reason], [
    "inconclusive",
    "the generator was not fit to measure: It was late.",
  ]);
});

Deno.test("a load of which nothing was due cannot be told", () => {
  assert.deepEqual(judged(new Totals()).reason, "no create was due");
});

Deno.test("in a rung, what a full target left unsent is not held against the generator", () => {
  const dropping = totalsOf(50, {
    outcomeOf: (index) => index % 2 === 0 ? { kind: "dropped" } : { kind: "ok" },
  });
  const expected = { targetRatePerSec: 50, op: "create", cpuCount: 2 };
  assert.equal(assessValidity(dropping, expected).level, "invalid");
  const budget = budgetOfRung(DEFAULT_VALIDITY_BUDGET);
  // It has no readings of its own lag here.
  assert.equal(assessValidity(dropping, { ...expected, budget }).level, "degraded");
  assert.equal(judged(dropping).verdict, "fail");
});
