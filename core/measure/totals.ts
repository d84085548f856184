/**
 * The fold over intervals, from any number of threads, processes or windows: merging is lossless
 * and its order does not matter. Judge, tables and reports all take their figures from it.
 * @module
 */

import type { Histogram } from "./histogram.ts";
import type { DistributionInterval, GaugeInterval, Interval } from "./interval.ts";
import { OperationTotals } from "./operation_totals.ts";
import type { Tags } from "./sample.ts";
import { seriesKey, tagsMatch } from "./series_key.ts";
import { Times } from "./times.ts";

/** All values of one distribution, in microseconds or bytes. */
export class DistributionTotals {
  /** As measured, and what they would be without lag of our own. */
  readonly values = new Times();

  constructor(
    readonly name: string,
    readonly unit: "time" | "bytes",
    readonly tags: Tags | undefined,
  ) {}

  /** As measured. */
  get histogram(): Histogram {
    return this.values.measured;
  }
}

/** The growth of one counter. */
export interface CounterTotals {
  readonly name: string;
  readonly tags: Tags | undefined;
  value: number;
}

/** The readings of one gauge; `sum / count` is their mean. */
export type GaugeTotals = Omit<GaugeInterval, "tags"> & {
  readonly tags: Tags | undefined;
  /** End of the interval that the last reading is from, ms since the run's start. */
  readonly lastMs: number;
};

/** Time without a gap. */
interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** What is one span however many intervals it has. */
interface SpanKey {
  readonly stage?: number | undefined;
  readonly lap?: number | undefined;
}

/** The sum of any number of intervals. */
export class Totals {
  /** All series by their key. */
  readonly operations = new Map<string, OperationTotals>();
  readonly distributions = new Map<string, DistributionTotals>();
  readonly counters = new Map<string, CounterTotals>();
  readonly gauges = new Map<string, GaugeTotals>();
  /** Bounds of what was added, ms since the run's start; Infinity and 0 before the first interval. */
  startMs = Infinity;
  endMs = 0;

  /** From the first to the last of each stage, and of what goes on of it after a pause. */
  readonly #spans = new Map<string, Span & SpanKey>();

