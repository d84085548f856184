/** Thresholds with windows over a run that was paused. @module */

import assert from "node:assert/strict";
import type { Interval } from "../../../core/measure/interval.ts";
import { type Done, operations, verdictOf } from "./recorded.ts";
import { Recorder } from "../../../core/measure/recorder.ts";

/** A run of laps: so many seconds each, a pause of 100 s between them; each second has its operations. */
function laps(all: readonly (readonly Done[])[]): Interval[] {
  const recorder = new Recorder({ startMs: 0 });
  const intervals: Interval[] = [];
  let atMs = 0;
  all.forEach((seconds, lap) => {
    if (lap > 0) {
      recorder.enter({ fromMs: atMs, phase: "warmup", stage: undefined });
      atMs += 100_000;
      recorder.enter({ fromMs: atMs, phase: "measured", stage: undefined, lap });
    }
    for (const done of seconds) {
      operations(recorder, atMs, done);
      intervals.push(...recorder.rotate(atMs += 1_000));
    }
  });
  return intervals;
}

const good: Done = { count: 10 };
const bad: Done = { count: 10, outcome: "connection-reset" };
const seconds = (count: number, done: Done) => Array.from({ length: count }, () => done);

Deno.test("a rate is over the time without pauses, of the whole run and of each window", () => {
  const intervals = laps([seconds(5, good), seconds(5, good)]);
  assert.deepEqual(verdictOf("request.rate >= 10/s", intervals), ["pass", "10/s", ""]);
  assert.deepEqual(verdictOf("request.rate >= 10/s over 3s", intervals), ["pass", "10/s", ""]);
});

Deno.test("no window reaches over a pause", () => {
  const intervals = laps([
    [...seconds(8, good), ...seconds(2, bad)],
    [...seconds(2, bad), ...seconds(8, good)],
  ]);
  // Four bad seconds together would be more than half of a window.
  assert.deepEqual(verdictOf("request.failed.ratio <= 40% over 5s", intervals), [
    "pass",
    "40%",
    "",
  ]);
});

Deno.test("no breach lasts through a pause", () => {
  const intervals = laps([
    [...seconds(5, good), ...seconds(3, bad)],
    [...seconds(3, bad), ...seconds(5, good)],
  ]);
  assert.deepEqual(verdictOf("request.failed.ratio < 5% for 4s", intervals).slice(0, 2), [
    "pass",
    "100%",
  ]);
  assert.equal(verdictOf("request.failed.ratio < 5% for 3s", intervals)[0], "fail");
});

Deno.test("what is too short between two pauses for a window leaves nothing open, if another time is long enough", () => {
  const intervals = laps([seconds(20, good), seconds(3, good), seconds(12, good)]);
  assert.deepEqual(verdictOf("request.failed.ratio < 5% over 10s", intervals), ["pass", "0%", ""]);
  assert.deepEqual(verdictOf("request.failed.ratio < 5% over 30s", intervals), [
    "inconclusive",
    null,
    "the run is shorter than the window: 20s of 30s",
  ]);
});

Deno.test("what was due before a pause and ended after it counts when it has ended", () => {
  const first = laps([seconds(4, good), seconds(4, good)]);
  const late: Interval = { ...first[0]!, startMs: 4_000, endMs: 4_000 };
  const intervals = [...first.slice(0, 5), late, ...first.slice(5)];
  assert.deepEqual(verdictOf("request.count <= 20 over 1s", intervals), ["pass", "20", ""]);
  assert.deepEqual(verdictOf("request.count <= 50 over 4s", intervals), ["pass", "50", ""]);
});
