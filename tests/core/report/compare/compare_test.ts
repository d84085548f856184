import assert from "node:assert/strict";
import fc from "fast-check";
import { compareRuns, type RunComparison } from "../../../../core/report/compare/compare.ts";
import type { MetricComparison } from "../../../../core/report/compare/metric.ts";
import { parseFailOn } from "../../../../core/report/compare/fail_on.ts";
import type { Report } from "../../../../core/report/report.ts";
import { fakeReport, type RunFigures } from "../../../support/compare_reports.ts";

const OPTIONS = { confidence: 0.95, failOn: [] };

/** Five runs whose rates and times are a little apart, times `factor`. */
function fiveRuns(factor = 1): Report[] {
  return [0.75, 0.875, 1, 1.125, 1.25].map((jitter, index) =>
    fakeReport({ ratePerSec: 100 * jitter, serviceMs: 10 * jitter * factor }, {
      runId: `run-${factor}-${index}`,
    })
  );
}

/** A run of 40 s, a point a second; the values of a side repeat so that medians are plain numbers. */
function oneRun(factor = 1, figures: RunFigures = {}): Report {
  const seconds = Array.from({ length: 40 }, (_, second) => ({
    ratePerSec: 100 + second % 4,
    serviceMs: (10 + second % 4) * factor,
  }));
  return fakeReport({ ...figures, seconds, serviceMs: 11 * factor }, { runId: `run-${factor}` });
}

function metricOf(comparison: RunComparison, name: string): MetricComparison {
  const found = comparison.metrics.find((metric) => metric.name === name);
  assert.ok(found, `${name} is not among ${comparison.metrics.map(({ name }) => name).join(" ")}`);
  return found;
}

function codes({ warnings }: RunComparison): string[] {
  return warnings.map(({ code }) => code);
}

Deno.test("compareRuns() finds nothing between runs that are the same", () => {
  const comparison = compareRuns(fiveRuns(), fiveRuns(), OPTIONS);
  assert.equal(comparison.basis, "runs");
  assert.equal(comparison.metrics.length, 11);
  for (const metric of comparison.metrics) {
    assert.equal(metric.verdict, "~", metric.name);
    assert.equal(metric.delta, 0);
    assert.equal(metric.pValue, 1);
    assert.equal(metric.base?.n, 5);
  }
  assert.equal(comparison.verdict, "pass");
  assert.deepEqual(comparison.regressions, []);
  assert.deepEqual(codes(comparison), ["same-run"]);
});

Deno.test("compareRuns() finds a doubled time worse and the rate unchanged, from the runs' own figures", () => {
  const comparison = compareRuns(fiveRuns(), fiveRuns(2), OPTIONS);
  const p99 = metricOf(comparison, "request.response.p99");
  assert.equal(p99.verdict, "worse");
  assert.equal(p99.test, "mann-whitney");
  assert.equal(p99.pValue, 2 / 252);
  assert.equal(p99.delta, 1);
  assert.deepEqual(p99.base, { value: 60, low: 45, high: 75, confidence: 0.9375, n: 5 });
  assert.equal(p99.candidate?.value, 120);
  assert.equal(metricOf(comparison, "request.rate").verdict, "~");
  assert.equal(metricOf(comparison, "request.failed.ratio").verdict, "~");
  assert.equal(comparison.verdict, "fail");
  assert.deepEqual(
    comparison.regressions.map(({ metric }) => metric).sort(),
    ["p50", "p90", "p99", "max"].flatMap((stat) => [
      `request.response.${stat}`,
      `request.service.${stat}`,
    ]).sort(),
  );
  assert.deepEqual(comparison.geometricMeans.map(({ of, n }) => [of, n]), [["times", 8]]);
  assert.ok(Math.abs((comparison.geometricMeans[0]?.ratio ?? 0) - 2) < 1e-12);
  assert.equal(metricOf(compareRuns(fiveRuns(2), fiveRuns(), OPTIONS), p99.name).verdict, "better");
});

Deno.test("compareRuns() passes a significant worsening below 5 %, unless a rule asks for less", () => {
  const runs = (serviceMs: number) =>
    [0, 0.01, 0.02, 0.03].map((more) => fakeReport({ serviceMs: serviceMs + more }));
  const sides = [runs(10), runs(10.45)] as const;
  const comparison = compareRuns(...sides, OPTIONS);
  assert.equal(metricOf(comparison, "request.response.p50").verdict, "worse");
  assert.equal(comparison.verdict, "pass");
  assert.equal(compareRuns(...sides, { ...OPTIONS, failOn: [parseFailOn("any")] }).verdict, "fail");
});

