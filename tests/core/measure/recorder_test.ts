import { loadStages } from "../../../core/measure/stage.ts";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { Histogram } from "../../../core/measure/histogram.ts";
import { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { Outcome, Sample, Tags } from "../../../core/measure/sample.ts";

const OK: Outcome = { kind: "ok" };

function sampleOf(
  [dueMs, sentMs, doneMs]: readonly [number, number, number],
  outcome: Outcome = OK,
): Sample {
  return { op: "get", dueMs, sentMs, doneMs, outcome };
}

/** The only interval of a recorder, taken out at that time. */
function onlyInterval(recorder: Recorder, nowMs: number): Interval {
  const [interval, ...more] = recorder.rotate(nowMs);
  ok(interval !== undefined && more.length === 0);
  return interval;
}

function onlyOperation(interval: Interval): Interval["operations"][number] {
  const [operation, ...more] = interval.operations;
  ok(operation !== undefined && more.length === 0);
  return operation;
}

const outcome = fc.constantFrom<Outcome>(
  OK,
  { kind: "failed", reason: "timeout" },
  { kind: "failed", reason: "http-503" },
  { kind: "dropped" },
  { kind: "cancelled" },
);
const gapMs = fc.double({ min: 0, max: 10_000, noNaN: true });
const sample = fc.tuple(gapMs, gapMs, gapMs, outcome).map(([dueMs, lagMs, tookMs, how]) =>
  sampleOf(
    how.kind === "dropped" ? [dueMs, dueMs, dueMs] : [dueMs, dueMs + lagMs, dueMs + lagMs + tookMs],
    how,
  )
);

Deno.test("A recorder that recorded nothing has no intervals", () => {
  const recorder = new Recorder({ startMs: 5_000, stages: loadStages(1_000) });
  deepStrictEqual(recorder.rotate(6_000), []);
  deepStrictEqual(recorder.rotate(7_000), []);
});

Deno.test("Times are integers of microseconds and bounds are ms since the run's start", () => {
  const recorder = new Recorder({ startMs: 1_000.5 });
  recorder.record(sampleOf([1_100, 1_100.25, 1_102.5]));
  const interval = onlyInterval(recorder, 2_000.5);
  deepStrictEqual([interval.startMs, interval.endMs], [0, 1_000]);
  const { service, response, lag } = onlyOperation(interval);
  strictEqual(service?.sum, 2_250);
  strictEqual(response?.sum, 2_500);
  strictEqual(lag?.sum, 250);
});

Deno.test("Each interval starts where the one before ended and has nothing of it", () => {
  const recorder = new Recorder({ startMs: 100 });
  const seen = [1_103, 2_101.5, 3_100].map((nowMs) => {
    recorder.record(sampleOf([nowMs - 10, nowMs - 10, nowMs - 5]));
    const interval = onlyInterval(recorder, nowMs);
    return [interval.startMs, interval.endMs, onlyOperation(interval).ok];
  });
  deepStrictEqual(seen, [[0, 1_003, 1], [1_003, 2_001.5, 1], [2_001.5, 3_000, 1]]);
});

Deno.test("An interval that was taken out does not change any more", () => {
  const recorder = new Recorder({ startMs: 0 });
  const recordAll = (atMs: number) => {
    recorder.record(sampleOf([atMs, atMs, atMs], { kind: "failed", reason: "dns" }));
    recorder.count("bytes", 5, { atMs });
    recorder.gauge("in flight", 5, { atMs });
    recorder.observeMs("ttfb", 5, { atMs });
  };
  recordAll(10);
  const interval = onlyInterval(recorder, 1_000);
  const before = JSON.stringify(interval);
  recordAll(1_010);
  strictEqual(JSON.stringify(interval), before);
});

Deno.test("The due time alone decides the phase, and the first measured one is due at the warm-up's end", () => {
  const recorder = new Recorder({ startMs: 1_000, stages: loadStages(500) });
  recorder.record(sampleOf([1_499.999, 1_700, 1_900]));
  recorder.record(sampleOf([1_500, 1_500, 1_900]));
  recorder.record(sampleOf([1_600, 1_600, 1_600], { kind: "dropped" }));
  recorder.count("bytes", 3, { atMs: 1_499 });
  recorder.count("bytes", 5, { atMs: 1_500 });
  const seen = recorder.rotate(2_000).map((interval) => {
    const { phase, startMs, endMs, counters } = interval;
    const operation = onlyOperation(interval);
    return [phase, startMs, endMs, operation.ok, operation.dropped, counters[0]?.value];
  });
  deepStrictEqual(seen, [["warmup", 0, 500, 1, 0, 3], ["measured", 500, 1_000, 1, 1, 5]]);
});

Deno.test("What was due in the warm-up but ends later is in a warm-up interval of no length", () => {
  const recorder = new Recorder({ startMs: 0, stages: loadStages(500) });
  recorder.rotate(1_000);
  recorder.record(sampleOf([400, 400, 1_800]));
  const { phase, startMs, endMs } = onlyInterval(recorder, 2_000);
  deepStrictEqual([phase, startMs, endMs], ["warmup", 500, 500]);
});

Deno.test("Samples due before the end of the warm-up are in warm-up intervals only, however rotated", () => {
  const warmUpMs = fc.constantFrom(0, 1, 2_500, 20_000);
  fc.assert(fc.property(fc.array(sample, { maxLength: 20 }), warmUpMs, (samples, warmUp) => {
    const recorder = new Recorder({ startMs: 0, stages: loadStages(warmUp) });
    const intervals = samples.flatMap((one, index) => {
      recorder.record(one);
      return recorder.rotate(one.doneMs + index);
    });
    const countOf = (phase: Interval["phase"]) =>
      intervals.filter((one) => one.phase === phase).length;
    strictEqual(countOf("warmup"), samples.filter(({ dueMs }) => dueMs < warmUp).length);
    strictEqual(countOf("measured"), samples.filter(({ dueMs }) => dueMs >= warmUp).length);
    for (const { phase, startMs, endMs } of intervals) {
      if (phase === "warmup") ok(startMs <= warmUp && endMs <= warmUp);
      else ok(startMs >= warmUp && endMs >= warmUp);
    }
  }));
});

Deno.test("Only ok operations have a service and response time; only those that were sent have a lag", () => {
  const cases: [outcome: Outcome, counts: object, views: string[]][] = [
    [OK, { ok: 1 }, ["service", "response", "lag"]],
    [{ kind: "failed", reason: "timeout" }, { failed: { timeout: 1 } }, ["lag"]],
    [{ kind: "failed", reason: "http-429" }, { failed: { "http-429": 1 } }, ["lag"]],
    [{ kind: "cancelled" }, { cancelled: 1 }, ["lag"]],
    [{ kind: "dropped" }, { dropped: 1 }, []],
  ];
  const none = { op: "get", ok: 0, failed: {}, dropped: 0, cancelled: 0 };
  for (const [how, counts, views] of cases) {
    const recorder = new Recorder({ startMs: 0 });
    recorder.record(sampleOf([10, 12, 20], how));
    const { service, response, lag, tags, ...counted } = onlyOperation(
      onlyInterval(recorder, 1_000),
    );
    strictEqual(tags, undefined);
    deepStrictEqual(counted, { ...none, ...counts });
    const present = Object.entries({ service, response, lag })
      .filter(([, view]) => view !== undefined).map(([name]) => name);
    deepStrictEqual(present, views, how.kind);
  }
});

Deno.test("Histogram counts follow the outcomes, and response is at no rank below service", () => {
  fc.assert(fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), (samples) => {
    const recorder = new Recorder({ startMs: 0 });
    for (const one of samples) recorder.record(one);
    const operation = onlyOperation(onlyInterval(recorder, 30_000));
    const sizeOf = (...kinds: Outcome["kind"][]) =>
      samples.filter((one) => kinds.includes(one.outcome.kind)).length;
    const [service, response, lag] = [operation.service, operation.response, operation.lag]
      .map((view) => view === undefined ? new Histogram() : Histogram.decode(view));
    ok(service !== undefined && response !== undefined && lag !== undefined);
    strictEqual(operation.ok, sizeOf("ok"));
    strictEqual(service.count, sizeOf("ok"));
    strictEqual(response.count, sizeOf("ok"));
    strictEqual(lag.count, sizeOf("ok", "failed", "cancelled"));
    for (const q of [0, 0.25, 0.5, 0.9, 1]) ok(response.valueAt(q) >= service.valueAt(q));
    ok(response.sum >= service.sum && response.min >= service.min && response.max >= service.max);
  }));
});

