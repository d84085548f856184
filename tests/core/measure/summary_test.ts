import { loadStages } from "../../../core/measure/stage.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "../../../core/measure/histogram.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { Outcome } from "../../../core/measure/sample.ts";
import {
  distributionStats,
  QUANTILES,
  samplesNeeded,
  summarize,
  Summary,
} from "../../../core/measure/summary.ts";
import { Totals } from "../../../core/measure/totals.ts";

const OK: Outcome = { kind: "ok" };
const SIZES = [0, 1, 3, 4, 9, 10, 19, 20, 99, 100, 999, 1_000, 9_999, 10_000];

/** A run that is rotated each second; `fill` records one second. */
function summaryOf(
  options: { seconds: number; warmUpMs?: number },
  fill: (recorder: Recorder, atMs: number) => void,
): Summary {
  const recorder = new Recorder({ startMs: 0, stages: loadStages(options.warmUpMs ?? 0) });
  const totals = new Totals();
  for (let second = 0; second < options.seconds; second++) {
    fill(recorder, second * 1_000);
    for (const interval of recorder.rotate((second + 1) * 1_000)) {
      if (interval.phase === "measured") totals.add(interval);
    }
  }
  return summarize(totals);
}

function request(recorder: Recorder, dueMs: number, { outcome = OK, tookMs = 5 } = {}): void {
  const doneMs = outcome.kind === "dropped" ? dueMs : dueMs + tookMs;
  recorder.record({ op: "get", dueMs, sentMs: dueMs, doneMs, outcome });
}

/** The path of every NaN or Infinity in a value. */
function notFinite(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => notFinite(one, `${path}.${key}`));
}

Deno.test("samplesNeeded() expects one value beyond the quantile", () => {
  const cases: [quantile: number, needed: number][] = [
    [0, 1],
    [0.5, 2],
    [0.75, 4],
    [0.9, 10],
    [0.95, 20],
    [0.99, 100],
    [0.999, 1_000],
    [0.9999, 10_000],
    [0.99999, 100_000],
    [1, 1],
  ];
  for (const [quantile, needed] of cases) {
    strictEqual(samplesNeeded(quantile), needed, `${quantile}`);
  }
});

Deno.test("A quantile is null exactly when there are fewer values than it needs", () => {
  const needed = { p50: 2, p75: 4, p90: 10, p95: 20, p99: 100, "p99.9": 1_000, "p99.99": 10_000 };
  deepStrictEqual(Object.keys(QUANTILES), Object.keys(needed));
  for (const size of SIZES) {
    const histogram = new Histogram();
    for (let value = 1; value <= size; value++) histogram.record(value * 1_000);
    const stats = distributionStats(histogram, 1_000);
    if (stats === null) {
      strictEqual(size, 0);
      continue;
    }
    for (const name of Object.keys(QUANTILES) as (keyof typeof QUANTILES)[]) {
      const got: number | null = stats[name];
      strictEqual(got === null, size < needed[name], `${name} of ${size}`);
      const exact = Math.ceil(QUANTILES[name] * size - 1e-9);
      if (got !== null) ok(Math.abs(got - exact) <= exact / 1_000, `${name} of ${size}: ${got}`);
    }
  }
});

Deno.test("distributionStats() are those of the sorted values, in the unit of the scale", () => {
  const value = fc.integer({ min: -10_000_000, max: 10_000_000 });
  fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 150 }), (recorded) => {
    const histogram = new Histogram();
    for (const one of recorded) histogram.record(one);
    const sorted = [...recorded].sort((one, other) => one - other);
    const stats = distributionStats(histogram, 1_000);
    ok(stats !== null);
    const { hdr, ...numbers } = stats;
    strictEqual(hdr, histogram.hdrText);
    deepStrictEqual(notFinite(numbers), []);
    strictEqual(stats.count, recorded.length);
    strictEqual(stats.min, (sorted[0] ?? NaN) / 1_000);
    strictEqual(stats.max, (sorted.at(-1) ?? NaN) / 1_000);
    strictEqual(stats.mean, recorded.reduce((sum, one) => sum + one, 0) / recorded.length / 1_000);
    const median = (sorted[Math.ceil(recorded.length / 2) - 1] ?? NaN) / 1_000;
    if (recorded.length < 2) strictEqual(stats.p50, null);
    else ok(Math.abs((stats.p50 ?? NaN) - median) <= Math.abs(median) / 1_000);
  }));
});

Deno.test("The summary of nothing has no NaN, no Infinity and no series", () => {
  const summary = summarize(new Totals());
  deepStrictEqual(summary, {
    measuredMs: 0,
    operations: [],
    distributions: [],
    counters: [],
    gauges: [],
  });
  deepStrictEqual(Summary.parse(summary), summary);
});

Deno.test("A summary of no length, or of unsuccessful operations only, has rates of 0 and no times", () => {
  const recorder = new Recorder({ startMs: 0 });
  for (const kind of ["dropped", "cancelled"] as const) {
    request(recorder, 0, { outcome: { kind } });
  }
  request(recorder, 0, { outcome: { kind: "failed", reason: "dns" } });
  recorder.count("bytes", 5, { atMs: 0 });
  recorder.gauge("level", 0, { atMs: 0 });
  const totals = new Totals();
  for (const interval of recorder.rotate(0)) totals.add(interval);
  const summary = summarize(totals);
  deepStrictEqual(notFinite(summary), []);
  deepStrictEqual(Summary.parse(JSON.parse(JSON.stringify(summary))).operations[0]?.total, 3);
  const [operation] = summary.operations;
  deepStrictEqual([operation?.ratePerSec, summary.counters[0]?.ratePerSec], [0, 0]);
  deepStrictEqual([operation?.service, operation?.response, operation?.lag?.count], [
    null,
    null,
    2,
  ]);
});

