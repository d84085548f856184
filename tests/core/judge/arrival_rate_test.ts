import assert from "node:assert/strict";
import {
  arrivalRate,
  type ExpectedArrivals,
  shortfallRatio,
} from "../../../core/judge/arrival_rate.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { Totals } from "../../../core/measure/totals.ts";

/** A run of 4 s in which these many of each operation were sent at its beginning. */
function sent(counts: Readonly<Record<string, number>>): Totals {
  const recorder = new Recorder({ startMs: 0 });
  for (const [op, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index++) {
      recorder.record({ op, dueMs: 0, sentMs: 0, doneMs: 1, outcome: { kind: "ok" } });
    }
  }
  const totals = new Totals();
  for (const interval of recorder.rotate(4_000)) totals.add(interval);
  return totals;
}

const CASES: readonly [string, Totals, ExpectedArrivals, ReturnType<typeof arrivalRate>][] = [
  [
    "a load that is awaited for longer than it came",
    sent({ create: 50, delete: 50 }),
    { targetRatePerSec: 50, op: "create", arrivalsMs: 1_000 },
    { targetPerSec: 50, achievedPerSec: 50, sent: 50, spanMs: 1_000 },
  ],
  [
    "without an end of the arrivals, all of the measured time",
    sent({ request: 100 }),
    { targetRatePerSec: 50 },
    { targetPerSec: 50, achievedPerSec: 25, sent: 100, spanMs: 4_000 },
  ],
  ["a closed load", sent({ request: 100 }), { targetRatePerSec: null, arrivalsMs: 1 }, null],
  ["several operations, and none named", sent({ a: 1, b: 1 }), { targetRatePerSec: 1 }, null],
  ["nothing sent", sent({ delete: 1 }), { targetRatePerSec: 1, op: "create" }, null],
  ["no time", sent({ a: 1 }), { targetRatePerSec: 1, arrivalsMs: 0 }, null],
];

for (const [what, totals, expected, rate] of CASES) {
  Deno.test(`the arrival rate of ${what}`, () => {
    assert.deepEqual(arrivalRate(totals, expected), rate);
  });
}

Deno.test("so far, what was begun and has no answer yet counts as sent; at the end it does not", () => {
  const recorder = new Recorder({ startMs: 0 });
  const outcome = (index: number) => index < 5 ? "ok" as const : "dropped" as const;
  for (let index = 0; index < 8; index++) {
    const times = { dueMs: 0, sentMs: 0, doneMs: 1 };
    recorder.record({ op: "create", ...times, outcome: { kind: outcome(index) } });
  }
  for (let index = 0; index < 50; index++) recorder.observeMs("schedulingLag", 0, { atMs: index });
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  const sent = (isSoFar: boolean) =>
    arrivalRate(totals, { targetRatePerSec: 50, op: "create", isSoFar })?.sent;
  assert.equal(sent(true), 47, "but for those that were never sent");
  assert.equal(sent(false), 5);
});

Deno.test("fewer arrivals are a shortfall only beyond what chance explains", () => {
  const ratio = (sent: number) =>
    shortfallRatio({ targetPerSec: 100, achievedPerSec: sent, sent, spanMs: 1_000 });
  assert.equal(ratio(120), 0);
  assert.equal(ratio(70), 0); // three standard deviations of 10
  assert.equal(ratio(69), 0.31);
});