Deno.test("compareRuns() of one run a side tests stretches of time and says how little that tells", () => {
  const comparison = compareRuns([oneRun()], [oneRun(2)], OPTIONS);
  assert.equal(comparison.basis, "within-run");
  assert.deepEqual(codes(comparison), ["few-runs"]);
  assert.match(comparison.warnings[0]?.message ?? "", /^one run a side: .* at least 4 times/);
  const p50 = metricOf(comparison, "request.service.p50");
  assert.equal(p50.verdict, "worse");
  // 40 points become 20 pairs of neighbours: (10 + 11) / 2 and (12 + 13) / 2, ten times each.
  assert.deepEqual(p50.base, {
    value: 11.5,
    low: 10.5,
    high: 12.5,
    confidence: p50.base?.confidence,
    n: 20,
  });
  assert.equal(metricOf(comparison, "request.rate").verdict, "~");
  for (const stat of ["service.p90", "service.max", "response.p90", "response.max"]) {
    const metric = metricOf(comparison, `request.${stat}`);
    assert.equal(metric.verdict, "?");
    assert.equal(metric.delta, 1, "shown though not judged");
    assert.equal(metric.reason, "needs at least 4 runs a side");
  }
  assert.equal(comparison.verdict, "fail");
});

Deno.test("failed ratios of single runs are tested by their counts", () => {
  const comparison = compareRuns(
    [oneRun(1, { ok: 10_000, failed: 0 })],
    [oneRun(1, { ok: 9_900, failed: 100 })],
    OPTIONS,
  );
  const failed = metricOf(comparison, "request.failed.ratio");
  assert.equal(failed.test, "two-proportions");
  assert.equal(failed.verdict, "worse");
  assert.equal(failed.deltaKind, "points");
  assert.equal(failed.delta, 0.01);
  assert.deepEqual(failed.candidate, {
    value: 0.01,
    low: null,
    high: null,
    confidence: null,
    n: 10_000,
  });
  assert.equal(comparison.verdict, "fail");
  const few = compareRuns([oneRun(1, { failed: 1 })], [oneRun(1, { failed: 3 })], OPTIONS);
  assert.equal(metricOf(few, "request.failed.ratio").verdict, "~");
});

Deno.test("3 runs a side are too few for one value a run, 4 are enough, and 99 % asks for 5", () => {
  const runs = fiveRuns();
  const slow = fiveRuns(2);
  const verdicts = (count: number, confidence: number) => {
    const comparison = compareRuns(runs.slice(0, count), slow.slice(0, count), {
      ...OPTIONS,
      confidence,
    });
    const { verdict, reason } = metricOf(comparison, "request.service.max");
    return [comparison.basis, verdict, reason];
  };
  assert.deepEqual(verdicts(3, 0.95), ["within-run", "?", "needs at least 4 runs a side"]);
  assert.deepEqual(verdicts(4, 0.95), ["runs", "worse", ""]);
  assert.deepEqual(verdicts(4, 0.99), [
    "runs",
    "?",
    "needs more runs a side for 99 % confidence, has 4 and 4",
  ]);
  assert.deepEqual(verdicts(5, 0.99), ["runs", "worse", ""]);
});

Deno.test("compare(a, b) is better exactly where compare(b, a) is worse", () => {
  const figures = fc.record({
    ratePerSec: fc.integer({ min: 1, max: 100 }),
    serviceMs: fc.integer({ min: 1, max: 100 }),
    ok: fc.integer({ min: 0, max: 2_000 }),
    failed: fc.integer({ min: 0, max: 500 }),
    seconds: fc.array(
      fc.record({
        ratePerSec: fc.integer({ min: 0, max: 100 }),
        serviceMs: fc.option(fc.integer({ min: 1, max: 100 })),
      }),
      { maxLength: 30 },
    ),
  });
  const side = fc.array(figures.map((one) => fakeReport(one)), { minLength: 1, maxLength: 6 });
  const mirrored = { better: "worse", worse: "better", changed: "changed", "~": "~", "?": "?" };
  fc.assert(fc.property(side, side, (first, second) => {
    const there = compareRuns(first, second, OPTIONS);
    const back = compareRuns(second, first, OPTIONS);
    assert.deepEqual(
      new Map(back.metrics.map(({ name, verdict }) => [name, verdict])),
      new Map(there.metrics.map(({ name, verdict }) => [name, mirrored[verdict]])),
    );
    for (const { name, pValue } of there.metrics) {
      assert.equal(metricOf(back, name).pValue, pValue);
    }
    assert.ok(!/null|NaN|Infinity/.test(JSON.stringify(there.geometricMeans)));
  }));
});

