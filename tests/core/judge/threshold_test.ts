/** What a threshold's text means, and that nothing is lost on the way back to text. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatThreshold,
  parseThreshold,
  type Threshold,
  thresholdSubject,
} from "../../../core/judge/threshold.ts";
import { anyFigure, anyLimit } from "./any_figure.ts";

const FIGURE = { tags: {}, view: null, reason: null, per: null, stage: null } as const;
const NO_CLAUSES = { overMs: null, forMs: null, afterMs: 0 } as const;
const percentile = (value: number) => ({ kind: "percentile", percentile: value } as const);

Deno.test("each part of a threshold is read as what it is", () => {
  const cases: [string, Omit<Threshold, "source">][] = [
    ["request.response.p99 < 200ms", {
      ...NO_CLAUSES,
      figure: { ...FIGURE, metric: "request", view: "response", stat: percentile(99) },
      comparison: "<",
      limit: { value: 200, unit: "ms" },
    }],
    ["request.p(99)<200ms", {
      ...NO_CLAUSES,
      figure: { ...FIGURE, metric: "request", stat: percentile(99) },
      comparison: "<",
      limit: { value: 200, unit: "ms" },
    }],
    ["request{connection=1}.failed.ratio < 1%", {
      ...NO_CLAUSES,
      figure: {
        ...FIGURE,
        metric: "request",
        tags: { connection: "1" },
        view: "failed",
        stat: { kind: "ratio" },
      },
      comparison: "<",
      limit: { value: 0.01, unit: "ratio" },
    }],
    ["request.failed{reason=http-503}.count == 0", {
      ...NO_CLAUSES,
      figure: {
        ...FIGURE,
        metric: "request",
        view: "failed",
        reason: "http-503",
        stat: { kind: "count" },
      },
      comparison: "==",
      limit: { value: 0, unit: "none" },
    }],
    ['blocks{ size = "1 MiB, exactly" , node=a:1/b }.mean > 1GiB over 30s for 2m after 10s', {
      figure: {
        ...FIGURE,
        metric: "blocks",
        tags: { size: "1 MiB, exactly", node: "a:1/b" },
        stat: { kind: "mean" },
      },
      comparison: ">",
      limit: { value: 1024 ** 3, unit: "bytes" },
      overMs: 30_000,
      forMs: 120_000,
      afterMs: 10_000,
    }],
    ['writes.total / attach.count <= 4 over 5s in "add routes" after 1s', {
      figure: {
        ...FIGURE,
        metric: "writes",
        stat: { kind: "total" },
        per: { tags: {}, view: null, reason: null, metric: "attach", stat: { kind: "count" } },
        stage: "add routes",
      },
      comparison: "<=",
      limit: { value: 4, unit: "none" },
      overMs: 5_000,
      forMs: null,
      afterMs: 1_000,
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
    ["x.p99/x.p50 < 3", "x.p99 / x.p50 < 3"],
    ["x.p99/x.p50 < 300 %", "x.p99 / x.p50 < 300%"],
    ["x.mean / x.count < 5ms", "x.mean / x.count < 5ms"],
    ["receivedBytes.total / x.count < 64KiB", "receivedBytes.total / x.count < 64KiB"],
    ["x.p50 in lambda=50<1s", "x.p50 < 1s in lambda=50"],
    ["x.count == 3 in x", "x.count == 3 in x"],
    ["x.count < 3 after 5s in load over 1m", "x.count < 3 in load over 1m after 5s"],
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
    ["request.p99 / request.p50 < 3", "request.response.p99 / request.response.p50"],
    ["request.p99 < 1s in load", "request.response.p99 in load"],
  ];
  for (const [text, subject] of cases) {
    assert.equal(thresholdSubject(parseThreshold(text)), subject);
  }
});

const thresholds: fc.Arbitrary<Threshold> = anyFigure.chain((figure) =>
  fc.record({
    source: fc.constant(""),
    figure: fc.constant(figure),
    comparison: fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
    limit: anyLimit(figure),
    overMs: fc.option(fc.double({ min: 1_000, max: 1e9, noNaN: true })),
    forMs: fc.option(fc.double({ min: 1e-9, max: 1e15, noNaN: true })),
    afterMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  })
);

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
    ...["/", "in", " in "],
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
