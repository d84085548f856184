import { loadStages } from "../../../core/measure/stage.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { Outcome, Sample, Tags } from "../../../core/measure/sample.ts";
import { seriesKey } from "../../../core/measure/series_key.ts";
import { summarize, type Summary } from "../../../core/measure/summary.ts";
import { OperationTotals } from "../../../core/measure/operation_totals.ts";
import { Totals } from "../../../core/measure/totals.ts";

const RECORDERS = 3;
const ROTATIONS = 4;
const ROTATION_MS = 2_500;

/** A sample with its readings, and the recorder and rotation that get it. */
interface Placed {
  readonly sample: Sample;
  readonly level: number;
  readonly recorder: number;
  readonly rotation: number;
}

const outcome = fc.constantFrom<Outcome>(
  { kind: "ok" },
  { kind: "ok" },
  { kind: "failed", reason: "timeout" },
  { kind: "failed", reason: "http-503" },
  { kind: "dropped" },
  { kind: "cancelled" },
);
const tags = fc.constantFrom<Tags | undefined>(undefined, { connection: "0" }, { connection: "1" });
const gapMs = fc.double({ min: 0, max: 5_000, noNaN: true });
const sample: fc.Arbitrary<Sample> = fc.record({
  op: fc.constantFrom("get", "put"),
  tags,
  dueMs: fc.double({ min: 0, max: ROTATIONS * ROTATION_MS, noNaN: true }),
  lagMs: gapMs,
  tookMs: gapMs,
  outcome,
}).map(({ op, tags, dueMs, lagMs, tookMs, outcome }) => ({
  op,
  dueMs,
  sentMs: outcome.kind === "dropped" ? dueMs : dueMs + lagMs,
  doneMs: outcome.kind === "dropped" ? dueMs : dueMs + lagMs + tookMs,
  outcome,
  ...(tags === undefined ? {} : { tags }),
}));
const placed: fc.Arbitrary<Placed> = fc.record({
  sample,
  level: fc.integer({ min: -1_000, max: 1_000 }),
  recorder: fc.nat({ max: RECORDERS - 1 }),
  rotation: fc.nat({ max: ROTATIONS - 1 }),
});

function recordPlaced(recorder: Recorder, { sample, level }: Placed): void {
  const at = {
    atMs: sample.dueMs,
    ...(sample.tags === undefined ? {} : { tags: sample.tags }),
  };
  recorder.record(sample);
  recorder.observeMs("skew", level / 7, at);
  recorder.observeBytes("size", Math.abs(level), at);
  recorder.count("amount", Math.abs(level), at);
  recorder.gauge("level", level, at);
}

/** An interval in which nothing was recorded is left out, and so is its time: this keeps all of them. */
function beat(recorder: Recorder, rotation: number): void {
  recorder.count("beats", 1, { atMs: rotation * ROTATION_MS });
  recorder.count("beats", 1, { atMs: (rotation + 1) * ROTATION_MS - 1 });
}

/** The intervals of every recorder and rotation, each over JSON. */
function splitIntervals(all: readonly Placed[], warmUpMs: number): Interval[] {
  const intervals: Interval[] = [];
  for (let index = 0; index < RECORDERS; index++) {
    const recorder = new Recorder({ startMs: 0, stages: loadStages(warmUpMs) });
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      beat(recorder, rotation);
      for (const one of all) {
        if (one.recorder === index && one.rotation === rotation) recordPlaced(recorder, one);
      }
      intervals.push(...recorder.rotate((rotation + 1) * ROTATION_MS));
    }
  }
  return intervals.map((interval) => Interval.parse(JSON.parse(JSON.stringify(interval))));
}

