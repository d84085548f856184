import assert from "node:assert/strict";
import { compareRuns, type RunComparison } from "../../../../core/report/compare/compare.ts";
import type { MetricComparison } from "../../../../core/report/compare/metric.ts";
import { counterBetterWay } from "../../../../core/report/compare/readings.ts";
import type { Report } from "../../../../core/report/report.ts";
import { fakeReport, fakeStats } from "../../../support/compare_reports.ts";

const OPTIONS = { confidence: 0.95, failOn: [] };

function metricOf(comparison: RunComparison, name: string): MetricComparison {
  const found = comparison.metrics.find((metric) => metric.name === name);
  assert.ok(found, `${name} is not among ${comparison.metrics.map(({ name }) => name).join(" ")}`);
  return found;
}

Deno.test("a second without an operation counts as rate 0, a short last one not at all, the warm-up not either", () => {
  const stalled = fakeReport({
    seconds: Array.from({ length: 10 }, () => ({ ratePerSec: 100, serviceMs: 10 })),
  }, { manifest: { warmUpMs: 2_000 } });
  const [series] = stalled.series.operations;
  assert.ok(series);
  const gauge = series.points.map(({ startMs, endMs }) => ({ startMs, endMs, value: 0.5 }));
  const last = { ...series.points[0], startMs: 10_000, endMs: 10_400, ratePerSec: 7 };
  const report: Report = {
    ...stalled,
    series: {
      ...stalled.series,
      // Seconds 5 to 9 have a reading of the generator, but no request.
      operations: [{ op: "request", points: [...series.points.slice(0, 5), last] as never }],
      gauges: [{ name: "cpuRatio", points: gauge }],
    },
  };
  const comparison = compareRuns([report], [report], OPTIONS);
  const rate = metricOf(comparison, "request.rate");
  assert.equal(rate.base?.n, 8);
  assert.equal(rate.base?.value, 0, "3 seconds of 100, 5 of 0");
  const p50 = metricOf(comparison, "request.service.p50");
  assert.equal(p50.verdict, "?");
  assert.equal(p50.reason, "needs at least 4 stretches of time a side with a value, has 3 and 3");
});

Deno.test("counters and gauges are compared, and a counter whose name tells nothing only changes", () => {
  const runs = (factor: number) =>
    [1, 1.01, 1.02, 1.03].map((jitter) => {
      const value = 100 * jitter * factor;
      return fakeReport([], {
        counters: ["receivedBytes", "timeouts", "frames"].map((name) => ({
          name,
          total: 60 * value,
          ratePerSec: value,
        })),
        gauges: ["cpuRatio", "rssBytes", "inFlight"].map((name) => ({
          name,
          last: value,
          min: value,
          mean: value,
          max: value,
        })),
        distributions: [{
          name: "ttfb",
          tags: { connection: "0" },
          unit: "ms",
          stats: fakeStats(value),
        }],
      });
    });
  const comparison = compareRuns(runs(1), runs(2), OPTIONS);
  assert.deepEqual(
    comparison.metrics.map(({ name, verdict, unit }) => [name, verdict, unit]),
    [
      ['ttfb{connection="0"}.p50', "worse", "ms"],
      ['ttfb{connection="0"}.p99', "worse", "ms"],
      ["receivedBytes.rate", "better", "bytesPerSec"],
      ["timeouts.rate", "worse", "perSec"],
      ["frames.rate", "changed", "perSec"],
      ["cpuRatio.mean", "worse", "ratio"],
      ["cpuRatio.max", "worse", "ratio"],
      ["rssBytes.mean", "worse", "bytes"],
      ["rssBytes.max", "worse", "bytes"],
    ],
  );
  assert.ok(comparison.metrics.every(({ deltaKind }) => deltaKind === "relative"));
});

