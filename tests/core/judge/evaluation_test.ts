/** Figures taken out of totals: ratios above all, and that picking for a figure changes none. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluate, type Evaluation } from "../../../core/judge/evaluation.ts";
import { formatFigure, parseFigure } from "../../../core/judge/figure.ts";
import { pickerOf } from "../../../core/judge/picking.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { Totals } from "../../../core/measure/totals.ts";
import { operations, recordSeconds, totalsOf } from "./recorded.ts";

/** Ten seconds of two gateways: b has half as many writes an attachment as a. */
const GATEWAYS = recordSeconds(10, (recorder, atMs) => {
  for (const [gateway, count, writes] of [["a", 1, 6], ["b", 2, 6]] as const) {
    operations(recorder, atMs, { op: "attach", count, serviceMs: 10 * count, tags: { gateway } });
    recorder.count("statusWrites", writes, { atMs, tags: { gateway } });
    recorder.count("sentBytes", 600, { atMs, tags: { gateway } });
  }
  operations(recorder, atMs, { op: "detach", outcome: "stalled" });
  recorder.gauge("cpuRatio", 0.5, { atMs });
  recorder.gauge("heldBytes", 4_096, { atMs });
});

function found(text: string, intervals: readonly Interval[] = GATEWAYS): Evaluation {
  return evaluate(parseFigure(text), totalsOf(intervals));
}

Deno.test("a figure has the unit of its metric's kind and name, a ratio that of what is left", () => {
  const cases: [string, number, string][] = [
    ["attach.max", 20, "ms"],
    ["attach.count", 30, "none"],
    ["attach.rate", 3, "perSec"],
    ["detach.failed.ratio", 1, "ratio"],
    ["statusWrites.total", 120, "none"],
    ["sentBytes.total", 12_000, "bytes"],
    ["sentBytes.rate", 1_200, "bytesPerSec"],
    ["cpuRatio.mean", 0.5, "ratio"],
    ["heldBytes.last", 4_096, "bytes"],
    ["statusWrites.total / attach.count", 4, "none"],
    ["statusWrites{gateway=a}.total / attach{gateway=a}.count", 6, "none"],
    ["statusWrites{gateway=b}.total / attach{gateway=b}.count", 3, "none"],
    ["attach{gateway=b}.max / attach{gateway=a}.max", 2, "none"],
    ["sentBytes.total / attach.count", 400, "bytes"],
    ["sentBytes.rate / attach.rate", 400, "bytes"],
    ["attach.max / attach.count", 20 / 30, "ms"],
    ["detach.failed.count / attach.count in load", 1 / 3, "none"],
  ];
  for (const [text, value, unit] of cases) {
    const evaluation = found(text);
    assert.ok(evaluation.kind === "value", text);
    assert.deepEqual([evaluation.value, evaluation.unit, evaluation.ends], [
      ...[value, unit, [value, value]],
    ], text);
  }
});

