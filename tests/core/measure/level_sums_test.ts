import assert from "node:assert/strict";
import fc from "fast-check";
import { given } from "../../../core/given.ts";
import type { GaugeInterval, Interval } from "../../../core/measure/interval.ts";
import { LevelSums } from "../../../core/measure/level_sums.ts";
import { Totals } from "../../../core/measure/totals.ts";

/** Readings of a generator's part of a level in one second. */
function told(
  generator: number,
  second: number,
  readings: readonly number[],
  { stage = 0, endMs = (second + 1) * 1_000, lap }: {
    stage?: number;
    endMs?: number;
    lap?: number;
  } = {},
): Interval {
  const gauge: GaugeInterval = {
    name: "population",
    last: readings.at(-1) ?? 0,
    min: Math.min(...readings),
    max: Math.max(...readings),
    sum: readings.reduce((sum, one) => sum + one, 0),
    count: readings.length,
    addsUp: true,
  };
  const startMs = second * 1_000;
  return {
    ...{ generator, startMs, endMs, stage, phase: "measured" },
    ...given({ lap }),
    ...{ operations: [], distributions: [], counters: [] },
    gauges: readings.length === 0 ? [] : [gauge],
  };
}

/** Start, end, and the level: last, min, max and mean. */
function figures(intervals: readonly Interval[]) {
  return intervals.map(({ startMs, endMs, gauges: [gauge] }) => {
    const { last, min, max, sum, count } = gauge!;
    return [startMs, endMs, last, min, max, sum / count];
  });
}

Deno.test("the parts of a second add up once all generators have told of it", () => {
  const sums = new LevelSums(2);
  assert.deepEqual(sums.add(told(0, 0, [1, 3])), []);
  assert.deepEqual(sums.add(told(0, 1, [4])), []);
  assert.deepEqual(figures(sums.add(told(1, 0, [10, 20]))), [[0, 1_000, 23, 11, 23, 17]]);
  assert.deepEqual(figures(sums.add(told(1, 1, [5]))), [[1_000, 2_000, 9, 9, 9, 9]]);
});

Deno.test("a level that a generator did not read in a second is what it was", () => {
  const sums = new LevelSums(2);
  sums.add(told(0, 0, [7]));
  sums.add(told(1, 0, [1]));
  sums.add(told(0, 1, []));
  assert.deepEqual(figures(sums.add(told(1, 1, [2]))), [[1_000, 2_000, 9, 9, 9, 9]]);
});

Deno.test("but it is none of the next stage", () => {
  const sums = new LevelSums(2);
  sums.add(told(0, 0, [7]));
  sums.add(told(1, 0, [1]));
  sums.add(told(0, 1, [], { stage: 1 }));
  const next = sums.add(told(1, 1, [2], { stage: 1 }));
  assert.deepEqual(figures(next), [[1_000, 2_000, 2, 2, 2, 2]]);
});

Deno.test("nobody waits for a generator that has ended, and it has no part in what comes", () => {
  const sums = new LevelSums(2);
  sums.add(told(0, 0, [7]));
  sums.add(told(1, 0, [1]));
  assert.deepEqual(sums.add(told(1, 1, [2])), []);
  assert.deepEqual(figures(sums.end(0)), [[1_000, 2_000, 2, 2, 2, 2]]);
  assert.deepEqual(figures(sums.add(told(1, 2, [3]))), [[2_000, 3_000, 3, 3, 3, 3]]);
});

Deno.test("what is told of a second in two pieces is one second", () => {
  const sums = new LevelSums(2);
  sums.add(told(0, 0, [1], { endMs: 400 }));
  sums.add({ ...told(0, 0, [3]), startMs: 400, endMs: 500 });
  const piece = sums.add(told(1, 0, [10], { endMs: 500 }));
  assert.deepEqual(figures(piece), [[0, 500, 13, 11, 13, 12]]);
});

Deno.test("levels that do not add up are left as they are", () => {
  const sums = new LevelSums(1);
  const { gauges: [gauge], ...interval } = told(0, 0, [1]);
  const { addsUp: _, ...own } = gauge!;
  assert.deepEqual(sums.add({ ...interval, gauges: [own] }), []);
});

Deno.test("the figures of the whole are those of the sums, and the parts do not count again", () => {
  const totals = new Totals();
  const sums = new LevelSums(2);
  for (const part of [told(0, 0, [1]), told(1, 0, [2]), told(0, 1, [4]), told(1, 1, [5])]) {
    totals.add(part);
    for (const sum of sums.add(part)) totals.add(sum);
  }
  const { last, min, max, sum, count } = totals.gauge("population")!;
  assert.deepEqual([last, min, max, sum / count], [9, 3, 9, 6]);
});

Deno.test("in whatever order generators tell, the mean is the sum of their means", () => {
  const levels = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 });
  const generators = fc.array(fc.array(levels, { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(fc.property(generators, fc.infiniteStream(fc.nat()), (all, chance) => {
    const sums = new LevelSums(all.length);
    const left = all.map((seconds) => [...seconds.entries()]);
    const found: Interval[] = [];
    while (left.some((seconds) => seconds.length > 0)) {
      const open = left.flatMap((seconds, generator) => seconds.length > 0 ? [generator] : []);
      const generator = open[(chance.next().value as number) % open.length]!;
      const [second, readings] = left[generator]!.shift()!;
      found.push(...sums.add(told(generator, second, readings)));
    }
    const meanOf = (readings: readonly number[]) =>
      readings.reduce((sum, one) => sum + one, 0) / readings.length;
    const expected = [0, 1, 2].map((second) =>
      all.reduce((sum, seconds) => sum + meanOf(seconds[second]!), 0)
    );
    figures(found).forEach(([, , , , , mean], second) =>
      assert.ok(Math.abs(mean! - expected[second]!) < 1e-9)
    );
    assert.equal(found.length, 3);
  }));
});

Deno.test("a pause is no time of the levels: what lies before and after it stays apart", () => {
  const sums = new LevelSums(2);
  const totals = new Totals();
  const add = (interval: Interval) => sums.add(interval).forEach((sum) => totals.add(sum));
  for (const generator of [0, 1]) {
    add(told(generator, 0, [7]));
    add(told(generator, 5, [8], { lap: 1 }));
    add(told(generator, 6, [9], { lap: 1 }));
  }
  assert.equal(totals.durationMs, 3_000);
  assert.equal(totals.gauge("population")?.count, 6);
});
