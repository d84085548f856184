/**
 * Intervals -> charts: groups them into equal stretches of time, so that a long run has no more
 * points than a chart can show. Quantiles come from merged histograms, never from averages.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { quantileOf } from "../measure/summary.ts";
import type { Histogram } from "../measure/histogram.ts";
import type { OperationTotals } from "../measure/operation_totals.ts";
import { type CounterTotals, type GaugeTotals, Totals } from "../measure/totals.ts";
import type { OperationPoint, PercentileCurve, Series, ValuePoint } from "./report.ts";

/** More points than a chart of a wide screen can tell apart are of no use. */
const MOST_POINTS = 600;
const SHORTEST_STRETCH_MS = 1_000;

/** One point of each chart: those of a stretch of time. The same object as long as nothing comes to it. */
export interface StretchPoints {
  readonly operations: readonly (readonly [op: string, point: OperationPoint])[];
  readonly counters: readonly (readonly [name: string, point: ValuePoint])[];
  readonly gauges: readonly (readonly [name: string, point: ValuePoint])[];
}

/**
 * Takes a run's intervals in any order, however many there will be: stretches begin with the shortest
 * length, and double it each time there would be more points than a chart can show.
 */
export class SeriesBuilder {
  #stretchMs = SHORTEST_STRETCH_MS;
  #stretches = new Map<number, Totals>();
  /** The one that was added to last. */
  #latest: Totals | undefined;
  /** What was asked for while the run goes on, and has not changed since. */
  readonly #points = new WeakMap<Totals, StretchPoints>();
  #lastMs = 0;

  /** How long a stretch is: it may double with each interval that is added. */
  get stretchMs(): number {
    return this.#stretchMs;
  }

  add(interval: Interval): void {
    // The middle of an interval decides, as its ends are a few ms off whole seconds; one of no
    // length, from after the stop, belongs to the stretch before it.
    const middleMs = Math.max(0, (interval.startMs + interval.endMs) / 2 - 1e-3);
    this.#lastMs = Math.max(this.#lastMs, interval.endMs);
    while (middleMs >= MOST_POINTS * this.#stretchMs) this.#doubleStretches();
    const totals = totalsAt(this.#stretches, Math.floor(middleMs / this.#stretchMs));
    if (totals !== this.#latest) this.#latest?.compact();
    this.#latest = totals;
    totals.add(charted(interval));
    this.#points.delete(totals);
  }

  /** The charts of what has come so far. */
  build(): Series {
    const operations = new PointLists<OperationPoint>();
    const counters = new PointLists<ValuePoint>();
    const gauges = new PointLists<ValuePoint>();
    for (const points of this.stretches().values()) {
      for (const [name, point] of points.operations) operations.add(name, point);
      for (const [name, point] of points.counters) counters.add(name, point);
      for (const [name, point] of points.gauges) gauges.add(name, point);
    }
    return {
      operations: operations.all().map(({ name, points }) => ({ op: name, points })),
      counters: counters.all(),
      gauges: gauges.all(),
    };
  }

  /** The same by stretch, in order of time: number `n` begins `n` times the length of one after the start. */
  stretches(): Map<number, StretchPoints> {
    return new Map(
      [...this.#wholeStretches()].map(([index, totals]) => [index, this.#pointsOf(totals)]),
    );
  }

  #pointsOf(totals: Totals): StretchPoints {
    let points = this.#points.get(totals);
    if (points === undefined) this.#points.set(totals, points = pointsOf(totals));
    return points;
  }

  #doubleStretches(): void {
    this.#stretchMs *= 2;
    const doubled = new Map<number, Totals>();
    for (const [index, totals] of inOrder(this.#stretches)) {
      totalsAt(doubled, Math.floor(index / 2)).merge(totals);
    }
    for (const totals of doubled.values()) totals.compact();
    this.#stretches = doubled;
  }

  /** A last stretch of less than half the length joins the one before, so that no chart ends in a dip. */
  #wholeStretches(): Map<number, Totals> {
    const lastIndex = Math.max(0, Math.round(this.#lastMs / this.#stretchMs) - 1);
    const stretches = inOrder(this.#stretches);
    const whole = new Map(stretches.filter(([index]) => index < lastIndex));
    const last = stretches.filter(([index]) => index >= lastIndex);
    if (last.length === 1) return whole.set(lastIndex, last[0]![1]);
    for (const [, totals] of last) totalsAt(whole, lastIndex).merge(totals);
    return whole;
  }
}

function totalsAt(stretches: Map<number, Totals>, index: number): Totals {
  let totals = stretches.get(index);
  if (totals === undefined) stretches.set(index, totals = new Totals());
  return totals;
}

function inOrder(stretches: ReadonlyMap<number, Totals>): [number, Totals][] {
  return [...stretches].sort(([one], [other]) => one - other);
}

/** One list of points for each series name, in order of appearance. */
class PointLists<P> {
  readonly #lists = new Map<string, P[]>();

  add(name: string, point: P): void {
    const list = this.#lists.get(name);
    if (list === undefined) this.#lists.set(name, [point]);
    else list.push(point);
  }

  all(): { name: string; points: P[] }[] {
    return [...this.#lists].map(([name, points]) => ({ name, points }));
  }
}

/** The part of an interval that charts show. */
function charted(interval: Interval): Interval {
  const operations = interval.operations.map((operation) => ({
    ...operation,
    lag: undefined,
    withoutOwnLag: undefined,
  }));
  return { ...interval, operations, distributions: [] };
}

function pointsOf(totals: Totals): StretchPoints {
  return {
    operations: [...totals.operations].map(([name, one]) => [name, operationPoint(one, totals)]),
    counters: [...totals.counters].map(([name, one]) => [name, growthPoint(one, totals)]),
    gauges: [...totals.gauges].map(([name, one]) => [name, meanPoint(one, totals)]),
  };
}

function operationPoint(series: OperationTotals, totals: Totals): OperationPoint {
  const { service, response } = series;
  return {
    startMs: totals.startMs,
    endMs: totals.endMs,
    ok: series.ok,
    failed: series.failedCount,
    dropped: series.dropped,
    ratePerSec: series.finished * 1_000 / Math.max(1, totals.durationMs),
    serviceP50Ms: quantileMs(service, "p50"),
    serviceP99Ms: quantileMs(service, "p99"),
    responseP50Ms: quantileMs(response, "p50"),
    responseP99Ms: quantileMs(response, "p99"),
    responseMaxMs: response.count === 0 ? null : response.max / US_PER_MS,
  };
}

function quantileMs(histogram: Histogram, name: "p50" | "p99"): number | null {
  const us = quantileOf(histogram, name);
  return us === null ? null : us / US_PER_MS;
}

function growthPoint({ value }: CounterTotals, totals: Totals): ValuePoint {
  return valuePoint(totals, value * 1_000 / Math.max(1, totals.durationMs));
}

function meanPoint({ sum, count }: GaugeTotals, totals: Totals): ValuePoint {
  return valuePoint(totals, sum / Math.max(1, count));
}

function valuePoint({ startMs, endMs }: Totals, value: number): ValuePoint {
  return { startMs, endMs, value };
}

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