  /** Length of the covered time in ms, without pauses in stages and between them; 0 when nothing was added. */
  get durationMs(): number {
    let durationMs = 0;
    let coveredMs = -Infinity;
    const inOrder = [...this.#spans.values()].sort((one, other) => one.startMs - other.startMs);
    for (const { startMs, endMs } of inOrder) {
      durationMs += Math.max(0, endMs - Math.max(startMs, coveredMs));
      coveredMs = Math.max(coveredMs, endMs);
    }
    return durationMs;
  }

  /** Widens the covered time, e.g. over seconds in which nothing was recorded. */
  cover({ startMs, endMs, stage, lap }: Span & SpanKey): void {
    this.startMs = Math.min(this.startMs, startMs);
    this.endMs = Math.max(this.endMs, endMs);
    const key = `${stage}/${lap}`;
    const span = this.#spans.get(key);
    this.#spans.set(key, {
      stage,
      lap,
      startMs: Math.min(span?.startMs ?? Infinity, startMs),
      endMs: Math.max(span?.endMs ?? -Infinity, endMs),
    });
  }

  add(interval: Interval): void {
    this.cover(interval);
    for (const operation of interval.operations) {
      this.#operation(seriesKey(operation.op, operation.tags), operation).addInterval(operation);
    }
    for (const series of interval.distributions) {
      this.#distribution(seriesKey(series.name, series.tags), series)
        .values.addEncoded(series.histogram, series.withoutOwnLag);
    }
    for (const { name, tags, value } of interval.counters) {
      this.#addCounter(seriesKey(name, tags), { name, tags, value });
    }
    for (const gauge of interval.gauges) {
      // A part of a level that is there as a whole too: core/measure/level_sums.ts.
      if (gauge.addsUp && interval.generator !== undefined) continue;
      this.#addGauge(seriesKey(gauge.name, gauge.tags), {
        ...gauge,
        tags: gauge.tags,
        lastMs: interval.endMs,
      });
    }
  }

  /** Adds all of the other's, which stays as it was. */
  merge(other: Totals): void {
    for (const span of other.#spans.values()) this.cover(span);
    for (const [key, operation] of other.operations) this.#operation(key, operation).add(operation);
    for (const [key, series] of other.distributions) {
      this.#distribution(key, series).values.add(series.values);
    }
    for (const [key, counter] of other.counters) this.#addCounter(key, counter);
    for (const [key, gauge] of other.gauges) this.#addGauge(key, gauge);
  }

  /** Takes as little memory as it can, until something is added. */
  compact(): void {
    for (const operation of this.operations.values()) operation.compact();
    for (const { values } of this.distributions.values()) values.compact();
  }

  /** The operation with this name over all series whose tags match the filter, or undefined. */
  operation(op: string, filter: Tags = {}): OperationTotals | undefined {
    const found = [...this.operations.values()].filter((series) =>
      series.op === op && tagsMatch(filter, series.tags)
    );
    return found.length < 2 ? found[0] : OperationTotals.sumOf(found, op, filter);
  }

  /** The distribution with this name over all series whose tags match the filter, or undefined. */
  distribution(name: string, filter: Tags = {}): DistributionTotals | undefined {
    const found = matching(this.distributions, name, filter);
    const [first] = found;
    if (first === undefined || found.length === 1) return first;
    const merged = new DistributionTotals(name, first.unit, filter);
    for (const series of found) merged.values.add(series.values);
    return merged;
  }

  /**
   * The sum of the counters with this name whose tags match the filter, or undefined. A 0 without
   * tags is said of all its series, before there was one: nothing has come of any so far.
   */
  counter(name: string, filter: Tags = {}): number | undefined {
    const found = matching(this.counters, name, filter);
    if (found.length > 0) return found.reduce((sum, series) => sum + series.value, 0);
    return this.counters.get(name)?.value === 0 ? 0 : undefined;
  }

  /** The gauge with this name over all series whose tags match the filter, or undefined. */
  gauge(name: string, filter: Tags = {}): GaugeTotals | undefined {
    const found = matching(this.gauges, name, filter);
    const [first] = found;
    return first === undefined ? undefined : found.slice(1).reduce(mergedGauge, first);
  }

  #operation(key: string, { op, tags }: Pick<OperationTotals, "op" | "tags">): OperationTotals {
    let totals = this.operations.get(key);
    if (totals === undefined) this.operations.set(key, totals = new OperationTotals(op, tags));
    return totals;
  }

  #distribution(
    key: string,
    { name, unit, tags }: Pick<DistributionInterval, "name" | "unit" | "tags">,
  ): DistributionTotals {
    let totals = this.distributions.get(key);
    if (totals === undefined) {
      this.distributions.set(key, totals = new DistributionTotals(name, unit, tags));
    }
    return totals;
  }

  #addCounter(key: string, { name, tags, value }: CounterTotals): void {
    const totals = this.counters.get(key);
    if (totals === undefined) this.counters.set(key, { name, tags, value });
    else totals.value += value;
  }

  #addGauge(key: string, gauge: GaugeTotals): void {
    const totals = this.gauges.get(key);
    this.gauges.set(key, totals === undefined ? gauge : mergedGauge(totals, gauge));
  }
}

function matching<T extends { name: string; tags: Tags | undefined }>(
  series: ReadonlyMap<string, T>,
  name: string,
  filter: Tags,
): T[] {
  return [...series.values()].filter((one) => one.name === name && tagsMatch(filter, one.tags));
}

function mergedGauge(one: GaugeTotals, other: GaugeTotals): GaugeTotals {
  const later = other.lastMs < one.lastMs ? one : other;
  return {
    ...one,
    last: later.last,
    lastMs: later.lastMs,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    sum: one.sum + other.sum,
    count: one.count + other.count,
  };
}
