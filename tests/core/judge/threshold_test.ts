/** What a threshold's text means, and that nothing is lost on the way back to text. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatThreshold,
  parseThreshold,
  type Threshold,
  thresholdSubject,
} from "../../../core/judge/threshold.ts";
import { isFailureReason, REASON_WORDS } from "../../../core/judge/threshold_words.ts";

const PLAIN = {
  tags: {},
  view: null,
  reason: null,
  overMs: null,
  forMs: null,
  afterMs: 0,
} as const;
const percentile = (value: number) => ({ kind: "percentile", percentile: value } as const);

Deno.test("each part of a threshold is read as what it is", () => {
  const cases: [string, Omit<Threshold, "source">][] = [
    ["request.response.p99 < 200ms", {
      ...PLAIN,
      metric: "request",
      view: "response",
      stat: percentile(99),
      comparison: "<",
      limit: { value: 200, unit: "ms" },
    }],
    ["request.p(99)<200ms", {
      ...PLAIN,
      metric: "request",
      stat: percentile(99),
      comparison: "<",
      limit: { value: 200, unit: "ms" },
    }],
    ["request{connection=1}.failed.ratio < 1%", {
      ...PLAIN,
      metric: "request",
      tags: { connection: "1" },
      view: "failed",
      stat: { kind: "ratio" },
      comparison: "<",
      limit: { value: 0.01, unit: "ratio" },
    }],
    ["request.failed{reason=http-503}.count == 0", {
      ...PLAIN,
      metric: "request",
      view: "failed",
      reason: "http-503",
      stat: { kind: "count" },
      comparison: "==",
      limit: { value: 0, unit: "none" },
    }],
    ['blocks{ size = "1 MiB, exactly" , node=a:1/b }.mean > 1GiB over 30s for 2m after 10s', {
      metric: "blocks",
      tags: { size: "1 MiB, exactly", node: "a:1/b" },
      view: null,
      reason: null,
      stat: { kind: "mean" },
      comparison: ">",
      limit: { value: 1024 ** 3, unit: "bytes" },
      overMs: 30_000,
      forMs: 120_000,
      afterMs: 10_000,
    }],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(parseThreshold(text), { ...expected, source: text });
  }
});

Deno.test("a threshold has one canonical text", () => {
  const cases: [string, string][] = [
    ["request.response.p99 < 200ms", "request.response.p99 < 200ms"],
    ["request.p(99)<200ms", "request.p99 < 200ms"],
    ["request.p( 99.90 ) < 0.2s", "request.p99.9 < 200ms"],
    ["request.service.p99.9 <= 1s", "request.service.p99.9 <= 1s"],
    ["request.p0 >= 1us", "request.p0 >= 1us"],
    ["request.p100 < 90s", "request.p100 < 90s"],
    ["request{connection=1}.failed.ratio < 1%", "request{connection=1}.failed.ratio < 1%"],
    ["request.failed.ratio < 0.011", "request.failed.ratio < 1.1%"],
    ["request.failed.count <= 0", "request.failed.count <= 0"],
    ["request.ok.count > 0", "request.ok.count > 0"],
    ["request.ok.ratio >= 99.95 %", "request.ok.ratio >= 99.95%"],
    ["request.dropped.ratio < 0.1%", "request.dropped.ratio < 0.1%"],
    ["request.cancelled.rate < .5/s", "request.cancelled.rate < 0.5/s"],
    ["request.rate >= 50/s", "request.rate >= 50/s"],
    ["request.total != 1000", "request.total != 1000"],
    [
      "request.failed{ reason = timeout }.count == 0",
      "request.failed{reason=timeout}.count == 0",
    ],
    ["gap.p99 < 15ms", "gap.p99 < 15ms"],
    ["gap.min > -0.5ms", "gap.min > -500us"],
    ["ttfb.max < 2s", "ttfb.max < 2s"],
    ["ttfb.mean < 5 ms", "ttfb.mean < 5ms"],
    ["receivedBytes.rate > 400MB/s", "receivedBytes.rate > 400MB/s"],
    ["receivedBytes{connection=0}.total > 1 GiB", "receivedBytes{connection=0}.total > 1GiB"],
    ["receivedBytes.total > 1500", "receivedBytes.total > 1500"],
    ["receivedBytes.total > 1500B", "receivedBytes.total > 1500B"],
    ["loopLag.p99 < 20ms", "loopLag.p99 < 20ms"],
    ["inFlight.max <= 100", "inFlight.max <= 100"],
    ["cpuRatio.mean < 90%", "cpuRatio.mean < 90%"],
    ["population.last == -3", "population.last == -3"],
    ["request.lag.p99 < 5ms", "request.lag.p99 < 5ms"],
    ["x.p50 < 1m30s over 1h for 90s after 0s", "x.p50 < 90s over 1h for 90s"],
    ["x.p50<1s after 1m over 5m", "x.p50 < 1s over 5m after 1m"],
    ["x{b=1,a=2}.p50 < 1s", "x{a=2,b=1}.p50 < 1s"],
    ['x{a="b"}.p50 < 1s', "x{a=b}.p50 < 1s"],
    ['x{a="b c"}.p50 < 1s', 'x{a="b c"}.p50 < 1s'],
  ];
  for (const [text, canonical] of cases) {
    assert.equal(formatThreshold(parseThreshold(text)), canonical);
  }
});

Deno.test("two thresholds on the same figure have the same subject, whatever their limits", () => {
  const cases: [string, string][] = [
    ["request.p99 < 200ms", "request.response.p99"],
    ["request.response.p(99) <= 1s over 30s", "request.response.p99"],
    ["request.rate > 50/s", "request.rate"],
    ["request{a=1}.failed{reason=dns}.count == 0", "request{a=1}.failed{reason=dns}.count"],
  ];
  for (const [text, subject] of cases) {
    assert.equal(thresholdSubject(parseThreshold(text)), subject);
  }
});

const positive = fc.double({ min: 1e-9, max: 1e15, noNaN: true });
const anyMs = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,9}$/);
const limits = {
  ms: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({
    value: value + 0,
    unit: "ms" as const,
  })),
  bytes: fc.nat(2 ** 52).map((value) => ({ value, unit: "bytes" as const })),
  perSec: positive.map((value) => ({ value, unit: "perSec" as const })),
  bytesPerSec: fc.nat(2 ** 52).map((value) => ({ value, unit: "bytesPerSec" as const })),
  ratio: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => ({
    value,
    unit: "ratio" as const,
  })),
  none: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({
    value: value + 0,
    unit: "none" as const,
  })),
};
const percentiles = fc.double({ min: 0, max: 100, noNaN: true }).map(percentile);
const outcome = fc.constantFrom("ok" as const, "dropped" as const, "cancelled" as const);
const none = { view: null, reason: null };
const figures = fc.oneof(
  fc.record({
    view: fc.constantFrom("service" as const, "response" as const, "lag" as const),
    reason: fc.constant(null),
    stat: percentiles,
    limit: limits.ms,
  }),
  fc.record({
    view: outcome,
    reason: fc.constant(null),
    stat: fc.constant({ kind: "ratio" as const }),
    limit: limits.ratio,
  }),
  fc.record({
    view: fc.constant("failed" as const),
    reason: fc.constantFrom(...REASON_WORDS).filter(isFailureReason),
    stat: fc.constant({ kind: "count" as const }),
    limit: limits.none,
  }),
  fc.record({ stat: percentiles, limit: fc.oneof(limits.ms, limits.bytes) })
    .map((figure) => ({ ...none, ...figure })),
  fc.record({
    stat: fc.constantFrom("min", "mean", "max", "last").map((kind) => ({ kind })),
    limit: fc.oneof(limits.ms, limits.bytes, limits.ratio, limits.none),
  }).map((figure) => ({ ...none, ...figure })),
  fc.record({
    stat: fc.constant({ kind: "rate" as const }),
    limit: fc.oneof(limits.perSec, limits.bytesPerSec),
  }).map((figure) => ({ ...none, ...figure })),
);
const clauses = fc.record({
  overMs: fc.option(fc.double({ min: 1_000, max: 1e9, noNaN: true })),
  forMs: fc.option(positive),
  afterMs: anyMs,
});
const thresholds: fc.Arbitrary<Threshold> = fc.tuple(
  figures,
  clauses,
  fc.record({
    source: fc.constant(""),
    metric: name,
    tags: fc.uniqueArray(fc.tuple(name, fc.string({ unit: "binary", minLength: 0 })), {
      selector: ([key]) => key,
    }).map((pairs) => Object.fromEntries(pairs)),
    comparison: fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
  }),
).map(([figure, clause, rest]) => ({ ...rest, ...figure, ...clause }) as Threshold);

Deno.test("property: a threshold reads back from its text as the same value", () => {
  fc.assert(fc.property(thresholds, (threshold) => {
    const text = formatThreshold(threshold);
    assert.deepEqual(parseThreshold(text), { ...threshold, source: text });
    assert.equal(formatThreshold(parseThreshold(text)), text);
  }));
});

Deno.test("property: a text is a threshold or a SyntaxError, never anything else", () => {
  const pieces = fc.constantFrom(
    ...["request", ".", "p99", "p(", ")", "failed", "{", "}", "reason", "=", '"', "\\", " ", "<"],
    ...["99", "-1", "ms", "/s", "%", "over", "for", "30s", "ratio", "count", ",", "µs", "\u2028"],
  );
  const texts = fc.oneof(fc.string(), fc.array(pieces).map((some) => some.join("")));
  fc.assert(fc.property(texts, (text) => {
    try {
      parseThreshold(text);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
      assert.ok(error.message.startsWith(`Cannot read threshold "${text}": expected `));
    }
  }));
});
