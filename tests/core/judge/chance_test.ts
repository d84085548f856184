/** How far the truth may be from what was seen, by chance alone. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { quantileInterval, shareInterval } from "../../../core/judge/chance.ts";
import { classOf } from "../../../core/judge/class.ts";
import { classLadder, classThresholds, parseClass } from "../../../core/judge/class_spec.ts";
import { Judge } from "../../../core/judge/judge.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import { life, VALID } from "./recorded.ts";

function rounded(interval: readonly number[]): number[] {
  return interval.map((end) => Number(end.toFixed(4)));
}

Deno.test("of a hundred values the 95th percentile is known to lie between the 91st and the 99th", () => {
  assert.deepEqual(rounded(quantileInterval(0.95, 100)), [0.9073, 0.9927]);
  assert.deepEqual(rounded(quantileInterval(0.95, 1_000)), [0.9365, 0.9635]);
  assert.deepEqual(quantileInterval(0.99, 2)[1], 1);
});

Deno.test("no failure of 380 does not say that less than 1 % fail, of 381 it does", () => {
  assert.ok(shareInterval(0, 380)[1] >= 0.01);
  assert.ok(shareInterval(0, 381)[1] < 0.01);
  assert.equal(shareInterval(0, 5)[0], 0);
  assert.equal(shareInterval(5, 5)[1], 1);
  // Source: Brown, Cai, DasGupta 2001, formula 4; 10 of 100.
  assert.deepEqual(rounded(shareInterval(10, 100)), [0.0552, 0.1744]);
});

Deno.test("a share lies within its interval, which is within 0 and 1 and narrows as more is seen", () => {
  const seen = fc.integer({ min: 1, max: 10_000 })
    .chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of)));
  fc.assert(fc.property(seen, ([count, of]) => {
    const [low, high] = shareInterval(count, of);
    const [lowOfMore, highOfMore] = shareInterval(10 * count, 10 * of);
    assert.ok(0 <= low && low <= count / of && count / of <= high && high <= 1);
    assert.ok(highOfMore - lowOfMore <= high - low);
  }));
});

Deno.test("the interval of a share holds the truth about as often as it says", () => {
  for (const truth of [0.01, 0.05, 0.3]) {
    const of = 500;
    let covered = 0;
    // The binomial law, term by term.
    let term = Math.pow(1 - truth, of);
    for (let count = 0; count <= of; count++) {
      const [low, high] = shareInterval(count, of);
      if (low <= truth && truth <= high) covered += term;
      term *= (of - count) / (count + 1) * truth / (1 - truth);
    }
    assert.ok(covered > 0.92 && covered < 0.98, `${truth}: ${covered}`);
  }
});

/** The class of a stage with so many questions, of which so many fail. */
function classAt({ count, failed = 0 }: { count: number; failed?: number }) {
  const classes = classLadder([
    parseClass("healthy: chat.response.p95 < 1s, chat.failed.ratio < 1%"),
    parseClass("degraded: chat.failed.ratio <= 5%"),
  ]);
  const judge = new Judge(classThresholds(classes).map(parseThreshold), {
    weighChance: () => true,
  });
  const intervals = life(
    2,
    (second) =>
      second === 0
        ? { op: "chat", serviceMs: 100, count: count - failed }
        : { op: "chat", serviceMs: 100, count: failed, outcome: "http-503" },
  );
  for (const interval of intervals) judge.add(interval);
  return classOf(classes, { judged: judge.judged(VALID), validity: VALID });
}

Deno.test("where chance may have decided, the class is open and the interval is told", () => {
  assert.equal(classAt({ count: 1_000 }).name, "healthy");
  const { name, reason } = classAt({ count: 100 });
  assert.equal(name, null);
  assert.match(
    reason,
    /^healthy or not cannot be told from chat\.failed\.ratio < 1%: 0% was seen, and may be 0% to 3\.\d+% \(95 %\): too few values, measure longer$/,
  );
  assert.equal(classAt({ count: 1_000, failed: 30 }).name, "degraded");
  assert.equal(classAt({ count: 1_000, failed: 100 }).name, "breaking");
  assert.match(classAt({ count: 1_000, failed: 48 }).reason, /; degraded or not cannot be told/);
});
