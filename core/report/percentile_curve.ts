/**
 * How does a histogram look as a curve over its percentiles? Picks the points; never draws them.
 * @module
 */

import type { Histogram } from "../measure/histogram.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import type { PercentileCurve } from "./report.ts";

/** Enough for a smooth line of some 1000 pixels, little enough for many curves in one file. */
const POINTS = 130;

/**
 * The curve of a histogram of microseconds: from percentile 0 to 100, both always there, at most
 * about 150 points in between, and the denser the nearer to 100. Values in ms; no points when empty.
 */
export function percentileCurve(name: string, histogram: Histogram): PercentileCurve {
  const points: PercentileCurve["points"] = [];
  for (const { percentile, value } of histogram.percentileRows(ticksFor(histogram.count))) {
    points.push({ percentile, ms: value / US_PER_MS });
  }
  return { name, points };
}

/**
 * Of n values the largest is told apart from the others at 100 (1 - 1/n), so the distance to 100
 * is halved log2(n) times before the end.
 */
function ticksFor(count: number): number {
  return Math.max(1, Math.floor(POINTS / (Math.log2(Math.max(1, count)) + 1)));
}