Deno.test("a run in which nothing happened, beside one in which something did, is no answer of its own", () => {
  const idle = fakeReport({ ratePerSec: 1, serviceMs: 1, ok: 0, failed: 0, seconds: [] });
  const busy = fakeReport({ ratePerSec: 1, serviceMs: 1, ok: 0, failed: 1, seconds: [] });
  for (const sides of [[[idle, busy], [busy]], [[busy], [idle, busy]], [[busy, idle], [busy]]]) {
    const comparison = compareRuns(sides[0]!, sides[1]!, OPTIONS);
    assert.equal(metricOf(comparison, "request.failed.ratio").verdict, "~");
  }
});

Deno.test("an operation that is gone from the new runs is not a pass", () => {
  const comparison = compareRuns(
    fiveRuns().map((report) => ({
      ...report,
      summary: {
        ...report.summary,
        operations: [
          ...report.summary.operations,
          ...fakeReport({ op: "delete" }).summary.operations,
        ],
      },
    })),
    fiveRuns(),
    OPTIONS,
  );
  assert.equal(metricOf(comparison, "delete.rate").reason, "only in the base");
  assert.equal(comparison.verdict, "inconclusive");
  assert.match(comparison.findings[0]?.reason ?? "", /delete\.rate: only in the base/);
});

Deno.test("nothing to compare is inconclusive, a rise from 0 is worse and not divided by", () => {
  const empty = compareRuns([fakeReport([])], [fakeReport([])], OPTIONS);
  assert.deepEqual([empty.metrics, empty.verdict], [[], "inconclusive"]);
  const runs = (value: number) =>
    Array.from(
      { length: 4 },
      () => fakeReport([], { counters: [{ name: "errors", total: value, ratePerSec: value }] }),
    );
  const comparison = compareRuns(runs(0), runs(3), OPTIONS);
  const errors = metricOf(comparison, "errors.rate");
  assert.deepEqual([errors.delta, errors.verdict], [null, "worse"]);
  assert.equal(comparison.verdict, "fail");
});

Deno.test("a run that was its own bottleneck makes a pass inconclusive, but not a failure", () => {
  const invalid = (reports: Report[]) =>
    reports.map((report) => ({
      ...report,
      validity: { level: "invalid" as const, reasons: ["CPU 99 %"] },
    }));
  assert.equal(compareRuns(fiveRuns(), invalid(fiveRuns()), OPTIONS).verdict, "inconclusive");
  const worse = compareRuns(fiveRuns(), invalid(fiveRuns(2)), OPTIONS);
  assert.equal(worse.verdict, "fail");
  assert.equal(worse.findings.filter(({ verdict }) => verdict === "inconclusive").length, 5);
});

Deno.test("compareRuns() warns of chance when more than 20 metrics are tested", () => {
  const runs = Array.from(
    { length: 4 },
    () => fakeReport([{ op: "create" }, { op: "delete", tags: { kind: "a" } }]),
  );
  const comparison = compareRuns(runs, runs, OPTIONS);
  assert.equal(comparison.metrics.length, 22);
  assert.match(
    comparison.warnings.find(({ code }) => code === "many-metrics")?.message ?? "",
    /^22 metrics were tested: about 1 would/,
  );
});

Deno.test("compareRuns() refuses a side without runs and a confidence that is none", () => {
  const run = [fakeReport([])];
  assert.throws(() => compareRuns([], run, OPTIONS), /Cannot compare 0 with 1 runs/);
  assert.throws(() => compareRuns(run, [], OPTIONS), RangeError);
  for (const confidence of [0, 1, 95, NaN]) {
    assert.throws(() => compareRuns(run, run, { ...OPTIONS, confidence }), /at confidence/);
  }
});
