import assert from "node:assert/strict";
import fc from "fast-check";
import type { MetricComparison, MetricVerdict } from "../../../../core/report/compare/metric.ts";
import {
  type FailOn,
  formatFailOn,
  judgeFailOn,
  parseFailOn,
} from "../../../../core/report/compare/fail_on.ts";

function change(metric: string, comparison: ">" | "<", limitRatio: number): Partial<FailOn> {
  return { kind: "change", metric, comparison, limitRatio };
}

Deno.test("parseFailOn() reads every form", () => {
  const cases: [text: string, rule: Partial<FailOn>][] = [
    ["any", { kind: "any" }],
    ["p99>10%", change("p99", ">", 0.1)],
    [" response.p50 > 2.5 % ", change("response.p50", ">", 0.025)],
    ["request.response.p99>10%", change("request.response.p99", ">", 0.1)],
    ['request{connection="0"}.max>0%', change('request{connection="0"}.max', ">", 0)],
    ["rate<-5%", change("rate", "<", -0.05)],
    ["rate<-0%", change("rate", "<", 0)],
    ["failed.ratio>+1%", change("failed.ratio", ">", 0.01)],
    ["dropped.ratio>.5%", change("dropped.ratio", ">", 0.005)],
    ["rssBytes.mean>20%", change("rssBytes.mean", ">", 0.2)],
  ];
  for (const [text, rule] of cases) assert.deepEqual(parseFailOn(text), { ...rule, source: text });
});

Deno.test("parseFailOn() says what would have been right", () => {
  const cases: [text: string, message: string][] = [
    ["", "expected a metric such as p99 or request.response.p99, or any, not the end"],
    [">5%", 'expected a metric such as p99 or request.response.p99, or any, not ">5%"'],
    [
      "p95>5%",
      'expected a metric that ends in p50, p90, p99, max, rate, failed.ratio, dropped.ratio or mean, not "p95"',
    ],
    [
      "ratio>5%",
      'expected a metric that ends in p50, p90, p99, max, rate, failed.ratio, dropped.ratio or mean, not "ratio"',
    ],
    ["p99", 'expected ">" or "<" after p99, not the end'],
    ["p99>=5%", 'expected ">" or "<" after p99, not ">=5%"'],
    ["p99>200ms", 'expected a percentage such as 10%, not "200ms"'],
    ["p99>10", 'expected a percentage such as 10%, not "10"'],
    ["p99>-10%", 'expected a rise, 0% or more, after ">", not "-10%"'],
    ["rate<5%", 'expected a fall such as -5% after "<", not "5%"'],
    ["p99>10% over 30s", 'expected nothing more, not "over"'],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseFailOn(text), {
      name: "SyntaxError",
      message: `Cannot read regression rule "${text}": ${message}`,
    });
  }
});

Deno.test("parseFailOn(formatFailOn(rule)) is the rule, and the text is stable", () => {
  const metric = fc.tuple(
    fc.constantFrom("", "request.", 'request{a="1",b="x.y>z"}.', "get-pod."),
    fc.constantFrom("p50", "service.p90", "response.max", "rate", "failed.ratio", "mean"),
  ).map((parts) => parts.join(""));
  const hundredths = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(fc.property(metric, hundredths, fc.boolean(), (name, size, rise) => {
    const text = `${name}${rise ? ">" : "<"}${rise || size === 0 ? "" : "-"}${size / 100}%`;
    const rule = parseFailOn(text);
    assert.equal(formatFailOn(rule), text);
    assert.deepEqual(parseFailOn(formatFailOn(rule)), rule);
  }));
  assert.equal(formatFailOn(parseFailOn(" any ")), "any");
  assert.equal(formatFailOn(parseFailOn("p99 > 07.50 %")), "p99>7.5%");
});

Deno.test("parseFailOn() throws nothing but SyntaxError", () => {
  const piece = fc.constantFrom("p99", ".", ">", "<", "-", "10", "%", "any", "{", "}", " ", "=");
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(piece).map((all) => all.join(""))), (text) => {
      try {
        parseFailOn(text);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, `${error}`);
      }
    }),
  );
});

/** A metric with a base of 100 (0.1 for ratios) and the given change. */
function metric(
  series: string,
  stat: string,
  answer: { delta: number; verdict: MetricVerdict; kind?: MetricComparison["kind"] },
): MetricComparison {
  const figure = (value: number) => ({ value, low: null, high: null, confidence: null, n: 5 });
  const points = stat.endsWith(".ratio");
  return {
    name: `${series}.${stat}`,
    series,
    stat,
    kind: answer.kind ?? "operation",
    unit: points ? "ratio" : "ms",
    betterWay: stat === "rate" ? "higher" : "lower",
    base: figure(points ? 0.1 : 100),
    candidate: figure(points ? 0.1 + answer.delta : 100 * (1 + answer.delta)),
    delta: answer.delta,
    deltaKind: points ? "points" : "relative",
    pValue: answer.verdict === "?" ? null : 0.01,
    test: answer.verdict === "?" ? null : "mann-whitney",
    verdict: answer.verdict,
    reason: answer.verdict === "?" ? "needs at least 4 runs a side" : "",
  };
}

