import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Snapshots, type Update } from "../../../../core/run/live/snapshots.ts";
import type { StretchPoints } from "../../../../core/report/series.ts";
import { GrowingRun } from "./moments.ts";

/** What a page does with updates. */
class Page {
  readonly stretches = new Map<number, StretchPoints>();
  readonly parts = new Map<string, string>();
  #stretchMs = 0;

  take({ isWhole, parts, stretchMs, stretches }: Update): void {
    if (isWhole || stretchMs !== this.#stretchMs) this.stretches.clear();
    this.#stretchMs = stretchMs;
    for (const [index, points] of stretches) this.stretches.set(index, points);
    for (const [name, html] of parts) this.parts.set(name, html);
  }

  get points(): StretchPoints[] {
    return [...this.stretches].sort(([one], [other]) => one - other).map(([, points]) => points);
  }
}

Deno.test("whoever takes every snapshot, some or only the last has all of them and none twice", () => {
  const steps = fc.array(
    fc.record({ seconds: fc.integer({ min: 1, max: 400 }), isSeen: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const [run, snapshots, page] = [new GrowingRun(), new Snapshots(), new Page()];
      let seen = 0;
      const look = () => {
        page.take(snapshots.since(seen));
        seen = snapshots.number;
      };
      for (const { seconds, isSeen } of all) {
        run.goOn(seconds);
        snapshots.take(run.look());
        if (isSeen) look();
      }
      look();
      const late = new Page();
      late.take(snapshots.since(0));
      assert.deepEqual(page.points, late.points);
      assert.deepEqual(page.parts, late.parts);
      const { operations } = run.figures.series;
      assert.deepEqual(
        page.points.map((points) => points.operations[0]?.[1]),
        operations[0]?.points,
      );
    }),
    { numRuns: 40 },
  );
});

Deno.test("a second later a page is given that second, and parts that are others now", () => {
  const [run, snapshots] = [new GrowingRun(), new Snapshots()];
  run.goOn(100);
  snapshots.take(run.look());
  assert.equal(snapshots.since(0).stretches.length, 100);
  assert.equal(snapshots.since(0).isWhole, true);
  run.goOn();
  snapshots.take(run.look());
  const { isWhole, stretches, parts } = snapshots.since(1);
  assert.equal(isWhole, false);
  assert.deepEqual(stretches.map(([index]) => index), [100]);
  const names = parts.map(([name]) => name);
  assert.ok(names.includes("operations") && names.includes("head"), String(names));
  assert.ok(!names.includes("facts") && !names.includes("charts"), String(names));
  assert.deepEqual(snapshots.since(2).parts, []);
});

Deno.test("what comes late to a second that was seen is given again", () => {
  const [run, snapshots] = [new GrowingRun(), new Snapshots()];
  run.goOn(5);
  snapshots.take(run.look());
  run.log({
    type: "interval",
    interval: {
      startMs: 2_000,
      endMs: 3_000,
      phase: "measured",
      stage: 0,
      operations: [],
      distributions: [],
      counters: [{ name: "late", value: 1 }],
      gauges: [],
    },
  });
  snapshots.take(run.look());
  assert.deepEqual(snapshots.since(1).stretches.map(([index]) => index), [2]);
});

Deno.test("points of a long run are fewer and longer, and all of them new when they double", () => {
  const [run, snapshots] = [new GrowingRun(), new Snapshots()];
  run.goOn(600);
  snapshots.take(run.look());
  assert.equal(snapshots.since(0).stretchMs, 1_000);
  run.goOn();
  snapshots.take(run.look());
  const { stretchMs, stretches } = snapshots.since(1);
  assert.equal(stretchMs, 2_000);
  assert.deepEqual(stretches.length, 301);
});

Deno.test("a snapshot that never was is none: all is given", () => {
  const [run, snapshots] = [new GrowingRun(), new Snapshots()];
  run.goOn(3);
  snapshots.take(run.look());
  assert.equal(snapshots.since(7).isWhole, true);
  assert.equal(snapshots.since(7).stretches.length, 3);
});