Deno.test("Operations, distributions, counters and gauges with different tags are series of their own", () => {
  const recorder = new Recorder({ startMs: 0 });
  const all: (Tags | undefined)[] = [undefined, { connection: "0" }, { connection: "1" }];
  for (const tags of [...all, ...all]) {
    const at = tags === undefined ? { atMs: 1 } : { atMs: 1, tags };
    recorder.record({ ...sampleOf([1, 1, 2]), ...(tags === undefined ? {} : { tags }) });
    recorder.observeBytes("size", 64, at);
    recorder.count("bytes", 2, at);
    recorder.gauge("level", 3, at);
  }
  const { operations, distributions, counters, gauges } = onlyInterval(recorder, 1_000);
  for (const list of [operations, distributions, counters, gauges]) {
    deepStrictEqual(list.map(({ tags }) => tags), all);
  }
  deepStrictEqual(operations.map((one) => one.ok), [2, 2, 2]);
  deepStrictEqual(distributions.map((one) => one.histogram.sum), [128, 128, 128]);
  deepStrictEqual(counters.map((one) => one.value), [4, 4, 4]);
  deepStrictEqual(gauges.map((one) => one.count), [2, 2, 2]);
});

Deno.test("A gauge keeps its last, smallest and largest reading, their sum and their number", () => {
  const recorder = new Recorder({ startMs: 0 });
  for (const level of [4, -2, 9, 5]) recorder.gauge("level", level, { atMs: 10 });
  const expected = { name: "level", tags: undefined, last: 5, min: -2, max: 9, sum: 16, count: 4 };
  deepStrictEqual(onlyInterval(recorder, 1_000).gauges, [expected]);
});