Deno.test("N events in T seconds are N/T per second, the first and the last included", () => {
  const cases: [seconds: number, perSecond: number][] = [[1, 1], [1, 10], [10, 10], [60, 3]];
  for (const [seconds, perSecond] of cases) {
    const summary = summaryOf({ seconds }, (recorder, atMs) => {
      for (let index = 0; index < perSecond; index++) {
        request(recorder, atMs + index * 1_000 / perSecond);
        recorder.count("bytes", 100, { atMs });
      }
    });
    strictEqual(summary.measuredMs, seconds * 1_000);
    strictEqual(summary.operations[0]?.total, seconds * perSecond);
    strictEqual(summary.operations[0]?.ratePerSec, perSecond);
    deepStrictEqual(summary.counters[0]?.total, seconds * perSecond * 100);
    deepStrictEqual(summary.counters[0]?.ratePerSec, perSecond * 100);
  }
});

Deno.test("The rate is of ok and failed operations; dropped and cancelled ones only add to the total", () => {
  const outcomes: Outcome[] = [
    OK,
    OK,
    { kind: "failed", reason: "timeout" },
    { kind: "failed", reason: "http-503" },
    { kind: "failed", reason: "timeout" },
    { kind: "dropped" },
    { kind: "cancelled" },
  ];
  const { operations } = summaryOf({ seconds: 2 }, (recorder, atMs) => {
    for (const outcome of outcomes) request(recorder, atMs, { outcome, tookMs: 7 });
  });
  const [operation] = operations;
  ok(operation !== undefined);
  const { service, response, lag, tags, ...counts } = operation;
  strictEqual(tags, undefined);
  deepStrictEqual(counts, {
    op: "get",
    total: 14,
    ok: 4,
    failed: 6,
    dropped: 2,
    cancelled: 2,
    failures: { timeout: 4, "http-503": 2 },
    ratePerSec: 5,
  });
  deepStrictEqual([service?.count, response?.count, lag?.count], [4, 4, 12]);
  deepStrictEqual([service?.min, service?.mean, service?.max], [7, 7, 7]);
});

Deno.test("The warm-up is neither in the counts nor in the time that rates are over", () => {
  // The warm-up ends within a second, is ten times as fast, and its requests are slow.
  const warmUpMs = 2_500;
  const summary = summaryOf({ seconds: 10, warmUpMs }, (recorder, secondMs) => {
    for (let dueMs = secondMs; dueMs < secondMs + 1_000; dueMs += dueMs < warmUpMs ? 10 : 100) {
      request(recorder, dueMs, { tookMs: dueMs < warmUpMs ? 900 : 5 });
    }
  });
  strictEqual(summary.measuredMs, 7_500);
  strictEqual(summary.operations[0]?.total, 75);
  strictEqual(summary.operations[0]?.ratePerSec, 10);
  strictEqual(summary.operations[0]?.response?.max, 5);
});

Deno.test("What a warm-up sample that ends late leaves behind does not lengthen the measured time", () => {
  const recorder = new Recorder({ startMs: 0, stages: loadStages(1_000) });
  const totals = new Totals();
  recorder.rotate(1_000);
  request(recorder, 990, { tookMs: 1_500 });
  request(recorder, 1_000);
  const intervals = recorder.rotate(3_000);
  for (const interval of intervals) if (interval.phase === "measured") totals.add(interval);
  deepStrictEqual(intervals.map(({ phase }) => phase), ["warmup", "measured"]);
  strictEqual(summarize(totals).operations[0]?.ratePerSec, 0.5);
});

Deno.test("Distributions of times are in ms, of sizes in bytes; gauges have a mean of their readings", () => {
  const { distributions, gauges } = summaryOf({ seconds: 2 }, (recorder, atMs) => {
    recorder.observeMs("skew", -1.5, { atMs, tags: { zone: "a" } });
    recorder.observeBytes("size", 2_000 + atMs, { atMs });
    for (const level of [2, -4, 3 + atMs / 1_000]) recorder.gauge("level", level, { atMs });
  });
  deepStrictEqual(
    distributions.map(({ name, tags, unit, stats: { count, min, mean, max } }) => [
      ...[name, tags, unit, count, min, mean, max],
    ]),
    [
      ["skew", { zone: "a" }, "ms", 2, -1.5, -1.5, -1.5],
      ["size", undefined, "bytes", 2, 2_000, 2_500, 3_000],
    ],
  );
  const mean = (2 - 4 + 3 + 2 - 4 + 4) / 6;
  deepStrictEqual(gauges, [{ name: "level", tags: undefined, last: 4, min: -4, mean, max: 4 }]);
});

Deno.test("A distribution without values is left out", () => {
  const totals = new Totals();
  const histogram = new Histogram().encode();
  const distributions = [{ name: "ttfb", unit: "time" as const, histogram }];
  const nothing = { operations: [], counters: [], gauges: [] };
  totals.add({ startMs: 0, endMs: 1_000, phase: "measured", ...nothing, distributions });
  deepStrictEqual(summarize(totals).distributions, []);
});
