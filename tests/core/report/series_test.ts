import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "../../../core/measure/histogram.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { type OperationPoint, Series } from "../../../core/report/report.ts";
import { percentileCurve, SeriesBuilder } from "../../../core/report/series.ts";

/** The intervals of a recorder that is rotated at those times; `fill` records what comes before each. */
function intervalsOf(
  rotateAtMs: readonly number[],
  fill: (recorder: Recorder, startMs: number, index: number) => void,
): Interval[] {
  const recorder = new Recorder({ startMs: 0 });
  return rotateAtMs.flatMap((endMs, index) => {
    fill(recorder, rotateAtMs[index - 1] ?? 0, index);
    return recorder.rotate(endMs);
  });
}

function seconds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) * 1_000);
}

function seriesOf(intervals: readonly Interval[]): Series {
  const builder = new SeriesBuilder();
  for (const interval of intervals) builder.add(interval);
  return builder.build();
}

function request(recorder: Recorder, dueMs: number, tookMs = 5): void {
  const times = { dueMs, sentMs: dueMs, doneMs: dueMs + tookMs };
  recorder.record({ op: "get", ...times, outcome: { kind: "ok" } });
}

/** The points of the only operation. */
function onlyPoints({ operations }: Series): readonly OperationPoint[] {
  const [operation, ...more] = operations;
  ok(operation !== undefined && more.length === 0);
  return operation.points;
}

/** An interval with one counter only: cheap to make by the thousand. */
function counted(startMs: number, endMs: number): Interval {
  const counters = [{ name: "amount", value: 1 }];
  const nothing = { operations: [], distributions: [], gauges: [] };
  return { startMs, endMs, phase: "measured", ...nothing, counters };
}

function countedBounds(series: Series): [startMs: number, endMs: number][] {
  return (series.counters[0]?.points ?? []).map(({ startMs, endMs }) => [startMs, endMs]);
}

Deno.test("A series of nothing is empty", () => {
  const empty = { operations: [], counters: [], gauges: [] };
  deepStrictEqual(seriesOf([]), empty);
});

Deno.test("A short run has a point for each second, though rotations are a few ms late", () => {
  const lastMs = 5_004;
  const intervals = intervalsOf([1_003, 2_007, 3_001, 4_009, lastMs], request);
  const points = onlyPoints(seriesOf(intervals));
  deepStrictEqual(points.map(({ startMs, endMs, ok }) => [startMs, endMs, ok]), [
    [0, 1_003, 1],
    [1_003, 2_007, 1],
    [2_007, 3_001, 1],
    [3_001, 4_009, 1],
    [4_009, 5_004, 1],
  ]);
});

Deno.test("A run of any length has at most 600 points, which cover it without gap or overlap", () => {
  const cases: [seconds: number, points: number][] = [
    [1, 1],
    [600, 600],
    [601, 301],
    [1_200, 600],
    [1_201, 300],
    [7_200, 450],
    [10_000, 313],
  ];
  for (const [count, expected] of cases) {
    const intervals = seconds(count).map((endMs) => counted(endMs - 1_000, endMs));
    const bounds = countedBounds(seriesOf(intervals));
    strictEqual(bounds.length, expected, `${count} s`);
    deepStrictEqual([bounds[0]?.[0], bounds.at(-1)?.[1]], [0, count * 1_000]);
    for (const [index, [startMs]] of bounds.entries()) {
      strictEqual(startMs, bounds[index - 1]?.[1] ?? 0);
    }
  }
});

Deno.test("No length of a run gives more than 600 points, and nothing is lost", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), (lastMs) => {
      const ends = [...seconds(Math.floor(lastMs / 1_000)), lastMs];
      const intervals = ends.map((endMs, index) => counted(ends[index - 1] ?? 0, endMs));
      const points = seriesOf(intervals).counters[0]?.points ?? [];
      ok(points.length >= 1 && points.length <= 600, `${points.length} points`);
      const total = points.reduce(
        (sum, { startMs, endMs, value }) => sum + value * Math.max(1, endMs - startMs) / 1_000,
        0,
      );
      ok(Math.abs(total - intervals.length) < 1e-6, `${total} of ${intervals.length}`);
    }),
    { numRuns: 30 },
  );
});

Deno.test("An interval of no length after the stop belongs to the stretch before", () => {
  const intervals = intervalsOf([1_000, 2_000, 2_000], (recorder, startMs, index) => {
    request(recorder, index === 2 ? 1_990 : startMs, index === 2 ? 700 : 5);
  });
  strictEqual(intervals.length, 3);
  const points = onlyPoints(seriesOf(intervals));
  deepStrictEqual(
    points.map(({ startMs, endMs, ok, ratePerSec, responseMaxMs }) => [
      ...[startMs, endMs, ok, ratePerSec, responseMaxMs],
    ]),
    [[0, 1_000, 1, 1, 5], [1_000, 2_000, 2, 2, 700]],
  );
});

