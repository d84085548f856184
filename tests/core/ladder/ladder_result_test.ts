/** What a ladder is said to have shown. @module */

import assert from "node:assert/strict";
import type { StageClass } from "../../../core/judge/class.ts";
import {
  answerText,
  type ClimbedRung,
  ladderFinding,
  type LadderResult,
  ladderResult,
} from "../../../core/ladder/ladder_result.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";

const LADDER: Ladder = {
  flag: "lambda",
  unit: "arrivals/s",
  isWhole: false,
  way: { kind: "levels", levels: [10, 20, 40], climbsOn: true },
  classes: ["healthy", "degraded", "breaking"],
  settleMs: 5_000,
  stageDurationMs: 30_000,
  pauseMs: 2_000,
};
const SEARCH: Ladder = {
  ...LADDER,
  isWhole: true,
  way: {
    kind: "search",
    startLevel: 4,
    lowestLevel: 1,
    highestLevel: 8,
    toleranceRatio: 0.05,
  },
};
const told = { atBest: null };
const CLASSES: Readonly<Record<string, StageClass>> = {
  healthy: { name: "healthy", reason: "", ...told },
  degraded: {
    name: "degraded",
    reason: "not healthy: request.response.p95 < 1s does not hold, observed 1.2s",
    ...told,
  },
  breaking: {
    name: "breaking",
    reason: "not degraded: request.failed.ratio < 1% does not hold, observed 3%",
    ...told,
  },
  unfit: { name: null, reason: "the generator's event loop was late", ...told },
  open: { name: null, reason: "healthy or not cannot be told", atBest: "healthy" },
  bad: { name: null, reason: "degraded or not cannot be told", atBest: "degraded" },
};

/** Rungs of these levels, each with its class. */
function climbed(...rungs: readonly (readonly [level: number, name: string])[]): ClimbedRung[] {
  return rungs.map(([level, name]) => ({
    name: `lambda=${level}`,
    level,
    class: CLASSES[name]!,
    boundBy: name === "unfit" ? "generator" : null,
  }));
}

function resultOf(rungs: readonly ClimbedRung[], ladder = LADDER): LadderResult {
  return ladderResult(ladder, rungs);
}

Deno.test("a ladder that broke holds up to the level below, and says why it breaks", () => {
  const result = resultOf(climbed([10, "healthy"], [20, "degraded"], [40, "breaking"]));
  const { lastGood, firstBad, because, safeLevel, verdict } = result;
  assert.deepEqual({ lastGood, firstBad, because, safeLevel, verdict }, {
    lastGood: 10,
    firstBad: 20,
    because: CLASSES["degraded"]?.reason,
    safeLevel: 8,
    verdict: "pass",
  });
  assert.equal(
    answerText(result),
    "holds up to 10 arrivals/s, breaks at 20 arrivals/s because it is not healthy: " +
      "request.response.p95 < 1s does not hold, observed 1.2s; safe load 8 arrivals/s",
  );
});

Deno.test("a ladder that never broke found no limit, which is a pass", () => {
  const result = resultOf(climbed([10, "healthy"], [20, "healthy"], [40, "healthy"]));
  assert.equal(result.verdict, "pass");
  assert.equal(
    answerText(result),
    "holds up to 40 arrivals/s, no limit found; safe load 32 arrivals/s",
  );
});

Deno.test("a ladder of which not even the lowest level held is a failure", () => {
  const rungs = climbed([10, "breaking"], [20, "breaking"], [40, "breaking"]);
  const { verdict, observed, reason } = ladderFinding(resultOf(rungs));
  assert.deepEqual({ verdict, observed, reason }, {
    verdict: "fail",
    observed: null,
    reason:
      "breaks at 10 arrivals/s because it is not degraded: request.failed.ratio < 1% does not hold, observed 3%",
  });
});

Deno.test("a rung that says nothing about the target makes a ladder inconclusive, with its reason", () => {
  const result = resultOf(climbed([10, "healthy"], [20, "unfit"]));
  assert.deepEqual([result.verdict, result.reason, result.lastGood], [
    "inconclusive",
    "lambda=20: the generator's event loop was late",
    10,
  ]);
});

Deno.test("an unfit rung above the level that broke changes nothing", () => {
  const result = resultOf(climbed([10, "healthy"], [20, "breaking"], [40, "unfit"]));
  assert.deepEqual([result.verdict, result.firstBad], ["pass", 20]);
});

Deno.test("a ladder that was ended early is inconclusive, with what it showed so far", () => {
  const result = resultOf(climbed([10, "healthy"]));
  assert.deepEqual([result.verdict, result.reason, result.lastGood], [
    "inconclusive",
    "it was ended before 20 arrivals/s",
    10,
  ]);
  assert.equal(resultOf([]).reason, "no rung was measured to its end");
});

Deno.test("a search passes once its edge is agreed upon", () => {
  const rungs = climbed(
    ...([4, 8, 6, 7, 6] as const).map((level) =>
      [level, level <= 6 ? "healthy" : "degraded"] as const
    ),
  );
  assert.equal(resultOf(rungs, SEARCH).verdict, "inconclusive");
  const found = resultOf([...rungs, ...climbed([7, "breaking"])], SEARCH);
  const { lastGood, firstBad, because, safeLevel, verdict } = found;
  assert.deepEqual({ lastGood, firstBad, because, safeLevel, verdict }, {
    lastGood: 6,
    firstBad: 7,
    because: CLASSES["breaking"]?.reason,
    safeLevel: 4,
    verdict: "pass",
  });
});

Deno.test("a level of which too little is known is as good as a higher one that held", () => {
  const held = resultOf(climbed([10, "open"], [20, "healthy"], [40, "breaking"]));
  assert.deepEqual([held.lastGood, held.firstBad, held.verdict], [20, 40, "pass"]);
  const ends = resultOf(climbed([10, "healthy"], [20, "open"], [40, "breaking"]));
  assert.deepEqual([ends.lastGood, ends.firstBad, ends.verdict], [10, 40, "inconclusive"]);
  assert.match(ends.reason, /^lambda=20: healthy or not cannot be told/);
  assert.equal(resultOf(climbed([10, "open"], [20, "open"], [40, "open"])).verdict, "inconclusive");
});

Deno.test("a level that is certainly not of the best class broke, whatever it is", () => {
  const { lastGood, firstBad, verdict } = resultOf(
    climbed([10, "healthy"], [20, "bad"], [40, "breaking"]),
  );
  assert.deepEqual([lastGood, firstBad, verdict], [10, 20, "pass"]);
});