/** All samples in one recorder that is rotated once at the end. */
function wholeIntervals(all: readonly Placed[], warmUpMs: number): Interval[] {
  const recorder = new Recorder({ startMs: 0, stages: loadStages(warmUpMs) });
  for (let rotation = 0; rotation < ROTATIONS; rotation++) {
    for (let index = 0; index < RECORDERS; index++) beat(recorder, rotation);
  }
  for (const one of all) recordPlaced(recorder, one);
  return recorder.rotate(ROTATIONS * ROTATION_MS);
}

/**
 * The summary of one phase, its series by key, as the order of the intervals is that of the series.
 * Which reading of a gauge is the last depends on that order too, so it is left out.
 */
function comparable(intervals: readonly Interval[], phase: Interval["phase"]): unknown {
  const totals = new Totals();
  for (const interval of intervals) if (interval.phase === phase) totals.add(interval);
  const summary: Summary = summarize(totals);
  const { operations, distributions, counters, gauges, measuredMs } = summary;
  const named = (name: string, tags: Tags | undefined, rest: object) =>
    [seriesKey(name, tags), rest] as const;
  return {
    measuredMs,
    operations: Object.fromEntries(operations.map((one) => named(one.op, one.tags, one))),
    distributions: Object.fromEntries(distributions.map((one) => named(one.name, one.tags, one))),
    counters: Object.fromEntries(counters.map((one) => named(one.name, one.tags, one))),
    gauges: Object.fromEntries(
      gauges.map(({ last: _last, ...one }) => named(one.name, one.tags, one)),
    ),
  };
}

Deno.test("Any split over recorders and rotations, in any order and over JSON, gives one summary", () => {
  const warmUpMs = fc.constantFrom(0, ROTATION_MS, 3_333);
  const order = fc.infiniteStream(fc.nat());
  const all = fc.array(placed, { maxLength: 40 });
  fc.assert(
    fc.property(all, warmUpMs, order, (samples, warmUp, keys) => {
      const shuffled = splitIntervals(samples, warmUp)
        .map((interval) => ({ interval, key: keys.next().value ?? 0 }))
        .sort((one, other) => one.key - other.key)
        .map(({ interval }) => interval);
      const whole = wholeIntervals(samples, warmUp);
      for (const phase of ["warmup", "measured"] as const) {
        deepStrictEqual(comparable(shuffled, phase), comparable(whole, phase));
      }
    }),
    { numRuns: 40 },
  );
});

function operationTotals(samples: readonly Sample[]): OperationTotals {
  const totals = new OperationTotals("get");
  const recorder = new Recorder({ startMs: 0 });
  for (const one of samples) recorder.record({ ...one, op: "get", tags: {} });
  for (const { operations } of recorder.rotate(20_000)) {
    for (const operation of operations) totals.addInterval(operation);
  }
  return totals;
}

function plain(totals: OperationTotals): unknown {
  const { ok, failed, dropped, cancelled, service, response, lag } = totals;
  const histograms = [service, response, lag].map((histogram) => histogram.encode());
  return { ok, failed: { ...failed }, dropped, cancelled, histograms };
}

