/**
 * Intervals -> charts: groups them into equal stretches of time, so that a long run has no more
 * points than a chart can show. Quantiles come from merged histograms, never from averages.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { quantileOf } from "../measure/summary.ts";
import type { Histogram } from "../measure/histogram.ts";
import {
  type CounterTotals,
  type GaugeTotals,
  type OperationTotals,
  Totals,
} from "../measure/totals.ts";
import type { OperationPoint, Series, ValuePoint } from "./report.ts";

/** More points than a chart of a wide screen can tell apart are of no use. */
const MOST_POINTS = 600;
const SHORTEST_STRETCH_MS = 1_000;
/** Intervals come in order of time, but for threads that are late by some of the shortest stretches. */
const OPEN_STRETCHES = 10;

/** Which part of the run the charts are of, and how. */
export interface SeriesOptions {
  /** The end of the last interval, ms since the run's start. */
  readonly lastMs: number;
  /** Keeps the histograms of all stretches to the end, for intervals in any order. @default {false} */
  readonly anyOrder?: boolean;
}

/**
 * Takes a run's intervals in order of time. A stretch becomes points, and gives up its histograms,
 * once intervals of much later ones come.
 */
export class SeriesBuilder {
  readonly #stretchMs: number;
  readonly #lastIndex: number;
  readonly #openCount: number;
  readonly #open = new Map<number, Totals>();
  #firstOpen = 0;
  #hasMissed = false;
  readonly #points = {
    operations: new PointLists<OperationPoint>(),
    counters: new PointLists<ValuePoint>(),
    gauges: new PointLists<ValuePoint>(),
  };

  constructor({ lastMs, anyOrder = false }: SeriesOptions) {
    const stretches = Math.ceil(lastMs / MOST_POINTS / SHORTEST_STRETCH_MS);
    this.#stretchMs = Math.max(1, stretches) * SHORTEST_STRETCH_MS;
    // A last stretch of less than half the length joins the one before, lest a chart ends in a dip.
    this.#lastIndex = Math.max(0, Math.round(lastMs / this.#stretchMs) - 1);
    this.#openCount = anyOrder ? Infinity : OPEN_STRETCHES;
  }

  /** Whether an interval came too late for its stretch: only one with `anyOrder` has it all then. */
  get hasMissed(): boolean {
    return this.#hasMissed;
  }

  add(interval: Interval): void {
    // The middle of an interval decides, as its ends are a few ms off whole seconds; one of no
    // length, from after the stop, belongs to the stretch before it.
    const middleMs = (interval.startMs + interval.endMs) / 2 - 1e-3;
    const index = Math.min(this.#lastIndex, Math.max(0, Math.floor(middleMs / this.#stretchMs)));
    if (index < this.#firstOpen) {
      this.#hasMissed = true;
      return;
    }
    let totals = this.#open.get(index);
    if (totals === undefined) this.#open.set(index, totals = new Totals());
    totals.add(charted(interval));
    this.#closeBefore(index - this.#openCount);
  }

  build(): Series {
    this.#closeBefore(Infinity);
    const { operations, counters, gauges } = this.#points;
    return {
      operations: operations.all().map(({ name, points }) => ({ op: name, points })),
      counters: counters.all(),
      gauges: gauges.all(),
    };
  }

  #closeBefore(end: number): void {
    if (end <= this.#firstOpen) return;
    this.#firstOpen = end;
    const closing = [...this.#open.keys()].filter((index) => index < end).sort((a, b) => a - b);
    for (const index of closing) {
      this.#addPoints(this.#open.get(index)!);
      this.#open.delete(index);
    }
  }

  #addPoints(totals: Totals): void {
    const { operations, counters, gauges } = this.#points;
    for (const [name, one] of totals.operations) operations.add(name, operationPoint(one, totals));
    for (const [name, one] of totals.counters) counters.add(name, growthPoint(one, totals));
    for (const [name, one] of totals.gauges) gauges.add(name, meanPoint(one, totals));
  }
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
  const operations = interval.operations.map((operation) => ({ ...operation, lag: undefined }));
  return { ...interval, operations, distributions: [] };
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