Deno.test("a ratio is none where a term is missing, has too few values or is divided by 0", () => {
  const attach = parseFigure("attach.count");
  const cases: [string, Evaluation | Omit<Evaluation & { kind: "absent" }, "term">][] = [
    ["statusWrites.total / attach.dropped.count", { kind: "too-few", needed: 1, seen: 0 }],
    ["attach.p99 / attach.p50", { kind: "too-few", needed: 100, seen: 30 }],
    ["attach.p50 / attach.p99", { kind: "too-few", needed: 100, seen: 30 }],
    ["statusWrites.max / attach.count", {
      kind: "unsuitable",
      reason: "statusWrites is a counter with total and rate: it has no max",
    }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(found(text), expected, text);
  for (const [text, metric] of [["x.count / attach.count", "x"], ["attach.count / y.count", "y"]]) {
    const evaluation = found(text!);
    assert.ok(evaluation.kind === "absent");
    assert.equal(evaluation.term.metric, metric);
  }
  const bytes = evaluate({ ...attach, per: attach }, totalsOf(GATEWAYS), { unit: "bytes" });
  assert.deepEqual(bytes, {
    kind: "unsuitable",
    reason: "attach is an operation: a limit on its count by the count of attach is " +
      "a number such as 100 or a share such as 0.1%",
  });
});

/** One operation of each name, its time and how much of that may be lag of our own. */
function lagging(times: Readonly<Record<string, { ms: number; lagMs: number }>>): Totals {
  const totals = new Totals();
  for (const [op, { ms, lagMs }] of Object.entries(times)) {
    const recorder = new Recorder({ startMs: 0, ownLag: () => lagMs });
    operations(recorder, 0, { op, serviceMs: ms });
    for (const interval of recorder.rotate(1_000)) totals.add(interval);
  }
  return totals;
}

const timed = fc.record({ ms: fc.integer({ min: 1, max: 1_000 }), lagMs: fc.nat(1_000) });

Deno.test("property: the ratio is between the ends, whatever part of the lag is in either term", () => {
  const figure = parseFigure("a.max / b.max");
  fc.assert(fc.property(timed, timed, fc.nat(8), fc.nat(8), (a, b, ofA, ofB) => {
    const evaluation = evaluate(figure, lagging({ a, b }));
    if (evaluation.kind !== "value") {
      // All of the divisor may be lag of our own.
      assert.ok(b.lagMs >= b.ms);
      return;
    }
    const truth = (term: typeof a, eighths: number) =>
      term.ms - Math.min(term.ms, term.lagMs) * eighths / 8;
    const [low, high] = evaluation.ends;
    const ratio = truth(a, ofA) / truth(b, ofB);
    assert.ok(Number.isFinite(low) && Number.isFinite(high));
    assert.ok(low - 1e-9 <= ratio && ratio <= high + 1e-9, `${ratio} in ${low} to ${high}`);
    assert.ok(low <= evaluation.value && evaluation.value <= high);
  }));
});

const FIGURES = [
  ...["attach.p50", "attach{gateway=a}.lag.max", "attach.failed{reason=dns}.ratio", "attach.total"],
  ...[
    "wait.mean",
    "wait{gateway=b}.p50",
    "writes.total",
    "writes{gateway=a}.rate",
    "level{gateway=a,zone=x}.last",
  ],
  ...[
    "writes{gateway=a}.total / writes.total",
    "writes{gateway=a}.total / attach{gateway=b}.count",
  ],
  ...["attach{gateway=a}.max / attach{gateway=b}.min", "attach.ok.ratio / attach.dropped.ratio"],
  ...["level{gateway=a,zone=x}.max / level{zone=y}.max", "wait.max / wait{zone=x}.max"],
].map(parseFigure);

const happening = fc.record({
  kind: fc.constantFrom("ok", "dns", "dropped", "wait", "writes", "none yet", "level"),
  tags: fc.record({ gateway: fc.constantFrom("a", "b"), zone: fc.constantFrom("x", "y") }),
  amount: fc.integer({ min: 1, max: 100 }),
});

Deno.test("property: a figure is the same of all that was recorded and of what is picked for it", () => {
  const seconds = fc.array(fc.array(happening, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(seconds, fc.constantFrom(...FIGURES), (happenings, figure) => {
    const intervals = recordSeconds(happenings.length, (recorder, atMs) => {
      for (const { kind, tags, amount } of happenings[atMs / 1_000] ?? []) {
        if (kind === "wait") recorder.observeMs("wait", amount, { atMs, tags });
        else if (kind === "writes") recorder.count("writes", amount, { atMs, tags });
        else if (kind === "none yet") recorder.count("writes", 0, { atMs });
        else if (kind === "level") recorder.gauge("level", amount, { atMs, tags });
        else operations(recorder, atMs, { op: "attach", serviceMs: amount, tags, outcome: kind });
      }
    });
    const picked = new Totals();
    for (const interval of intervals) picked.add(pickerOf(figure)(interval));
    assert.deepEqual(
      evaluate(figure, picked),
      evaluate(figure, totalsOf(intervals)),
      formatFigure(figure),
    );
    const series = [picked.operations, picked.distributions, picked.counters, picked.gauges];
    assert.ok(series.every(({ size }) => size <= 3), "no more series than the figure tells apart");
  }));
});
