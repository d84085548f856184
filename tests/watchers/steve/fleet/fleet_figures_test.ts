import assert from "node:assert/strict";
import { StopCauses } from "../../../../watchers/steve/fleet/fleet_figures.ts";

function sorted(stops: readonly (readonly [atMs: number, liveBefore: number])[]) {
  const causes: (readonly [string, number])[] = [];
  const one = new StopCauses((cause, count) => causes.push([cause, count]));
  for (const [atMs, liveBefore] of stops) one.stopped(atMs, { liveBefore });
  one.flush(Infinity);
  return causes;
}

Deno.test("when most of a type's subscriptions stop together, its cache was reset", () => {
  assert.deepEqual(sorted([[0, 4], [900, 3]]), [["reset", 2]]);
  assert.deepEqual(sorted([[0, 1]]), [["reset", 1]]);
});

Deno.test("when only some stop, they were too slow", () => {
  assert.deepEqual(sorted([[0, 4]]), [["slow-consumer", 1]]);
  assert.deepEqual(sorted([[0, 100], [1, 99], [3_000, 98]]), [
    ["slow-consumer", 2],
    ["slow-consumer", 1],
  ]);
});

Deno.test("nothing is said before the others had their time to stop", () => {
  let said = 0;
  const causes = new StopCauses(() => said++);
  causes.stopped(0, { liveBefore: 2 });
  causes.flush(2_000);
  assert.equal(said, 0);
  causes.flush(2_001);
  causes.flush(Infinity);
  assert.equal(said, 1);
});
