/**
 * The fold over intervals, from any number of threads, processes or windows: merging is lossless
 * and its order does not matter.
 * @module
 */

import { Histogram } from "./histogram.ts";
import type { GaugeInterval, Interval, OperationInterval } from "./interval.ts";
import type { Tags } from "./sample.ts";
import { seriesKey, tagsMatch } from "./series_key.ts";

/** All outcomes and times of one operation. Histograms are in microseconds. */
export class OperationTotals {
  ok = 0;
  dropped = 0;
  cancelled = 0;
  readonly #failed = new Map<string, number>();
  readonly service = new Histogram();
  readonly response = new Histogram();
  readonly lag = new Histogram();

  constructor(readonly op: string, readonly tags?: Tags) {}

  /** Failures by reason. */
  get failed(): Record<string, number> {
    return Object.fromEntries(this.#failed);
  }

  /** Operations that ended with a failure, of any reason. */
  get failedCount(): number {
    let sum = 0;
    for (const count of this.#failed.values()) sum += count;
    return sum;
  }

  /** Operations whose result is known: ok + failed. */
  get finished(): number {
    return this.ok + this.failedCount;
  }

  /** Everything that was due: finished + dropped + cancelled. */
  get total(): number {
    return this.finished + this.dropped + this.cancelled;
  }

  addInterval(interval: OperationInterval): void {
    this.ok += interval.ok;
    this.dropped += interval.dropped;
    this.cancelled += interval.cancelled;
    this.#addFailed(Object.entries(interval.failed));
    for (const view of ["service", "response", "lag"] as const) {
      const encoded = interval[view];
      if (encoded !== undefined) this[view].addEncoded(encoded);
    }
  }

  add(other: OperationTotals): void {
    this.ok += other.ok;
    this.dropped += other.dropped;
    this.cancelled += other.cancelled;
    this.#addFailed(other.#failed);
    for (const view of ["service", "response", "lag"] as const) this[view].add(other[view]);
  }

  /** Takes as little memory as it can, until something is added. */
  compact(): void {
    for (const view of ["service", "response", "lag"] as const) this[view].compact();
  }

  #addFailed(counts: Iterable<readonly [reason: string, count: number]>): void {
    for (const [reason, count] of counts) {
      this.#failed.set(reason, (this.#failed.get(reason) ?? 0) + count);
    }
  }
}

/** All values of one distribution. */
export interface DistributionTotals {
  readonly name: string;
  readonly tags: Tags | undefined;
  readonly unit: "time" | "bytes";
  readonly histogram: Histogram;
}

/** The growth of one counter. */
export interface CounterTotals {
  readonly name: string;
  readonly tags: Tags | undefined;
  value: number;
}

/** The readings of one gauge; `sum / count` is their mean. */
export type GaugeTotals = Omit<GaugeInterval, "tags"> & { readonly tags: Tags | undefined };

/** The sum of any number of intervals. */
export class Totals {
  readonly operations = new Map<string, OperationTotals>();
  readonly distributions = new Map<string, DistributionTotals>();
  readonly counters = new Map<string, CounterTotals>();
  readonly gauges = new Map<string, GaugeTotals>();
  /** Bounds of what was added, ms since the run's start; Infinity and 0 before the first interval. */
  startMs = Infinity;
  endMs = 0;

  /** Length of the covered time in ms; 0 when nothing was added. */
  get durationMs(): number {
    return Math.max(0, this.endMs - Math.min(this.startMs, this.endMs));
  }

  add(interval: Interval): void {
    this.startMs = Math.min(this.startMs, interval.startMs);
    this.endMs = Math.max(this.endMs, interval.endMs);
    for (const operation of interval.operations) {
      this.#operationOf(seriesKey(operation.op, operation.tags), operation).addInterval(operation);
    }
    for (const { name, tags, unit, histogram } of interval.distributions) {
      const key = seriesKey(name, tags);
      let totals = this.distributions.get(key);
      if (totals === undefined) {
        this.distributions.set(key, totals = { name, tags, unit, histogram: new Histogram() });
      }
      totals.histogram.addEncoded(histogram);
    }
    for (const { name, tags, value } of interval.counters) {
      const totals = this.counters.get(seriesKey(name, tags));
      if (totals === undefined) this.counters.set(seriesKey(name, tags), { name, tags, value });
      else totals.value += value;
    }
    for (const gauge of interval.gauges) this.#addGauge(gauge);
  }

  /** Adds all of the other's, which covers later time. */
  merge(other: Totals): void {
    this.startMs = Math.min(this.startMs, other.startMs);
    this.endMs = Math.max(this.endMs, other.endMs);
    for (const [key, operation] of other.operations) {
      this.#operationOf(key, operation).add(operation);
    }
    for (const [key, { name, tags, unit, histogram }] of other.distributions) {
      let totals = this.distributions.get(key);
      if (totals === undefined) {
        this.distributions.set(key, totals = { name, tags, unit, histogram: new Histogram() });
      }
      totals.histogram.add(histogram);
    }
    for (const [key, { name, tags, value }] of other.counters) {
      const totals = this.counters.get(key);
      if (totals === undefined) this.counters.set(key, { name, tags, value });
      else totals.value += value;
    }
    for (const gauge of other.gauges.values()) this.#addGauge(gauge);
  }

  /** Takes as little memory as it can, until something is added. */
  compact(): void {
    for (const operation of this.operations.values()) operation.compact();
    for (const { histogram } of this.distributions.values()) histogram.compact();
  }

  /** The operation with this name over all series whose tags match the filter, or undefined. */
  operation(op: string, filter: Tags = {}): OperationTotals | undefined {
    const found = [...this.operations.values()].filter((series) =>
      series.op === op && tagsMatch(filter, series.tags)
    );
    if (found.length < 2) return found[0];
    const merged = new OperationTotals(op, filter);
    for (const series of found) merged.add(series);
    return merged;
  }

  /** The distribution with this name over all series whose tags match the filter, or undefined. */
  distribution(name: string, filter: Tags = {}): DistributionTotals | undefined {
    const found = matching(this.distributions, name, filter);
    const [first] = found;
    if (first === undefined || found.length === 1) return first;
    const histogram = new Histogram();
    for (const series of found) histogram.add(series.histogram);
    return { ...first, tags: filter, histogram };
  }

  /** The sum of the counters with this name whose tags match the filter, or undefined. */
  counter(name: string, filter: Tags = {}): number | undefined {
    const found = matching(this.counters, name, filter);
    return found.length === 0 ? undefined : found.reduce((sum, series) => sum + series.value, 0);
  }

  /** The gauge with this name over all series whose tags match the filter, or undefined. */
  gauge(name: string, filter: Tags = {}): GaugeTotals | undefined {
    const found = matching(this.gauges, name, filter);
    const [first] = found;
    return first === undefined ? undefined : found.slice(1).reduce(mergedGauge, first);
  }

  #operationOf(key: string, { op, tags }: Pick<OperationTotals, "op" | "tags">): OperationTotals {
    let totals = this.operations.get(key);
    if (totals === undefined) this.operations.set(key, totals = new OperationTotals(op, tags));
    return totals;
  }

  #addGauge(gauge: GaugeInterval | GaugeTotals): void {
    const key = seriesKey(gauge.name, gauge.tags);
    const totals = this.gauges.get(key);
    const added = { ...gauge, tags: gauge.tags };
    this.gauges.set(key, totals === undefined ? added : mergedGauge(totals, added));
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
  return {
    ...one,
    last: other.last,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    sum: one.sum + other.sum,
    count: one.count + other.count,
  };
}
