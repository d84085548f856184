/** Whole-run findings: every stat of every kind of metric, and never a pass without data. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Judge } from "../../../core/judge/judge.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import type { Validity } from "../../../core/judge/validity.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { Totals } from "../../../core/measure/totals.ts";
import { judged, operations, recordSeconds, totalsOf, VALID } from "./recorded.ts";

/** Ten seconds of everything there is. */
const MIXED = recordSeconds(10, (recorder, atMs) => {
  const zero = { tags: { connection: "0" } };
  const one = { tags: { connection: "1" } };
  operations(recorder, atMs, { ...zero, count: 10, serviceMs: 10, lagMs: 1 });
  operations(recorder, atMs, { ...one, count: 9, serviceMs: 20, lagMs: 5 });
  operations(recorder, atMs, { ...one, count: 1, outcome: "timeout", lagMs: 3 });
  operations(recorder, atMs, { ...one, count: 5, outcome: "dropped" });
  if (atMs === 9_000) {
    operations(recorder, atMs, { ...one, count: 2, outcome: "cancelled", lagMs: 2 });
  }
  operations(recorder, atMs, { op: "ping", count: 1, outcome: "dns" });
  recorder.observeMs("gap", atMs / 1_000, { atMs });
  recorder.observeMs("gap", 5, { atMs });
  recorder.observeBytes("blockSize", 1_000 + atMs, { atMs });
  recorder.count("receivedBytes", 1_000_000, { atMs, ...zero });
  recorder.count("receivedBytes", 500_000, { atMs, ...one });
  recorder.gauge("inFlight", atMs / 1_000, { atMs });
  recorder.gauge("cpuRatio", 0.5, { atMs });
});

Deno.test("each stat of each kind of metric is judged on its exact value", () => {
  const cases: [string, "pass" | "fail", string, string, string][] = [
    // Times of an operation; 100 of 10 ms and 90 of 20 ms are ok. A percentile is exact to 0.1 %.
    ["request.service.p50 < 10.1ms", "pass", "10ms", "10.1ms", ""],
    ["request.service.p(99) < 20ms", "fail", "20ms", "20ms", "20ms is not < 20ms"],
    ["request.response.max <= 25ms", "pass", "25ms", "25ms", ""],
    ["request.max <= 24ms", "fail", "25ms", "24ms", "25ms is not <= 24ms"],
    ["request{connection=0}.p99 < 12ms", "pass", "11ms", "12ms", ""],
    ["request{connection=0}.response.mean == 11ms", "pass", "11ms", "11ms", ""],
    ["request.lag.min >= 1ms", "pass", "1ms", "1ms", ""],
    ["request.lag.count == 202", "pass", "202", "202", ""],
    ["request.response.count == 190", "pass", "190", "190", ""],
    // Outcomes: 190 ok, 10 failed, 50 dropped, 2 cancelled.
    ["request.ok.count > 190", "fail", "190", "190", "190 is not > 190"],
    ["request.ok.ratio >= 95%", "pass", "95%", "95%", ""],
    ["request.failed.ratio < 5%", "fail", "5%", "5%", "5% is not < 5%"],
    ["request{connection=1}.failed.ratio <= 10%", "pass", "10%", "10%", ""],
    ["request.failed.count != 10", "fail", "10", "10", "10 is not != 10"],
    ["request.failed{reason=timeout}.count == 10", "pass", "10", "10", ""],
    ["request.failed{reason=timeout}.ratio == 5%", "pass", "5%", "5%", ""],
    ["request.failed{reason=dns}.count == 0", "pass", "0", "0", ""],
    ["request.failed.rate <= 1/s", "pass", "1/s", "1/s", ""],
    ["request.dropped.ratio < 0.1%", "fail", "19.8%", "0.1%", "19.8% is not < 0.1%"],
    ["request.cancelled.count <= 2", "pass", "2", "2", ""],
    ["request.count == 200", "pass", "200", "200", ""],
    ["request.total == 252", "pass", "252", "252", ""],
    ["request.rate >= 20/s", "pass", "20/s", "20/s", ""],
    ["ping.ok.count > 0", "fail", "0", "0", "0 is not > 0"],
    // Distributions: 0..9 ms and ten times 5 ms; 1000..10000 B.
    ["gap.max < 9ms", "fail", "9ms", "9ms", "9ms is not < 9ms"],
    ["gap.mean < 4.8ms", "pass", "4.75ms", "4.8ms", ""],
    ["gap.p50 < 5.1ms", "pass", "5ms", "5.1ms", ""],
    ["gap.p0 == 0ms", "pass", "0s", "0ms", ""],
    ["gap.p100 == 9ms", "pass", "9ms", "9ms", ""],
    ["gap.count == 20", "pass", "20", "20", ""],
    ["gap.rate == 2/s", "pass", "2/s", "2/s", ""],
    ["blockSize.mean < 5kB", "fail", "5.5 kB", "5kB", "5.5 kB is not < 5kB"],
    // Counters: 15 MB in 10 s.
    ["receivedBytes.rate > 1MB/s", "pass", "1.5 MB/s", "1MB/s", ""],
    ["receivedBytes{connection=0}.total >= 10MB", "pass", "10 MB", "10MB", ""],
    ["receivedBytes.total == 15000000", "pass", "15000000", "15000000", ""],
    ["receivedBytes.rate < 2000000/s", "pass", "1500000/s", "2000000/s", ""],
    // Gauges: 0..9.
    ["inFlight.max <= 8", "fail", "9", "8", "9 is not <= 8"],
    ["inFlight.min == 0", "pass", "0", "0", ""],
    ["inFlight.mean == 4.5", "pass", "4.5", "4.5", ""],
    ["inFlight.last > 8", "pass", "9", "8", ""],
    ["cpuRatio.mean < 90%", "pass", "50%", "90%", ""],
  ];
  for (const [subject, verdict, observed, limit, reason] of cases) {
    assert.deepEqual(judged(subject, MIXED), { subject, verdict, observed, limit, reason });
  }
});