const TAGGED = 'request{connection="0"}';
const METRICS = [
  metric(TAGGED, "rate", { delta: -0.08, verdict: "worse" }),
  metric(TAGGED, "failed.ratio", { delta: 0.02, verdict: "worse" }),
  metric(TAGGED, "service.p50", { delta: -0.3, verdict: "better" }),
  metric(TAGGED, "service.p99", { delta: 0.2, verdict: "~" }),
  metric(TAGGED, "response.p99", { delta: 0.12, verdict: "worse" }),
  metric(TAGGED, "response.max", { delta: 0.9, verdict: "?" }),
  metric("connect", "response.p90", { delta: 0.02, verdict: "worse" }),
  metric("ttfb", "p99", { delta: 0.5, verdict: "worse", kind: "distribution" }),
  metric("frames", "rate", { delta: 0.5, verdict: "changed", kind: "counter" }),
];

Deno.test("judgeFailOn() trips on a significant change beyond the limit, and never passes what cannot be told", () => {
  const cases: [rule: string, verdict: string, broken: string[]][] = [
    ["p99>10%", "fail", [`${TAGGED}.response.p99`]],
    ["p99>12%", "pass", []],
    ["p99>15%", "pass", []], // service.p99 rose by 20 %, but by chance
    ["response.p99>10%", "fail", [`${TAGGED}.response.p99`]],
    ["service.p99>10%", "pass", []],
    ["request.p99>10%", "fail", [`${TAGGED}.response.p99`]],
    ["request.response.p99>10%", "fail", [`${TAGGED}.response.p99`]],
    [`${TAGGED}.response.p99>10%`, "fail", [`${TAGGED}.response.p99`]],
    ['request{connection="1"}.response.p99>10%', "inconclusive", []],
    ["connect.response.p90>10%", "pass", []],
    ["connect.response.p90>1%", "fail", ["connect.response.p90"]],
    ["ttfb.p99>10%", "fail", ["ttfb.p99"]],
    ["rate<-5%", "fail", [`${TAGGED}.rate`]],
    ["rate<-10%", "pass", []],
    ["rate>0%", "pass", []],
    ["frames.rate>10%", "fail", ["frames.rate"]],
    ["failed.ratio>1%", "fail", [`${TAGGED}.failed.ratio`]],
    ["failed.ratio>2%", "pass", []],
    ["p50<-20%", "fail", [`${TAGGED}.service.p50`]],
    ["max>100%", "inconclusive", []],
    ["p90>10%", "pass", []],
    ["rssBytes.mean>1%", "inconclusive", []],
    ["any", "fail", METRICS.filter(({ verdict }) => verdict === "worse").map(({ name }) => name)],
  ];
  for (const [text, verdict, broken] of cases) {
    const { findings, regressions } = judgeFailOn([parseFailOn(text)], METRICS);
    assert.deepEqual(findings.map((finding) => [finding.subject, finding.verdict]), [[
      text,
      verdict,
    ]]);
    assert.deepEqual(regressions.map(({ metric }) => metric), broken, text);
  }
});

Deno.test("judgeFailOn() explains its answers", () => {
  const rules = ["p99>10%", "max>10%", "delete.rate<-1%", "service.p50>0%"].map(parseFailOn);
  const { findings, regressions } = judgeFailOn(rules, METRICS);
  assert.deepEqual(findings, [
    {
      subject: "p99>10%",
      verdict: "fail",
      observed: `${TAGGED}.response.p99 +12%`,
      limit: ">10%",
      reason: "1 of 2 metrics changed significantly and beyond the limit",
    },
    {
      subject: "max>10%",
      verdict: "inconclusive",
      observed: "0 of 1 metrics",
      limit: ">10%",
      reason: `1 of 1 metrics cannot be told, ${TAGGED}.response.max: needs at least 4 runs a side`,
    },
    {
      subject: "delete.rate<-1%",
      verdict: "inconclusive",
      observed: null,
      limit: "<-1%",
      reason: "no such metric in this comparison",
    },
    {
      subject: "service.p50>0%",
      verdict: "pass",
      observed: "0 of 1 metrics",
      limit: ">0%",
      reason: "",
    },
  ]);
  assert.deepEqual(regressions, [
    { rule: "p99>10%", metric: `${TAGGED}.response.p99`, delta: 0.12, deltaKind: "relative" },
  ]);
});

Deno.test("any is inconclusive when nothing got worse but something cannot be told", () => {
  const calm = METRICS.filter(({ verdict }) => verdict !== "worse");
  const verdictOf = (metrics: MetricComparison[]) =>
    judgeFailOn([parseFailOn("any")], metrics).findings[0]?.verdict;
  assert.equal(verdictOf(calm), "inconclusive");
  assert.equal(verdictOf(calm.filter(({ verdict }) => verdict !== "?")), "pass");
});

Deno.test("without rules a significant worsening counts from 5 %, of a ratio from 0.1 points", () => {
  const cases: [MetricComparison, verdict: string][] = [
    [metric("request", "response.p99", { delta: 0.05, verdict: "worse" }), "fail"],
    [metric("request", "response.p99", { delta: 0.049, verdict: "worse" }), "pass"],
    [metric("request", "rate", { delta: -0.05, verdict: "worse" }), "fail"],
    [metric("request", "rate", { delta: 0.5, verdict: "better" }), "pass"],
    [metric("request", "rate", { delta: -0.5, verdict: "~" }), "pass"],
    [metric("request", "failed.ratio", { delta: 0.001, verdict: "worse" }), "fail"],
    [metric("request", "failed.ratio", { delta: 0.0009, verdict: "worse" }), "pass"],
    [metric("frames", "rate", { delta: 0.5, verdict: "changed", kind: "counter" }), "pass"],
    [metric("request", "response.max", { delta: 0.5, verdict: "?" }), "inconclusive"],
  ];
  for (const [one, verdict] of cases) {
    const { findings } = judgeFailOn([], [one]);
    assert.deepEqual(findings.map((finding) => finding.verdict), [verdict], one.name);
  }
});
