/**
 * Intervals -> charts: groups them into equal stretches of time, so that a long run has no more
 * points than a chart can show. Quantiles come from merged histograms, never from averages.
 * @module
 */

import type { Interval } from "../measure/interval.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { distributionStats } from "../measure/summary.ts";
import { type OperationTotals, Totals } from "../measure/totals.ts";
import type { OperationPoint, Series, ValuePoint } from "./report.ts";

/** More points than a chart of a wide screen can tell apart are of no use. */
const MOST_POINTS = 600;
const SHORTEST_STRETCH_MS = 1_000;

/** Takes a run's intervals in any order. */
export class SeriesBuilder {
  readonly #stretchMs: number;
  readonly #lastIndex: number;
  readonly #stretches = new Map<number, Totals>();

  /** @param lastMs the end of the last interval, ms since the run's start */
  constructor(lastMs: number) {
    const stretches = Math.ceil(lastMs / MOST_POINTS / SHORTEST_STRETCH_MS);
    this.#stretchMs = Math.max(1, stretches) * SHORTEST_STRETCH_MS;
    // A last stretch of less than half the length joins the one before, lest a chart ends in a dip.
    this.#lastIndex = Math.max(0, Math.round(lastMs / this.#stretchMs) - 1);
  }

  add(interval: Interval): void {
    // The middle of an interval decides, as its ends are a few ms off whole seconds; one of no
    // length, from after the stop, belongs to the stretch before it.
    const middleMs = (interval.startMs + interval.endMs) / 2 - 1e-3;
    const index = Math.min(this.#lastIndex, Math.max(0, Math.floor(middleMs / this.#stretchMs)));
    let totals = this.#stretches.get(index);
    if (totals === undefined) this.#stretches.set(index, totals = new Totals());
    totals.add(interval);
  }

  build(): Series {
    const stretches = [...this.#stretches].sort(([one], [other]) => one - other)
      .map(([, totals]) => totals);
    return {
      operations: grouped(stretches, (totals) => totals.operations, operationPoint)
        .map(({ name, points }) => ({ op: name, points })),
      counters: grouped(
        stretches,
        (totals) => totals.counters,
        (counter, totals) =>
          valuePoint(totals, counter.value * 1_000 / Math.max(1, totals.durationMs)),
      ),
      gauges: grouped(
        stretches,
        (totals) => totals.gauges,
        (gauge, totals) => valuePoint(totals, gauge.sum / Math.max(1, gauge.count)),
      ),
    };
  }
}

/** One list of points for each series name that occurs in any stretch. */
function grouped<T, P>(
  stretches: readonly Totals[],
  seriesOf: (totals: Totals) => ReadonlyMap<string, T>,
  point: (series: T, totals: Totals) => P,
): { name: string; points: P[] }[] {
  const points = new Map<string, P[]>();
  for (const totals of stretches) {
    for (const [name, series] of seriesOf(totals)) {
      const list = points.get(name) ?? [];
      list.push(point(series, totals));
      points.set(name, list);
    }
  }
  return [...points].map(([name, list]) => ({ name, points: list }));
}

function operationPoint(series: OperationTotals, totals: Totals): OperationPoint {
  const service = distributionStats(series.service, US_PER_MS);
  const response = distributionStats(series.response, US_PER_MS);
  return {
    startMs: totals.startMs,
    endMs: totals.endMs,
    ok: series.ok,
    failed: series.failedCount,
    dropped: series.dropped,
    ratePerSec: series.finished * 1_000 / Math.max(1, totals.durationMs),
    serviceP50Ms: service?.p50 ?? null,
    serviceP99Ms: service?.p99 ?? null,
    responseP50Ms: response?.p50 ?? null,
    responseP99Ms: response?.p99 ?? null,
    responseMaxMs: response?.max ?? null,
  };
}

function valuePoint({ startMs, endMs }: Totals, value: number): ValuePoint {
  return { startMs, endMs, value };
}