Deno.test("a judge answers from the totals of its caller as from its own", () => {
  const texts = ["request.p50 < 1s", "request{connection=1}.failed.ratio < 1%", "gap.max < 15"];
  const thresholds = [
    ...[...texts, "receivedBytes.total / request.count < 64KiB", "inFlight.last == 9"],
    ...["request.count == 40 after 8s", "request.count == 40 over 2s", "none.p99 < 1s"],
  ].map(parseThreshold);
  const totals = new Totals();
  const [own, shared] = [new Judge(thresholds), new Judge(thresholds, { totals })];
  for (const interval of MIXED) {
    totals.add(interval);
    for (const judge of [own, shared]) judge.add(interval);
  }
  assert.deepEqual(shared.judged(VALID), own.judged(VALID));
  assert.deepEqual(shared.judged(VALID).map(({ finding }) => finding), own.findings(VALID));
  assert.deepEqual(own.judged(VALID).map(({ observed }) => observed), [
    ...[11.007, 0.1, null, 15e6 / 200, 9, 40, 40, null],
  ]);
});

Deno.test("what cannot be judged is inconclusive and says why", () => {
  const names = "blockSize, cpuRatio, gap, inFlight, ping, receivedBytes, request";
  const cases: [string, string][] = [
    [
      "requset.p99 < 1s",
      `no metric is called "requset" (did you mean "request"?); there are ${names}`,
    ],
    ["upload.failed.count == 0", `no metric is called "upload"; there are ${names}`],
    [
      "request{connection=9}.failed.count == 0",
      'no series is request{connection="9"}; ' +
      'there are request{connection="0"}, request{connection="1"}',
    ],
    ["ping{connection=0}.count > 0", 'no series is ping{connection="0"}; there are ping'],
    [
      "gap.response.p50 < 1s",
      'gap is no operation: it has no response side, leave out ".response"',
    ],
    ["request.failed.count == 0 after 1m", "request has no values after 1m"],
    ["request.p99.9 < 1s", "needs 1000 values, saw 190"],
    ["gap.p99 < 1s", "needs 100 values, saw 20"],
    ["ping.response.mean < 1s", "there is no value to judge"],
    ["ping.p50 < 1s", "needs 2 values, saw 0"],
    [
      "gap.p50 < 64KiB",
      "gap is a distribution of times: a limit on its p50 is a duration such as 200ms",
    ],
    [
      "blockSize.max < 200ms",
      "blockSize is a distribution of sizes: a limit on its max is a size such as 64KiB",
    ],
    [
      "gap.max < 15",
      "gap is a distribution of times: a limit on its max is a duration such as 200ms",
    ],
    ["request.max < 15", "request is an operation: a limit on its max is a duration such as 200ms"],
    [
      "inFlight.p99 < 1s",
      "inFlight is a gauge with min, mean, max and last: it has no p99",
    ],
    [
      "request.last < 5",
      "request is an operation with percentiles, min, mean, max, count, rate and total: it has no last",
    ],
    [
      "gap.total < 5",
      "gap is a distribution of times with percentiles, min, mean, max, count and rate: " +
      "it has no total",
    ],
    ["receivedBytes.max < 5MB", "receivedBytes is a counter with total and rate: it has no max"],
  ];
  for (const [subject, reason] of cases) {
    const finding = judged(subject, MIXED);
    assert.equal(finding.verdict, "inconclusive", subject);
    assert.equal(finding.reason, reason);
    assert.equal(finding.observed, null);
  }
});

