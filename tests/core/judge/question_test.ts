/** Findings over windows and of lasting breaches. @module */

import assert from "node:assert/strict";
import type { Verdict } from "../../../core/judge/finding.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { judged, life, operations, recordSeconds, verdictOf } from "./recorded.ts";

Deno.test("a window finds the burst of errors at the end that the whole run hides", () => {
  const intervals = life(300, (second) => ({
    count: 10,
    outcome: second >= 290 ? "connection-reset" : "ok",
  }));
  assert.deepEqual(verdictOf("request.failed.ratio < 5%", intervals), ["pass", "3.33%", ""]);
  assert.deepEqual(verdictOf("request.failed.ratio < 5% over 10s", intervals), [
    "fail",
    "100%",
    "100% at 290 s to 300 s is not < 5%",
  ]);
  assert.deepEqual(verdictOf("request.failed.ratio < 40% over 30s", intervals), [
    "pass",
    "33.3%",
    "",
  ]);
  assert.deepEqual(verdictOf("request.failed.ratio < 5% over 10s for 1m", intervals), [
    "pass",
    "100%",
    "it was not < 5% for at most 10s at 290 s to 300 s, less than 1m",
  ]);
});

Deno.test("the worst window is the one furthest from what each comparison wants", () => {
  // 5, 6, 7, 20, 1, 6 operations a second.
  const counts = [5, 6, 7, 20, 1, 6];
  const intervals = life(6, (second) => ({ count: counts[second] ?? 0 }));
  const cases: [string, Verdict, string, string][] = [
    ["request.count < 28 over 2s", "pass", "27", ""],
    ["request.count < 27 over 2s", "fail", "27", "27 at 2 s to 4 s is not < 27"],
    ["request.count <= 27 over 2s", "pass", "27", ""],
    ["request.count > 7 over 2s", "fail", "7", "7 at 4 s to 6 s is not > 7"],
    ["request.count >= 7 over 2s", "pass", "7", ""],
    ["request.count == 13 over 2s", "fail", "27", "27 at 2 s to 4 s is not == 13"],
    ["request.count != 21 over 2s", "fail", "21", "21 at 3 s to 5 s is not != 21"],
    ["request.count != 20 over 2s", "pass", "21", ""],
    ["request.rate < 13/s over 2s", "fail", "13.5/s", "13.5/s at 2 s to 4 s is not < 13/s"],
    ["request.count >= 45 over 6s", "pass", "45", ""],
  ];
  for (const [subject, ...expected] of cases) {
    assert.deepEqual(verdictOf(subject, intervals), expected, subject);
  }
});

Deno.test("a run shorter than the window is inconclusive, from half a second too short on", () => {
  const reason = (length: string) => `the run is shorter than the window: ${length} of 10s`;
  const cases: [number, number, Verdict, string][] = [
    [10, 1_000, "pass", ""],
    [9, 1_000, "inconclusive", reason("9s")],
    [1, 1_000, "inconclusive", reason("1s")],
    [10, 600, "pass", ""],
    [10, 400, "inconclusive", reason("9.4s")],
  ];
  for (const [seconds, lastMs, verdict, why] of cases) {
    const intervals = recordSeconds(
      seconds,
      (recorder, atMs) => operations(recorder, atMs, { count: 100 }),
      { rotateAtMs: (second) => second * 1_000 + (second === seconds - 1 ? lastMs : 1_000) },
    );
    const finding = judged("request.p99 < 1s over 10s", intervals);
    assert.deepEqual([finding.verdict, finding.reason], [verdict, why], `${seconds} ${lastMs}`);
  }
});

Deno.test("a breach counts with `for` only when it lasts that long without a break", () => {
  const bad = (from: number, to: number) => (second: number) => second >= from && second < to;
  const runs = (isBad: (second: number) => boolean) =>
    life(60, (second) => ({ count: 10, outcome: isBad(second) ? "timeout" : "ok" }));
  const twice = (second: number) => bad(10, 24)(second) || bad(25, 39)(second);
  const cases: [string, Interval[], Verdict, string][] = [
    [
      "request.failed.ratio < 1% for 15s",
      runs(bad(10, 25)),
      "fail",
      "it was not < 1% for 15s without a break, at 10 s to 25 s",
    ],
    [
      "request.failed.ratio < 1% for 15s",
      runs(bad(10, 24)),
      "pass",
      "it was not < 1% for at most 14s at 10 s to 24 s, less than 15s",
    ],
    [
      "request.failed.ratio < 1% for 15s",
      runs(twice),
      "pass",
      "it was not < 1% for at most 14s at 10 s to 24 s, less than 15s",
    ],
    ["request.failed.ratio < 1% for 15s", runs(() => false), "pass", ""],
    // Windows of 5 s show a failure up to four seconds after it: breaches last 4 s longer.
    [
      "request.failed.ratio < 1% over 5s for 18s",
      runs(bad(10, 24)),
      "fail",
      "it was not < 1% for 18s without a break, at 10 s to 28 s",
    ],
    [
      "request.failed.ratio < 1% over 5s for 30s",
      runs(twice),
      "fail",
      "it was not < 1% for 33s without a break, at 10 s to 43 s",
    ],
  ];
  for (const [subject, intervals, verdict, reason] of cases) {
    const finding = judged(subject, intervals);
    assert.deepEqual([finding.verdict, finding.reason], [verdict, reason], subject);
  }
});