Deno.test("An interval of no length at the end of the warm-up belongs to the stretch before", () => {
  const intervals = [counted(0, 1_000), counted(1_000, 2_000), counted(1_000, 1_000)];
  const [counter] = seriesOf(intervals).counters;
  deepStrictEqual(counter?.points.map(({ value }) => value), [2, 1]);
});

Deno.test("A last stretch of less than half the length joins the one before", () => {
  const cases: [lastMs: number, ends: number[]][] = [
    [2_300, [1_000, 2_300]],
    [2_499, [1_000, 2_499]],
    [2_500, [1_000, 2_000, 2_500]],
    [2_700, [1_000, 2_000, 2_700]],
    [300, [300]],
  ];
  for (const [lastMs, ends] of cases) {
    const rotations = [...seconds(2).filter((endMs) => endMs < lastMs), lastMs];
    const intervals = rotations.map((endMs, index) => counted(rotations[index - 1] ?? 0, endMs));
    deepStrictEqual(countedBounds(seriesOf(intervals)).map(([, endMs]) => endMs), ends);
  }
});

Deno.test("Quantiles of a stretch are those of all its values, not averages of its intervals' own", () => {
  // 99 fast requests in the one second, 1 + 100 slow ones in the other.
  const intervals = intervalsOf([1_000, 2_000], (recorder, startMs, index) => {
    for (let count = 0; count < 99; count++) request(recorder, startMs, index === 0 ? 10 : 900);
    if (index === 1) { for (let count = 0; count < 2; count++) request(recorder, startMs, 900); }
  });
  // The run goes on until a point has two seconds.
  const series = seriesOf([...intervals, counted(1_199_000, 1_200_000)]);
  const [point, ...more] = onlyPoints(series);
  strictEqual(more.length, 0);
  strictEqual(point?.ok, 200);
  for (const median of [point?.responseP50Ms, point?.serviceP50Ms]) {
    ok(Math.abs((median ?? NaN) - 900) <= 0.9, `${median}, and the mean of medians is 455`);
  }
  strictEqual(point?.ratePerSec, 100);
});

Deno.test("A quantile of a point is null where its values are too few", () => {
  const sizes = [1, 2, 99, 100];
  const intervals = intervalsOf(seconds(sizes.length), (recorder, startMs, index) => {
    for (let count = 0; count < (sizes[index] ?? 0); count++) request(recorder, startMs, 5);
  });
  const points = onlyPoints(seriesOf(intervals));
  deepStrictEqual(
    points.map((point) => [
      ...[point.serviceP50Ms, point.responseP50Ms, point.serviceP99Ms, point.responseP99Ms],
    ]),
    [[null, null, null, null], [5, 5, null, null], [5, 5, null, null], [5, 5, 5, 5]],
  );
  deepStrictEqual(points.map(({ responseMaxMs }) => responseMaxMs), [5, 5, 5, 5]);
});

Deno.test("Failed and dropped operations are counted, and have no times", () => {
  const intervals = intervalsOf([1_000], (recorder) => {
    const times = { dueMs: 1, sentMs: 1, doneMs: 30 };
    const failed = { kind: "failed", reason: "timeout" } as const;
    for (let count = 0; count < 3; count++) {
      recorder.record({ op: "get", ...times, outcome: failed });
    }
    recorder.record({ op: "get", ...times, doneMs: 1, outcome: { kind: "dropped" } });
  });
  deepStrictEqual(onlyPoints(seriesOf(intervals)), [{
    startMs: 0,
    endMs: 1_000,
    ok: 0,
    failed: 3,
    dropped: 1,
    ratePerSec: 3,
    serviceP50Ms: null,
    serviceP99Ms: null,
    responseP50Ms: null,
    responseP99Ms: null,
    responseMaxMs: null,
  }]);
});

Deno.test("A counter's points are growth per second, a gauge's the mean of its readings", () => {
  const intervals = intervalsOf([1_000, 3_000], (recorder, atMs, index) => {
    recorder.count("bytes", 500, { atMs, tags: { connection: "0" } });
    for (const level of [index, 5]) recorder.gauge("level", level, { atMs });
  });
  const { counters, gauges } = seriesOf(intervals);
  deepStrictEqual(counters, [{
    name: 'bytes{connection="0"}',
    points: [{ startMs: 0, endMs: 1_000, value: 500 }, {
      startMs: 1_000,
      endMs: 3_000,
      value: 250,
    }],
  }]);
  deepStrictEqual(gauges.map(({ points }) => points.map(({ value }) => value)), [[2.5, 3]]);
});