Deno.test("a run without a single interval passes nothing", () => {
  for (
    const subject of ["request.failed.count == 0", "request.p99 < 1s", "request.rate > 0/s for 1s"]
  ) {
    const { verdict, observed, reason } = judged(subject, []);
    assert.deepEqual({ verdict, observed, reason }, {
      verdict: "inconclusive",
      observed: null,
      reason: "nothing was measured",
    });
  }
});

Deno.test("what was declared and never came has no values, which is no unknown name", () => {
  const subjects = ["delete.failed.count <= 0", "delete{type=a}.p99 < 1s", "delet.p99 < 1s"];
  const judge = new Judge(subjects.map(parseThreshold), { measures: ["delete", "request"] });
  for (const interval of MIXED) judge.add(interval);
  const findings = judge.findings(VALID);
  assert.deepEqual(findings.map(({ verdict }) => verdict), Array(3).fill("inconclusive"));
  const [count, percentile, unknown] = findings.map(({ reason }) => reason);
  assert.deepEqual([count, percentile], ["delete has no values", "delete has no values"]);
  assert.match(unknown!, /^no metric is called "delet" \(did you mean "delete"\?\); there are /);
});

Deno.test("a percentile is judged from the number of values on that it needs", () => {
  const values = (count: number) =>
    recordSeconds(1, (recorder, atMs) => operations(recorder, atMs, { count }));
  const cases: [string, number, string][] = [
    ["request.p99 < 1s", 99, "inconclusive"],
    ["request.p99 < 1s", 100, "pass"],
    ["request.p99.9 < 1s", 999, "inconclusive"],
    ["request.p99.9 < 1s", 1000, "pass"],
    ["request.p50 < 1s", 1, "inconclusive"],
    ["request.p50 < 1s", 2, "pass"],
    ["request.p100 < 1s", 1, "pass"],
    ["request.max < 1s", 1, "pass"],
  ];
  for (const [subject, count, verdict] of cases) {
    assert.equal(judged(subject, values(count)).verdict, verdict, `${subject}, ${count} values`);
  }
});

Deno.test("the warm-up is not judged, and `after` leaves out what began before", () => {
  const intervals = recordSeconds(10, (recorder, atMs) => {
    const outcome = atMs < 2_000 ? "timeout" : atMs < 5_000 ? "dns" : "ok";
    operations(recorder, atMs, { count: 10, outcome });
  }, { warmUpMs: 2_000 });
  const cases: [string, string | null][] = [
    ["request.failed{reason=timeout}.count == 0", "0"],
    ["request.failed{reason=dns}.count == 30", "30"],
    ["request.failed.count == 10 after 4s", "10"],
    ["request.failed.count == 0 after 4001ms", "0"],
    ["request.rate == 10/s", "10/s"],
    ["request.ok.rate == 10/s after 5s", "10/s"],
  ];
  for (const [subject, observed] of cases) {
    const finding = judged(subject, intervals);
    assert.deepEqual([finding.verdict, finding.observed], ["pass", observed], subject);
  }
});