Deno.test("a breach in a run too short for it to last is inconclusive", () => {
  const intervals = life(30, (second) => ({ outcome: second > 20 ? "timeout" : "ok" }));
  assert.deepEqual(verdictOf("request.failed.count == 0 for 2m", intervals), [
    "inconclusive",
    "1",
    "the run is shorter than a breach must last: 30s of 2m",
  ]);
  assert.deepEqual(verdictOf("request.dropped.count == 0 for 2m", intervals), ["pass", "0", ""]);
});

Deno.test("values that no window has enough of to judge are never passed over", () => {
  const starved = life(60, (second) => second < 30 ? { count: 50 } : { count: 1, serviceMs: 20 });
  assert.deepEqual(
    verdictOf("request.p90 < 1s over 5s", starved),
    [
      "inconclusive",
      "20.01ms",
      "needs 10 values in a window, saw at most 5 at 34 s to 60 s",
    ].with(1, judged("request.p90 < 1s over 5s", starved).observed ?? ""),
  );
  const sparse = life(60, () => ({ count: 10 }));
  assert.deepEqual(verdictOf("request.p99 < 1s over 5s", sparse), [
    "inconclusive",
    null,
    "needs 100 values in a window, saw at most 50 at 0 s to 60 s",
  ]);
  assert.equal(judged("request.p99 < 1s over 10s", sparse).verdict, "pass");
  const failing = life(20, () => ({ outcome: "timeout" }));
  assert.deepEqual(verdictOf("request.mean < 1s over 5s", failing), [
    "inconclusive",
    null,
    "there was no window with a value to judge at 0 s to 20 s",
  ]);
});

Deno.test("values at the edge of an operation's life are judged by the windows that saw them", () => {
  const intervals = recordSeconds(60, (recorder, atMs) => {
    recorder.gauge("inFlight", 1, { atMs });
    if (atMs >= 20_000 && atMs < 40_000) operations(recorder, atMs, { count: 100 });
  });
  assert.deepEqual(verdictOf("request.p99 < 1s over 10s", intervals), ["pass", "10ms", ""]);
});

Deno.test("a breach that goes on after seconds that nobody can judge is two breaches", () => {
  const slow = (gapAt: number) =>
    life(
      30,
      (second) => ({ count: second === gapAt ? 1 : 10, serviceMs: second < 20 ? 2_000 : 1 }),
    );
  assert.equal(judged("request.p90 < 1s for 15s", slow(25)).verdict, "fail");
  assert.deepEqual(verdictOf("request.p90 < 1s for 15s", slow(10)), [
    "inconclusive",
    "2s",
    "needs 10 values in a window, saw at most 1 at 10 s to 11 s",
  ]);
});

Deno.test("a last sliver of a second may have too few values, half a second may not", () => {
  const endingWith = (lastMs: number) =>
    recordSeconds(
      11,
      (recorder, atMs) => operations(recorder, atMs, { count: atMs === 10_000 ? 1 : 10 }),
      { rotateAtMs: (second) => second * 1_000 + (second === 10 ? lastMs : 1_000) },
    );
  assert.deepEqual(verdictOf("request.p90 < 1s for 1s", endingWith(400)), ["pass", "10ms", ""]);
  assert.equal(judged("request.p90 < 1s for 1s", endingWith(500)).verdict, "inconclusive");
});

Deno.test("a breach is a failure even where other windows cannot be judged", () => {
  const intervals = life(
    60,
    (second) => second < 10 ? { count: 50, serviceMs: 2_000 } : { count: 1 },
  );
  assert.deepEqual(verdictOf("request.p90 < 1s over 5s", intervals), [
    "fail",
    "2s",
    "2s at 0 s to 5 s is not < 1s",
  ]);
});

Deno.test("gauges, counters and distributions have windows too", () => {
  const intervals = recordSeconds(10, (recorder, atMs) => {
    recorder.gauge("inFlight", atMs / 1_000, { atMs });
    recorder.count("receivedBytes", atMs === 5_000 ? 100 : 1_000, { atMs });
    recorder.observeMs("gap", atMs === 3_000 ? 50 : 1, { atMs });
  });
  const cases: [string, Verdict, string][] = [
    ["inFlight.last < 9 over 3s", "fail", "9"],
    ["inFlight.min > 0 over 3s", "fail", "0"],
    ["inFlight.mean <= 8 over 3s", "pass", "8"],
    ["receivedBytes.rate > 500B/s over 2s", "pass", "550 B/s"],
    ["receivedBytes.total >= 1200 over 2s", "fail", "1100"],
    ["gap.max < 20ms over 4s", "fail", "50ms"],
    ["gap.mean < 20ms over 4s", "pass", "13.3ms"],
    ["gap.count == 4 over 4s", "pass", "4"],
  ];
  for (const [subject, verdict, observed] of cases) {
    const finding = judged(subject, intervals);
    assert.deepEqual([finding.verdict, finding.observed], [verdict, observed], subject);
  }
  assert.equal(
    judged("gap.total < 5 over 2s", intervals).reason,
    "gap is a distribution of times with percentiles, min, mean, max, count and rate: it has no total",
  );
});