Deno.test("A time may be negative and is in microseconds; a size is in bytes", () => {
  const recorder = new Recorder({ startMs: 0 });
  recorder.observeMs("skew", -1.5, { atMs: 10 });
  recorder.observeBytes("size", 1_048_576, { atMs: 10 });
  const seen = onlyInterval(recorder, 1_000).distributions
    .map(({ name, unit, histogram }) => [name, unit, histogram.sum, histogram.min]);
  deepStrictEqual(seen, [["skew", "time", -1_500, -1_500], [
    "size",
    "bytes",
    1_048_576,
    1_048_576,
  ]]);
});

Deno.test("A time that is not finite is refused", () => {
  const recorder = new Recorder({ startMs: 0 });
  throws(() => recorder.observeMs("ttfb", NaN, { atMs: 1 }), RangeError);
  throws(() => recorder.record(sampleOf([0, Infinity, Infinity])), RangeError);
});

Deno.test("Every interval passes its schema and comes back from JSON the same", () => {
  const level = fc.integer({ min: -1_000, max: 1_000 });
  const samples = fc.array(sample, { maxLength: 15 });
  fc.assert(
    fc.property(samples, fc.array(level, { maxLength: 5 }), (recorded, levels) => {
      const recorder = new Recorder({ startMs: 0, stages: loadStages(3_000) });
      for (const one of recorded) recorder.record(one);
      for (const [index, one] of levels.entries()) {
        const at = { atMs: index * 1_000, tags: { index: String(index % 2) } };
        recorder.gauge("level", one, at);
        recorder.count("total", Math.abs(one), at);
        recorder.observeMs("skew", one, at);
      }
      for (const interval of recorder.rotate(20_000)) {
        const back = JSON.parse(JSON.stringify(interval));
        deepStrictEqual(Interval.parse(back), back);
        // JSON has no undefined: an absent tag list or histogram is left out.
        deepStrictEqual(JSON.parse(JSON.stringify(Interval.parse(interval))), back);
      }
    }),
    { numRuns: 50 },
  );
});
