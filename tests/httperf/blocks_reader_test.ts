import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Recorder } from "../../core/measure/recorder.ts";
import { Totals } from "../../core/measure/totals.ts";
import { BlockTiming } from "../../httperf/blocks_reader.ts";

function timed(periodMs: number, arrivalsMs: readonly number[]): Totals {
  const recorder = new Recorder({ startMs: 0 });
  const timing = new BlockTiming(recorder, periodMs);
  for (const atMs of arrivalsMs) timing.onBlock(atMs);
  const totals = new Totals();
  for (const interval of recorder.rotate(1_000)) totals.add(interval);
  return totals;
}

/** Minimum, sum and maximum in us. */
function figures(totals: Totals, name: string): number[] {
  const histogram = totals.distribution(name)!.histogram;
  return [histogram.count, histogram.min, histogram.sum, histogram.max];
}

Deno.test("blocks on time have no gap error and no lag", () => {
  const totals = timed(10, [100, 110, 120, 130]);
  deepStrictEqual(figures(totals, "gapError"), [3, 0, 0, 0]);
  deepStrictEqual(figures(totals, "blockLag"), [3, 0, 0, 0]);
});

Deno.test("a late block spoils two gaps, and lags once", () => {
  const totals = timed(10, [100, 113, 120]);
  deepStrictEqual(figures(totals, "gapError"), [2, 3_000, 6_000, 3_000]);
  deepStrictEqual(figures(totals, "blockLag"), [2, 0, 3_000, 3_000]);
});

Deno.test("a pace that is too slow is a small gap error and a growing lag; too fast lags negatively", () => {
  deepStrictEqual(figures(timed(10, [0, 11, 22, 33]), "gapError"), [3, 1_000, 3_000, 1_000]);
  deepStrictEqual(figures(timed(10, [0, 11, 22, 33]), "blockLag"), [3, 1_000, 6_000, 3_000]);
  deepStrictEqual(figures(timed(10, [0, 9, 18]), "blockLag"), [2, -2_000, -3_000, -1_000]);
});

Deno.test("blocks without a pace are not timed", () => {
  strictEqual(timed(0, [1, 2, 3]).distributions.size, 0);
});