Deno.test("with an invalid generator only an excess of failures or drops still fails", () => {
  const invalid: Validity = { level: "invalid", reasons: ["It was late.", "It was busy."] };
  const reason = "the generator was not fit to measure: It was late. It was busy.";
  const cases: [string, string, string][] = [
    ["request.p50 < 1s", "inconclusive", reason],
    ["request.p50 > 1s", "inconclusive", reason],
    ["request.rate > 1000/s", "inconclusive", reason],
    ["request.failed.rate < 0.5/s", "inconclusive", reason],
    ["receivedBytes.total > 1GiB", "inconclusive", reason],
    ["request.ok.count > 1000", "inconclusive", reason],
    ["request.failed.count <= 10", "inconclusive", reason],
    ["request.failed.count == 20", "inconclusive", reason],
    ["request.failed.count == 0", "fail", "10 is not == 0"],
    ["request.failed.ratio < 1%", "fail", "5% is not < 1%"],
    ["request.failed.count == 0 over 2s", "fail", "2 at 0 s to 2 s is not == 0"],
    ["request.ok.ratio > 99%", "fail", "95% is not > 99%"],
    ["request.dropped.ratio < 1%", "fail", "19.8% is not < 1%"],
    ["gap.p99 < 1s", "inconclusive", "needs 100 values, saw 20"],
  ];
  for (const [subject, verdict, why] of cases) {
    const finding = judged(subject, MIXED, invalid);
    assert.deepEqual([finding.verdict, finding.reason], [verdict, why], subject);
  }
});

Deno.test("a degraded generator changes no finding", () => {
  const degraded: Validity = { level: "degraded", reasons: ["It was busy."] };
  for (
    const subject of ["request.p50 < 1s", "request.rate > 1000/s", "request.failed.count == 0"]
  ) {
    assert.deepEqual(judged(subject, MIXED, degraded), judged(subject, MIXED));
  }
});

Deno.test("findings come in the order of their thresholds and can be asked for again", () => {
  const texts = ["request.p50 < 1s", "nothing.p50 < 1s", "request.failed.count == 0 over 3s"];
  const judge = new Judge(texts.map(parseThreshold));
  for (const interval of MIXED) judge.add(interval);
  const findings = judge.findings(VALID);
  assert.deepEqual(findings.map(({ subject }) => subject), texts);
  assert.deepEqual(judge.findings(VALID), findings);
});

interface Happening {
  readonly worker: number;
  readonly second: number;
  readonly outcome: "ok" | "timeout" | "dropped";
  readonly serviceMs: number;
}

const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.record({
    worker: fc.nat(2),
    second: fc.nat(5),
    outcome: fc.constantFrom("ok" as const, "timeout" as const, "dropped" as const),
    serviceMs: fc.integer({ min: 1, max: 1_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Three workers that rotate at moments of their own. */
function workersIntervals(happened: readonly Happening[]): Interval[] {
  return [0, 1, 2].flatMap((worker) =>
    recordSeconds(6, (recorder, atMs) => {
      for (
        const { second, outcome, serviceMs } of happened.filter((one) => one.worker === worker)
      ) {
        if (second * 1_000 !== atMs) continue;
        operations(recorder, atMs, { outcome, serviceMs, tags: { worker: String(worker) } });
      }
    }, { rotateAtMs: (second) => (second + 1) * 1_000 + 40 * worker })
  ).sort((one, other) => one.startMs - other.startMs);
}

Deno.test("property: intervals of any number of workers are judged as their merged totals", () => {
  fc.assert(fc.property(happenings, (happened) => {
    const intervals = workersIntervals(happened);
    const totals = totalsOf(intervals);
    const request = totals.operation("request");
    assert.ok(request !== undefined);
    const { service, failedCount, finished, total, dropped } = request;
    const p90Us = service.count < 10 ? null : service.valueAt(0.9);
    const maxUs = service.count === 0 ? null : service.max;
    const failedRatio = finished === 0 ? null : failedCount / finished;
    const cases: [string, number, number | null, (value: number) => string][] = [
      ["request.service.p90 < 500ms", 500_000, p90Us, (us) => `${us / 1_000}ms`],
      ["request.service.max < 500ms", 500_000, maxUs, (us) => `${us / 1_000}ms`],
      ["request.failed.count < 5", 5, failedCount, String],
      ["request.failed.ratio < 0.5", 0.5, failedRatio, String],
      ["request.dropped.ratio < 0.5", 0.5, dropped / total, String],
      ["request.rate < 5/s", 5, finished / (totals.durationMs / 1_000), (value) => `${value}/s`],
    ];
    for (const [subject, limit, value, textOf] of cases) {
      const finding = judged(subject, intervals);
      if (value === null) {
        assert.equal(finding.verdict, "inconclusive", subject);
        continue;
      }
      const [figure] = subject.split(" ");
      const exact = judged(`${figure} == ${textOf(value)}`, intervals);
      assert.equal(exact.verdict, "pass", `${exact.subject}, observed ${exact.observed}`);
      assert.equal(finding.verdict, value < limit ? "pass" : "fail", subject);
    }
  }));
});
