/** The generator's fitness by the load it made: drops, shortfall, late arrivals. @module */

import assert from "node:assert/strict";
import { assessValidity, type ExpectedLoad } from "../../../core/judge/validity.ts";
import { operations } from "./recorded.ts";
import { checkValidity, tenSeconds, withOperations } from "./validity_cases.ts";

Deno.test("arrivals of the open model may be taken up 20 ms late, and beyond 200 ms nothing is valid", () => {
  const open: ExpectedLoad = { targetRatePerSec: 1, cpuCount: 4 };
  const late = (valueMs: number) =>
    tenSeconds((recorder, atMs) => {
      recorder.observeMs("schedulingLag", valueMs, { atMs });
      operations(recorder, atMs, {});
    });
  const reason = (lag: string, budget: string) =>
    `Arrivals were taken up ${lag} late at p99 (budget ${budget}): ` +
    "lower the rate or spread it over more generators.";
  checkValidity([
    { name: "at 20", totals: late(20), expected: open, level: "valid", reasons: [] },
    {
      name: "over 20",
      totals: late(21),
      expected: open,
      level: "degraded",
      reasons: [reason("21ms", "20ms")],
    },
    {
      name: "at 200",
      totals: late(200),
      expected: open,
      level: "degraded",
      reasons: [reason("200ms", "20ms")],
    },
    {
      name: "over 200",
      totals: late(201),
      expected: open,
      level: "invalid",
      reasons: [reason("201ms", "200ms")],
    },
    { name: "closed model", totals: late(900), level: "valid", reasons: [] },
  ]);
});

Deno.test("a target that stalls while operations queue is not the generator's fault", () => {
  const totals = withOperations({ count: 100, lagMs: 9_000, serviceMs: 5_000 });
  checkValidity([{
    name: "lag of operations",
    totals,
    expected: { targetRatePerSec: 10, cpuCount: 4 },
    level: "valid",
    reasons: [],
  }]);
});

Deno.test("one dropped operation in a thousand is bearable, more than one in twenty is not", () => {
  const drops = (dropped: number, ok: number) =>
    withOperations({ count: ok }, { count: dropped, outcome: "dropped" });
  const reason = (ratio: string, op: string, budget: string) =>
    `${ratio} of the ${op} operations that were due were never sent (budget ${budget}): ` +
    "raise the in-flight limit or lower the rate.";
  checkValidity([
    { name: "0.1 %", totals: drops(10, 9_990), level: "valid", reasons: [] },
    {
      name: "0.2 %",
      totals: drops(20, 9_980),
      level: "degraded",
      reasons: [reason("0.2 %", "request", "0.1 %")],
    },
    {
      name: "5 %",
      totals: drops(50, 950),
      level: "degraded",
      reasons: [reason("5 %", "request", "0.1 %")],
    },
    {
      name: "6 %",
      totals: drops(60, 940),
      level: "invalid",
      reasons: [reason("6 %", "request", "5 %")],
    },
    {
      name: "all",
      totals: drops(60, 0),
      level: "invalid",
      reasons: [reason("100 %", "request", "5 %")],
    },
    {
      name: "hidden among others, over two series",
      totals: withOperations(
        { op: "update", count: 10_000 },
        { op: "create", count: 100, tags: { namespace: "a" } },
        { op: "create", count: 100, tags: { namespace: "b" }, outcome: "dropped" },
      ),
      level: "invalid",
      reasons: [reason("50 %", "create", "5 %")],
    },
  ]);
});

Deno.test("the open model may miss 1 % of its target, and beyond 5 % nothing is valid", () => {
  const at = (targetRatePerSec: number, more: Partial<ExpectedLoad> = {}): ExpectedLoad => ({
    targetRatePerSec,
    cpuCount: 4,
    ...more,
  });
  const reason = (achieved: string, target: string, budget: string) =>
    `Only ${achieved} of the target rate of ${target} was sent (budget ${budget}): ` +
    "lower the rate or spread it over more generators.";
  // 100,000 arrivals were wanted, with a standard deviation of 316.
  const wanted = at(10_000);
  checkValidity([
    {
      name: "all",
      totals: withOperations({ count: 100_000 }),
      expected: wanted,
      level: "valid",
      reasons: [],
    },
    {
      name: "99 %",
      totals: withOperations({ count: 99_000 }),
      expected: wanted,
      level: "valid",
      reasons: [],
    },
    {
      name: "98.9 %",
      totals: withOperations({ count: 98_900 }),
      expected: wanted,
      level: "degraded",
      reasons: [reason("98.9 %", "10000/s", "99 %")],
    },
    {
      name: "95 %",
      totals: withOperations({ count: 95_000 }),
      expected: wanted,
      level: "degraded",
      reasons: [reason("95 %", "10000/s", "99 %")],
    },
    {
      name: "94.9 %",
      totals: withOperations({ count: 94_900 }),
      expected: wanted,
      level: "invalid",
      reasons: [reason("94.9 %", "10000/s", "95 %")],
    },
    {
      name: "failed and cancelled ones were sent",
      totals: withOperations(
        { count: 50_000 },
        { count: 40_000, outcome: "timeout" },
        { count: 10_000, outcome: "cancelled" },
      ),
      expected: wanted,
      level: "valid",
      reasons: [],
    },
    {
      name: "three standard deviations below are chance: 100 wanted, 70 sent",
      totals: withOperations({ count: 70 }),
      expected: at(10),
      level: "valid",
      reasons: [],
    },
    {
      name: "more than three are not: 60 sent",
      totals: withOperations({ count: 60 }),
      expected: at(10),
      level: "invalid",
      reasons: [reason("60 %", "10/s", "95 %")],
    },
    {
      name: "the wait for the last answers is no time with arrivals",
      totals: withOperations({ count: 60 }),
      expected: at(10, { arrivalsMs: 6_000 }),
      level: "valid",
      reasons: [],
    },
    {
      name: "which of several operations an arrival begins with is not guessed",
      totals: withOperations({ op: "create", count: 10 }, { op: "delete", count: 10 }),
      expected: at(10),
      level: "valid",
      reasons: [],
    },
    {
      name: "but judged when it is told",
      totals: withOperations({ op: "create", count: 10 }, { op: "delete", count: 100 }),
      expected: at(10, { op: "create" }),
      level: "invalid",
      reasons: [reason("10 %", "10/s", "95 %")],
    },
    { name: "closed model", totals: withOperations({ count: 10 }), level: "valid", reasons: [] },
  ]);
});

Deno.test("drops and the shortfall that they make are both told", () => {
  const totals = withOperations({ count: 900 }, { count: 100, outcome: "dropped" });
  const { level, reasons } = assessValidity(totals, { targetRatePerSec: 100, cpuCount: 4 });
  assert.equal(level, "invalid");
  assert.deepEqual(reasons.map((reason) => reason.split(" (")[0]), [
    "10 % of the request operations that were due were never sent",
    "Only 90 % of the target rate of 100/s was sent",
  ]);
});