Deno.test("counterBetterWay() reads the words of a name", () => {
  const cases: [string, ReturnType<typeof counterBetterWay>][] = [
    ["receivedBytes", "higher"],
    ["events_received", "higher"],
    ["reconnects", "lower"],
    ["failedDeliveries", "lower"],
    ["deliveredErrors", "lower"],
    ["frames", null],
    ["resentment", null],
    ["okra", null],
  ];
  for (const [name, way] of cases) assert.equal(counterBetterWay(name), way, name);
});

Deno.test("a percentile that too few samples support is left out, or not judged where one side has it", () => {
  const few = (count: number, ok: number) =>
    Array.from({ length: count }, () => fakeReport({ op: "connect", ok }));
  const neither = compareRuns(few(4, 10), few(4, 10), OPTIONS);
  assert.ok(!neither.metrics.some(({ name }) => name === "connect.service.p99"));
  const one = compareRuns(few(4, 10), few(4, 1_000), OPTIONS);
  const p99 = metricOf(one, "connect.service.p99");
  assert.deepEqual([p99.verdict, p99.reason, p99.base], ["?", "only in the new runs", null]);
  const some = compareRuns([...few(2, 10), ...few(3, 1_000)], few(5, 1_000), OPTIONS);
  assert.equal(
    metricOf(some, "connect.service.p99").reason,
    "needs at least 4 runs a side with a value, has 3 and 5",
  );
});

Deno.test("of several stages each is compared by itself, with the stage of the same name", () => {
  const staged = (rates: readonly number[]): Report => {
    const parts = rates.map((ratePerSec) =>
      fakeReport({ seconds: Array.from({ length: 10 }, () => ({ ratePerSec, serviceMs: 10 })) })
    );
    const [first] = parts;
    const points = parts.flatMap(({ series }, stage) =>
      series.operations[0]!.points.map((point) => ({
        ...point,
        startMs: point.startMs + 15_000 * stage,
        endMs: point.endMs + 15_000 * stage,
      }))
    );
    return {
      ...first!,
      manifest: { ...first!.manifest, isStaged: true },
      series: { operations: [{ op: "request", points }], counters: [], gauges: [] },
      stages: parts.map(({ summary }, stage) => ({
        ...{
          name: `lambda=${10 * (stage + 1)}`,
          kind: "measured",
          level: null,
          arrivals: null,
          pausedMs: 0,
          changes: [],
        },
        ...{
          targetRatePerSec: null,
          class: null,
          causes: [],
          findings: [],
          disqualified: null,
          isDone: false,
          response: null,
          validity: { level: "valid", reasons: [] },
        },
        startMs: 15_000 * stage,
        endMs: 15_000 * stage + 10_000,
        summary,
      })),
    };
  };
  const comparison = compareRuns([staged([10, 20])], [staged([10, 15])], OPTIONS);
  const changes = ["lambda=10", "lambda=20"].map((stage) => {
    const { base, candidate } = metricOf(comparison, `request.rate in ${stage}`);
    return [base?.value, candidate?.value, base?.n];
  });
  assert.deepEqual(changes, [[10, 10, 10], [20, 15, 10]]);
});

Deno.test("of ladders the highest levels that held are compared", () => {
  const climbed = (lastGood: number): Report => ({
    ...fakeReport([]),
    ladder: {
      ...{ flag: "lambda", unit: "arrivals/s", lastGood, firstBad: null, because: null },
      ...{ safeLevel: 0.8 * lastGood, boundBy: null, verdict: "pass", reason: "", rungs: [] },
    },
  });
  const runs = (...levels: readonly number[]) => levels.map(climbed);
  const few = metricOf(compareRuns(runs(40), runs(30), OPTIONS), "ladder of lambda.lastGood");
  assert.deepEqual([few.base?.value, few.candidate?.value, few.delta], [40, 30, -0.25]);
  assert.equal(few.verdict, "?");
  const many = compareRuns(runs(40, 41, 42, 43), runs(30, 31, 32, 33), OPTIONS);
  assert.equal(metricOf(many, "ladder of lambda.lastGood").verdict, "worse");
});