Deno.test("The order in which intervals come does not matter, and points are in order of time", () => {
  const intervals = intervalsOf(seconds(5), (recorder, startMs) => {
    for (let count = 0; count <= startMs / 1_000; count++) request(recorder, startMs, 5 + count);
  });
  const inOrder = seriesOf(intervals);
  deepStrictEqual(seriesOf([...intervals].reverse()), inOrder);
  deepStrictEqual(onlyPoints(inOrder).map(({ startMs }) => startMs), [0, ...seconds(4)]);
});

Deno.test("A run that consists of an interval of no length has finite points", () => {
  const intervals = intervalsOf([0], request);
  const series = seriesOf(intervals);
  strictEqual(onlyPoints(series).length, 1);
  // The schema takes no NaN and no Infinity.
  deepStrictEqual(Series.parse(series), series);
});

Deno.test("a thread that is late is in its own stretch, also after stretches were doubled", () => {
  const [first, ...rest] = intervalsOf(seconds(700), request);
  const seriesWhenFirstComes = (place: number) => seriesOf(rest.toSpliced(place, 0, first!));
  const inOrder = seriesWhenFirstComes(0);
  for (const place of [9, 599, 699]) deepStrictEqual(seriesWhenFirstComes(place), inOrder);
});

Deno.test("charts can be asked for at any time, and asking changes nothing", () => {
  const builder = new SeriesBuilder();
  const asked = new SeriesBuilder();
  for (const interval of intervalsOf(seconds(1_300), request)) {
    builder.add(interval);
    asked.add(interval);
    if (interval.endMs % 400_000 === 0) asked.build();
  }
  asked.build();
  deepStrictEqual(asked.build(), builder.build());
});

function curveOf(values: Iterable<number>) {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return percentileCurve("request response", histogram).points;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

Deno.test("percentileCurve() goes from percentile 0 to the exact maximum at 100, never down", () => {
  for (const count of [1, 2, 10, 1_000, 100_000]) {
    const points = curveOf(upTo(count));
    strictEqual(points[0]?.percentile, 0);
    deepStrictEqual(points.at(-1), { percentile: 100, ms: count / 1_000 });
    for (const [index, point] of points.slice(1).entries()) {
      ok(point.percentile > (points[index]?.percentile ?? NaN));
      ok(point.ms >= (points[index]?.ms ?? NaN));
    }
  }
});

/** An exponential distribution with a mean of 10 ms, as times tend to have. */
function skewed(count: number): number[] {
  return upTo(count).map((rank) => -10_000 * Math.log((rank - 0.5) / count));
}

Deno.test("percentileCurve() has 100 to 150 points for a large count, denser towards 100", () => {
  for (const count of [1_000, 10_000, 100_000, 1_000_000]) {
    const points = curveOf(skewed(count));
    ok(points.length >= 100 && points.length <= 150, `${points.length} points for ${count}`);
    const within = (from: number, to: number) =>
      points.filter(({ percentile }) => percentile >= from && percentile < to).length;
    ok(within(0, 50) <= within(50, 100));
    ok(within(99, 100) > 5 * within(0, 1));
  }
});

Deno.test("percentileCurve() values are those of the sorted values", () => {
  const count = 2_000;
  for (const { percentile, ms } of curveOf(upTo(count))) {
    const rank = Math.max(1, Math.ceil(percentile / 100 * count - 1e-6));
    strictEqual(ms, rank / 1_000);
  }
});

Deno.test("percentileCurve() of nothing has no points", () => {
  deepStrictEqual(curveOf([]), []);
});

Deno.test("percentileCurve() keeps negative values", () => {
  deepStrictEqual(curveOf([-2_000, 1_000]), [
    { percentile: 0, ms: -2 },
    ...curveOf([-2_000, 1_000]).slice(1, -1),
    { percentile: 100, ms: 1 },
  ]);
});

Deno.test("points of a stretch are the same object until something comes to it", () => {
  const builder = new SeriesBuilder();
  const second = (startMs: number) => ({
    startMs,
    endMs: startMs + 1_000,
    phase: "measured" as const,
    operations: [],
    distributions: [],
    counters: [{ name: "bytes", value: 7 }],
    gauges: [],
  });
  for (let startMs = 0; startMs < 3_000; startMs += 1_000) builder.add(second(startMs));
  const before = builder.stretches();
  builder.add(second(3_000));
  builder.add(second(1_000)); // late, of another thread
  const after = builder.stretches();
  deepStrictEqual([...after.keys()], [0, 1, 2, 3]);
  const isSame = [...after].map(([index, points]) => points === before.get(index));
  deepStrictEqual(isSame, [true, false, true, false]);
  deepStrictEqual(
    [...after.values()].map(({ counters }) => counters[0]?.[1].value),
    [7, 14, 7, 7],
  );
});