Deno.test("OperationTotals.add() is associative and commutative", () => {
  const list = fc.array(sample, { maxLength: 10 });
  fc.assert(
    fc.property(list, list, list, (a, b, c) => {
      const left = operationTotals(a);
      left.add(operationTotals(b));
      left.add(operationTotals(c));
      const tail = operationTotals(c);
      tail.add(operationTotals(b));
      tail.add(operationTotals(a));
      const inner = operationTotals(b);
      inner.add(operationTotals(c));
      const right = operationTotals(a);
      right.add(inner);
      for (const one of [tail, right, operationTotals([...a, ...b, ...c])]) {
        deepStrictEqual(plain(one), plain(left));
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("Totals of nothing have no length and no series", () => {
  const totals = new Totals();
  strictEqual(totals.durationMs, 0);
  strictEqual(totals.operation("get"), undefined);
  strictEqual(totals.distribution("size"), undefined);
  strictEqual(totals.counter("amount"), undefined);
  strictEqual(totals.gauge("level"), undefined);
});

Deno.test("Totals cover the time from the earliest start to the latest end, in any order", () => {
  const nothing = { operations: [], distributions: [], counters: [], gauges: [] };
  const bounds: [startMs: number, endMs: number][] = [[2_000, 3_000], [500, 1_000], [1_000, 2_000]];
  for (const order of [bounds, [...bounds].reverse()]) {
    const totals = new Totals();
    for (const [startMs, endMs] of order) {
      totals.add({ startMs, endMs, phase: "measured", ...nothing });
    }
    deepStrictEqual([totals.startMs, totals.endMs, totals.durationMs], [500, 3_000, 2_500]);
  }
});

/** Two connections in two zones: connection n of zone z does its work n + 1 times. */
function taggedTotals(): Totals {
  const recorder = new Recorder({ startMs: 0 });
  for (const zone of ["a", "b"]) {
    for (const connection of [0, 1]) {
      const own = { zone, connection: String(connection) };
      for (let time = 0; time <= connection; time++) {
        const tookMs = 10 + connection;
        const times = { dueMs: 1, sentMs: 1, doneMs: 1 + tookMs };
        recorder.record({ op: "get", tags: own, ...times, outcome: { kind: "ok" } });
        recorder.observeBytes("size", tookMs, { atMs: 1, tags: own });
        recorder.count("amount", tookMs, { atMs: 1, tags: own });
        recorder.gauge("level", tookMs, { atMs: 1, tags: own });
      }
    }
  }
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  return totals;
}

Deno.test("A filter merges the series that have all of its tags, and only those", () => {
  const totals = taggedTotals();
  const cases: [filter: Tags, count: number, sum: number, smallest: number][] = [
    [{}, 6, 64, 10],
    [{ zone: "a" }, 3, 32, 10],
    [{ connection: "1" }, 4, 44, 11],
    [{ zone: "b", connection: "0" }, 1, 10, 10],
  ];
  for (const [filter, count, sum, smallest] of cases) {
    const operation = totals.operation("get", filter);
    const distribution = totals.distribution("size", filter);
    const gauge = totals.gauge("level", filter);
    ok(operation !== undefined && distribution !== undefined && gauge !== undefined);
    deepStrictEqual([operation.ok, operation.service.count, operation.service.sum], [
      ...[count, count, sum * 1_000],
    ]);
    deepStrictEqual([distribution.histogram.count, distribution.histogram.sum], [count, sum]);
    strictEqual(totals.counter("amount", filter), sum);
    deepStrictEqual([gauge.count, gauge.sum, gauge.min], [count, sum, smallest]);
    deepStrictEqual([operation.tags, distribution.tags], [filter, filter]);
  }
  strictEqual(totals.operation("get", { zone: "c" }), undefined);
  strictEqual(totals.operation("put"), undefined);
  strictEqual(totals.counter("amount", { zone: "c" }), undefined);
  strictEqual(totals.counter("amounts"), undefined);
});

Deno.test("Asking for merged series changes none of them", () => {
  const totals = taggedTotals();
  const before = JSON.stringify(summarize(totals));
  for (let time = 0; time < 2; time++) {
    totals.operation("get");
    totals.distribution("size");
    totals.gauge("level");
    totals.counter("amount");
  }
  strictEqual(JSON.stringify(summarize(totals)), before);
});

Deno.test("A gauge's last reading is that of the latest interval, over all of its series too", () => {
  const levels = (order: readonly number[]) => {
    const totals = new Totals();
    for (const second of order) {
      const recorder = new Recorder({ startMs: 0 });
      const atMs = second * 1_000;
      recorder.gauge("level", second, { atMs, tags: { zone: second < 2 ? "a" : "b" } });
      for (const interval of recorder.rotate(atMs + 1_000)) totals.add(interval);
    }
    return [totals.gauge("level", { zone: "a" })?.last, totals.gauge("level")?.last];
  };
  deepStrictEqual(levels([0, 1, 2]), [1, 2]);
  deepStrictEqual(levels([2, 1, 0]), [1, 2]);
});

Deno.test("A gauge of several readings has their last, extremes, sum and number", () => {
  const recorder = new Recorder({ startMs: 0 });
  const totals = new Totals();
  for (const [second, levels] of [[5, 1], [9], [2, 4]].entries()) {
    for (const level of levels) recorder.gauge("level", level, { atMs: second * 1_000 });
    for (const interval of recorder.rotate((second + 1) * 1_000)) totals.add(interval);
  }
  const expected = { name: "level", tags: undefined, last: 4, min: 1, max: 9, sum: 21, count: 5 };
  deepStrictEqual(totals.gauge("level"), { ...expected, lastMs: 3_000 });
});

Deno.test("A counter of 0 without tags is 0 of any tags that have none of their own", () => {
  const recorder = new Recorder({ startMs: 0 });
  recorder.count("errors", 0, { atMs: 1 });
  recorder.count("errors", 3, { atMs: 1, tags: { zone: "a" } });
  recorder.count("reads", 2, { atMs: 1 });
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  strictEqual(totals.counter("errors", { zone: "a" }), 3);
  strictEqual(totals.counter("errors", { zone: "b" }), 0);
  strictEqual(totals.counter("errors"), 3);
  strictEqual(totals.counter("reads", { zone: "a" }), undefined);
});

Deno.test("Times without lag of our own, and failures that it explains, are merged as the rest is", () => {
  const intervals = [0, 40].map((lagMs) => {
    const recorder = new Recorder({ startMs: 0, ownLag: () => lagMs });
    for (const kind of ["ok", "failed"] as const) {
      const outcome = kind === "ok" ? { kind } : { kind, reason: "timeout" };
      recorder.record({ op: "get", dueMs: 0, sentMs: 10, doneMs: 110, outcome });
    }
    recorder.observeMs("wait", 50, { atMs: 100 });
    return recorder.rotate(1_000)[0]!;
  });
  const added = new Totals();
  const merged = new Totals();
  for (const interval of intervals) {
    added.add(interval);
    const one = new Totals();
    one.add(interval);
    merged.merge(one);
  }
  for (const totals of [added, merged]) {
    const get = totals.operation("get");
    const wait = totals.distribution("wait");
    ok(get !== undefined && wait !== undefined);
    const sums = [get.times("service"), get.times("response"), get.times("lag"), wait.values]
      .map(({ measured, withoutOwnLag = measured }) => [measured.sum, withoutOwnLag.sum]);
    deepStrictEqual(sums, [[200_000, 160_000], [220_000, 180_000], [40_000, 40_000], [
      ...[100_000, 60_000],
    ]]);
    deepStrictEqual(get.failures(null), { count: 2, ownLagCount: 1 });
    deepStrictEqual(get.failures("timeout"), { count: 2, ownLagCount: 1 });
    deepStrictEqual(get.failures("dns"), { count: 0, ownLagCount: 0 });
  }
});

Deno.test("the covered time is that of the stages, and not of pauses between them", () => {
  const empty = { operations: [], distributions: [], gauges: [], phase: "measured" as const };
  const events = { name: "events", value: 10 };
  const totals = new Totals();
  for (const [stage, startMs] of [[0, 0], [0, 1_000], [2, 10_000], [0, 500], [2, 11_000]]) {
    const bounds = { startMs: startMs!, endMs: startMs! + 1_000, stage };
    totals.add({ ...empty, ...bounds, counters: [events] });
  }
  deepStrictEqual([totals.startMs, totals.endMs, totals.durationMs], [0, 12_000, 4_000]);
  const merged = new Totals();
  merged.merge(totals);
  merged.cover({ startMs: 1_500, endMs: 3_000 });
  deepStrictEqual(merged.durationMs, 5_000);
});
