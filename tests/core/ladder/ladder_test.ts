/** Which rung of a ladder comes next. @module */

import assert from "node:assert/strict";
import { type Ladder, nextRung, type Rung, rungName } from "../../../core/ladder/ladder.ts";
import { Manifest } from "../../../core/run_log/manifest.ts";

const LADDER: Ladder = {
  flag: "lambda",
  unit: "arrivals/s",
  isWhole: false,
  way: { kind: "levels", levels: [10, 20, 40], climbsOn: false },
  classes: ["healthy", "degraded", "breaking"],
  settleMs: 5_000,
  stageDurationMs: 30_000,
  pauseMs: 2_000,
};
const CLIMBING_ON: Ladder = {
  ...LADDER,
  way: { kind: "levels", levels: [10, 20, 40], climbsOn: true },
};
const SEARCH: Ladder = {
  ...LADDER,
  way: {
    kind: "search",
    startLevel: 10,
    lowestLevel: 1,
    highestLevel: 100,
    toleranceRatio: 0.05,
  },
};

const held = (level: number): Rung => ({ level, outcome: "held", isWorst: false });
const degraded = (level: number): Rung => ({ level, outcome: "broke", isWorst: false });
const broke = (level: number): Rung => ({ level, outcome: "broke", isWorst: true });
const open = (level: number): Rung => ({ level, outcome: "open", isWorst: false });
const unfit = (level: number): Rung => ({ level, outcome: "unfit", isWorst: false });

Deno.test("a ladder goes up its levels until a rung is of the worst class", () => {
  assert.equal(nextRung(LADDER, []), 10);
  assert.equal(nextRung(LADDER, [held(10)]), 20);
  assert.equal(nextRung(LADDER, [held(10), degraded(20)]), 40);
  assert.equal(nextRung(LADDER, [held(10), broke(20)]), undefined);
  assert.equal(nextRung(LADDER, [held(10), held(20), held(40)]), undefined);
});

Deno.test("a ladder that climbs on goes up after a rung of the worst class too", () => {
  assert.equal(nextRung(CLIMBING_ON, [held(10), broke(20)]), 40);
  assert.equal(nextRung(CLIMBING_ON, [held(10), broke(20), broke(40)]), undefined);
});

Deno.test("a list of levels goes on after one of too few figures, and a search does not", () => {
  assert.equal(nextRung(LADDER, [open(10)]), 20);
  assert.equal(nextRung(LADDER, [held(10), open(20)]), 40);
  assert.equal(nextRung(SEARCH, [held(10), open(20)]), undefined);
});

Deno.test("no rung comes after one that says nothing about the target", () => {
  for (const ladder of [LADDER, CLIMBING_ON, SEARCH]) {
    assert.equal(nextRung(ladder, [held(10), unfit(20)]), undefined);
  }
});

Deno.test("a search takes any class but the best one for a level that breaks", () => {
  assert.equal(nextRung(SEARCH, [held(10), degraded(20)]), 15);
  assert.equal(nextRung(SEARCH, [held(10), broke(20)]), 15);
});

Deno.test("a level that is climbed again has a number in its name", () => {
  assert.equal(rungName(LADDER, 20, [held(10)]), "lambda=20");
  assert.equal(rungName(LADDER, 20, [held(20), held(10)]), "lambda=20 (2)");
  assert.equal(rungName(LADDER, 20, [held(20), broke(20)]), "lambda=20 (3)");
});

Deno.test("a ladder is read back from the manifest as it was written", () => {
  for (const ladder of [LADDER, SEARCH]) {
    assert.deepEqual(Manifest.shape.ladder.parse(JSON.parse(JSON.stringify(ladder))), ladder);
  }
});
