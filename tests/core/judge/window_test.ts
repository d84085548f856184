/** Which intervals make up a window, whoever recorded them and whenever they come. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Verdict } from "../../../core/judge/finding.ts";
import { Judge } from "../../../core/judge/judge.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import { SlidingWindow } from "../../../core/judge/window.ts";
import type { Interval } from "../../../core/measure/interval.ts";
import { judged, life, operations, recordSeconds, totalsOf, VALID, verdictOf } from "./recorded.ts";

Deno.test("seconds in which nothing was recorded count as no operations and do not shorten a window", () => {
  const intervals = life(30, (second) => second >= 10 && second < 20 ? undefined : { count: 10 });
  const cases: [string, Verdict, string, string][] = [
    ["request.rate >= 8/s over 5s", "fail", "0/s", "0/s at 10 s to 15 s is not >= 8/s"],
    ["request.rate >= 5/s over 20s", "pass", "5/s", ""],
    [
      "request.ok.count > 0 for 10s",
      "fail",
      "0",
      "it was not > 0 for 10s without a break, at 10 s to 20 s",
    ],
    ["request.max < 1s over 5s", "pass", "10ms", ""],
  ];
  for (const [subject, ...expected] of cases) {
    assert.deepEqual(verdictOf(subject, intervals), expected, subject);
  }
});

Deno.test("a ratio is judged in every window that has something to divide by", () => {
  const intervals = recordSeconds(40, (recorder, atMs) => {
    const second = atMs / 1_000;
    // A storm of writes from 20 s to 25 s, and nothing at all from 30 s on.
    if (second >= 30) return recorder.gauge("idle", 1, { atMs });
    operations(recorder, atMs, { op: "attach", count: 2 });
    if (second < 10) return;
    recorder.count("writes", second >= 20 && second < 25 ? 12 : 4, { atMs });
  });
  const cases: [string, Verdict, string | null, string][] = [
    ["writes.total / attach.count <= 2.4", "pass", "2", ""],
    [
      "writes.total / attach.count <= 4 over 5s",
      "fail",
      "6",
      "6 at 20 s to 25 s is not <= 4",
    ],
    [
      "writes.total / attach.count <= 2 for 5s",
      "fail",
      "6",
      "it was not <= 2 for 5s without a break, at 20 s to 25 s",
    ],
    ["writes.total / attach.count <= 2 for 6s", "pass", "6", SHORT],
    // Before there were writes there were none of them.
    ["writes.total / attach.count > 0 over 5s", "fail", "0", "0 at 0 s to 5 s is not > 0"],
    ["attach.count / gone.count > 0 over 5s", "inconclusive", null, GONE],
    [
      "attach.count / writes.total < 3 over 5s",
      "inconclusive",
      "2.5",
      "there was no window with a value to judge at 0 s to 6 s",
    ],
  ];
  for (const [subject, ...expected] of cases) {
    assert.deepEqual(verdictOf(subject, intervals), expected, subject);
  }
});

const SHORT = "it was not <= 2 for at most 5s at 20 s to 25 s, less than 6s";
const GONE = 'no metric is called "gone"; there are attach, idle, writes';

Deno.test("one long interval of a stalled generator stands for the seconds that it covers", () => {
  const rotations = [1_000, 2_000, 6_000, 7_000, 8_000];
  const intervals = recordSeconds(
    5,
    (recorder, atMs) => operations(recorder, atMs, { count: 10 }),
    {
      rotateAtMs: (second) => rotations[second] ?? NaN,
    },
  );
  assert.deepEqual(verdictOf("request.rate >= 2.5/s for 1s", intervals), ["pass", "2.5/s", ""]);
  assert.deepEqual(verdictOf("request.count == 30 over 6s", intervals.slice(0, 3)), [
    "pass",
    "30",
    "",
  ]);
});

Deno.test("workers whose intervals overlap are judged as one", () => {
  const workers = [0, 1, 2, 3].flatMap((worker) =>
    recordSeconds(20, (recorder, atMs) => {
      const tags = { worker: String(worker) };
      operations(recorder, atMs + 50 * worker, { count: 30, tags, serviceMs: 10 + worker });
      if (worker === 3 && atMs === 12_000) {
        operations(recorder, atMs, { count: 3, tags, outcome: "timeout" });
      }
    }, { rotateAtMs: (second) => (second + 1) * 1_000 + 50 * worker })
  );
  // As they arrive: by their end, so that the slowest worker's intervals come after the next second's.
  const arrived = workers.sort((one, other) => one.endMs - other.endMs);
  const cases: [string, Verdict, string][] = [
    ["request.count == 240 over 2s", "fail", "243"],
    ["request{worker=0}.count == 60 over 2s", "pass", "60"],
    // p99 of 120 values a second: no worker alone has the 100 that it needs.
    ["request.p99 < 20ms for 1s", "pass", "13ms"],
    ["request.failed.count <= 3 for 1s", "pass", "3"],
    ["request.failed.count <= 2 for 1s", "fail", "3"],
  ];
  for (const [subject, verdict, observed] of cases) {
    const finding = judged(subject, arrived);
    assert.deepEqual([finding.verdict, finding.observed], [verdict, observed], subject);
  }
});

Deno.test("an interval that arrives too late for its own second still counts", () => {
  const intervals = life(20, () => ({ count: 10 }));
  const [late] = life(1, () => ({ outcome: "timeout" }));
  assert.ok(late !== undefined);
  const judge = new Judge([parseThreshold("request.failed.count == 0 over 5s")]);
  for (const interval of [...intervals, late]) judge.add(interval);
  assert.equal(judge.findings(VALID)[0]?.verdict, "fail");
});

Deno.test("timers that drift keep the windows' width", () => {
  const intervals = recordSeconds(
    600,
    (recorder, atMs) => operations(recorder, atMs * 1.003, { count: 10 }),
    { rotateAtMs: (second) => (second + 1) * 1_003 },
  );
  const finding = judged("request.rate > 9.9/s over 30s", intervals);
  assert.deepEqual([finding.verdict, finding.observed], ["pass", "9.97/s"]);
});

Deno.test("a window of over a minute moves on by a sixtieth of its width", () => {
  const threshold = parseThreshold("request.count > 0 over 5m");
  const ends: number[] = [];
  const windows = new SlidingWindow(threshold, {
    window: ({ startMs, endMs }) => ends.push(startMs, endMs),
    leaves: () => {},
  });
  for (const interval of life(311, () => ({}))) windows.add(interval);
  windows.end();
  assert.equal(windows.slotMs, 5_000);
  // The last slot has one second of five.
  assert.deepEqual(ends, [0, 300_000, 5_000, 305_000, 10_000, 310_000, 15_000, 311_000]);
});

/** Naive: every window added up from its intervals. */
function worstWindow(
  intervals: readonly Interval[],
  { widthS, figureOf }: { widthS: number; figureOf: (some: Interval[]) => number | null },
): number | null | undefined {
  const seconds = intervals.map(({ startMs }) => startMs / 1_000);
  const [first = 0, last = -1] = [seconds[0], seconds.at(-1)];
  if (last - first + 1 < widthS) return undefined;
  let worst: number | null = null;
  for (let from = first; from + widthS - 1 <= last; from++) {
    const inside = intervals.filter(({ startMs }) =>
      startMs >= from * 1_000 && startMs < (from + widthS) * 1_000
    );
    const figure = figureOf(inside);
    if (figure !== null && (worst === null || figure > worst)) worst = figure;
  }
  return worst;
}

const lives = fc.array(
  fc.option(fc.record({
    ok: fc.nat(5),
    failed: fc.nat(2),
    serviceMs: fc.integer({ min: 1, max: 2_000 }),
  })),
  { minLength: 1, maxLength: 40 },
);

Deno.test("property: the worst of the sliding windows is that of windows added up one by one", () => {
  fc.assert(fc.property(lives, fc.integer({ min: 1, max: 12 }), (seconds, widthS) => {
    const intervals = recordSeconds(seconds.length, (recorder, atMs) => {
      const done = seconds[atMs / 1_000];
      if (done === null || done === undefined) return;
      operations(recorder, atMs, { count: done.ok, serviceMs: done.serviceMs });
      operations(recorder, atMs, { count: done.failed, outcome: "dns" });
    });
    const figures: [string, (some: Interval[]) => number | null][] = [
      ["request.failed.count", (some) => totalsOf(some).operation("request")?.failedCount ?? 0],
      ["request.service.max", (some) => {
        const service = totalsOf(some).operation("request")?.service;
        return service === undefined || service.count === 0 ? null : service.max / 1_000;
      }],
    ];
    for (const [figure, figureOf] of figures) {
      const worst = worstWindow(intervals, { widthS, figureOf });
      const unit = figure.endsWith("max") ? "ms" : "";
      const verdictAt = (limit: number) =>
        judged(`${figure} <= ${limit}${unit} over ${widthS}s`, intervals).verdict;
      if (worst === undefined || worst === null) {
        assert.equal(verdictAt(1_000_000), "inconclusive");
        continue;
      }
      assert.notEqual(verdictAt(worst), "fail", `${figure} ${worst}`);
      if (worst > 0) assert.equal(verdictAt(worst - 1), "fail", `${figure} ${worst}`);
    }
  }));
});
