/**
 * Folds samples and readings into intervals. Never awaits, never writes, never reads a clock: a
 * caller hands it times and takes its intervals out with `rotate`.
 * @module
 */

import { Histogram } from "./histogram.ts";
import type { Interval } from "./interval.ts";
import {
  responseTimeMs,
  type Sample,
  schedulingLagMs,
  serviceTimeMs,
  type Tags,
} from "./sample.ts";
import { seriesKey } from "./series_key.ts";

/** Histograms hold microseconds, so that integers keep a thousandth of a millisecond. */
export const US_PER_MS = 1_000;

class OperationSeries {
  ok = 0;
  dropped = 0;
  cancelled = 0;
  readonly failed = new Map<string, number>();
  readonly service = new Histogram();
  readonly response = new Histogram();
  readonly lag = new Histogram();
  constructor(readonly op: string, readonly tags: Tags | undefined) {}

  add(sample: Sample): void {
    const { outcome } = sample;
    if (outcome.kind === "dropped") {
      this.dropped++;
      return;
    }
    this.lag.record(schedulingLagMs(sample) * US_PER_MS);
    if (outcome.kind === "cancelled") this.cancelled++;
    else if (outcome.kind === "failed") {
      this.failed.set(outcome.reason, (this.failed.get(outcome.reason) ?? 0) + 1);
    } else {
      this.ok++;
      this.service.record(serviceTimeMs(sample) * US_PER_MS);
      this.response.record(responseTimeMs(sample) * US_PER_MS);
    }
  }
}

interface Gauge {
  last: number;
  min: number;
  max: number;
  sum: number;
  count: number;
}

type Named<T> = { readonly name: string; readonly tags: Tags | undefined } & T;

/** Everything recorded for one phase since the last rotation. */
class Accumulator {
  readonly operations = new Map<string, OperationSeries>();
  readonly distributions = new Map<
    string,
    Named<{ unit: "time" | "bytes"; histogram: Histogram }>
  >();
  readonly counters = new Map<string, Named<{ value: number }>>();
  readonly gauges = new Map<string, Named<Gauge>>();

  get isEmpty(): boolean {
    return this.operations.size + this.distributions.size + this.counters.size +
        this.gauges.size === 0;
  }

  /** Undefined when nothing was recorded. */
  toInterval(bounds: Pick<Interval, "startMs" | "endMs" | "phase">): Interval | undefined {
    if (this.isEmpty) return undefined;
    const encoded = (histogram: Histogram) => histogram.count > 0 ? histogram.encode() : undefined;
    return {
      ...bounds,
      operations: [...this.operations.values()].map((series) => ({
        op: series.op,
        tags: series.tags,
        ok: series.ok,
        failed: Object.fromEntries(series.failed),
        dropped: series.dropped,
        cancelled: series.cancelled,
        service: encoded(series.service),
        response: encoded(series.response),
        lag: encoded(series.lag),
      })),
      distributions: [...this.distributions.values()].map((series) => ({
        ...series,
        histogram: series.histogram.encode(),
      })),
      counters: [...this.counters.values()],
      gauges: [...this.gauges.values()],
    } as Interval;
  }
}

function requireFinite(value: number, name: string): void {
  if (!Number.isFinite(value)) {
    throw new RangeError(`Cannot record ${value} as ${name}: it is not finite`);
  }
}

/** Where instruments put what they measure. */
export class Recorder {
  #startMs: number;
  readonly #warmUpMs: number;
  #intervalStartMs: number;
  #warmup = new Accumulator();
  #measured = new Accumulator();

  /** @param options `startMs`: the run's start on the clock; `warmUpMs`: how long samples are not judged */
  constructor(options: { startMs: number; warmUpMs?: number }) {
    this.#startMs = options.startMs;
    this.#warmUpMs = options.warmUpMs ?? 0;
    this.#intervalStartMs = options.startMs;
  }

  /**
   * Moves the start to this time and forgets all but operations: what was sent to get ready counts,
   * but readings from before the load say nothing about it.
   */
  begin(nowMs: number): void {
    const { operations } = this.#warmup.isEmpty ? this.#measured : this.#warmup;
    this.#startMs = nowMs;
    this.#intervalStartMs = nowMs;
    this.#warmup = new Accumulator();
    this.#measured = new Accumulator();
    const first = this.#at(nowMs);
    for (const [key, series] of operations) first.operations.set(key, series);
  }

  /** Records one finished, dropped or cancelled operation; it belongs to the phase in which it was due. */
  record(sample: Sample): void {
    const { operations } = this.#at(sample.dueMs);
    const key = seriesKey(sample.op, sample.tags);
    let series = operations.get(key);
    if (series === undefined) {
      operations.set(key, series = new OperationSeries(sample.op, sample.tags));
    }
    series.add(sample);
  }

  /** Records one time in ms that is no operation of its own, e.g. a time to first byte. May be negative. */
  observeMs(name: string, valueMs: number, at: { atMs: number; tags?: Tags }): void {
    this.#observe(name, { unit: "time", value: valueMs * US_PER_MS, ...at });
  }

  /** Records one size in bytes. */
  observeBytes(name: string, bytes: number, at: { atMs: number; tags?: Tags }): void {
    this.#observe(name, { unit: "bytes", value: bytes, ...at });
  }

  /** Adds to an amount that only grows, e.g. bytes received. */
  count(name: string, amount: number, at: { atMs: number; tags?: Tags }): void {
    requireFinite(amount, name);
    const { counters } = this.#at(at.atMs);
    const key = seriesKey(name, at.tags);
    const series = counters.get(key);
    if (series === undefined) counters.set(key, { name, tags: at.tags, value: amount });
    else series.value += amount;
  }

  /** Records the reading of a level, e.g. requests in flight. */
  gauge(name: string, value: number, at: { atMs: number; tags?: Tags }): void {
    requireFinite(value, name);
    const { gauges } = this.#at(at.atMs);
    const key = seriesKey(name, at.tags);
    const series = gauges.get(key);
    if (series === undefined) {
      const reading = { last: value, min: value, max: value, sum: value, count: 1 };
      gauges.set(key, { name, tags: at.tags, ...reading });
      return;
    }
    series.last = value;
    series.min = Math.min(series.min, value);
    series.max = Math.max(series.max, value);
    series.sum += value;
    series.count++;
  }

  /**
   * Takes out what was recorded since the last rotation: none, one, or (around the end of the
   * warm-up) two intervals. A run's own readings see to it that no second is without one.
   */
  rotate(nowMs: number): Interval[] {
    const startMs = this.#intervalStartMs - this.#startMs;
    const endMs = nowMs - this.#startMs;
    const warmUpMs = this.#warmUpMs;
    const intervals = [
      this.#warmup.toInterval({
        startMs: Math.min(startMs, warmUpMs),
        endMs: Math.min(endMs, warmUpMs),
        phase: "warmup",
      }),
      this.#measured.toInterval({
        startMs: Math.max(startMs, warmUpMs),
        endMs: Math.max(endMs, warmUpMs),
        phase: "measured",
      }),
    ].filter((interval) => interval !== undefined);
    this.#warmup = new Accumulator();
    this.#measured = new Accumulator();
    this.#intervalStartMs = nowMs;
    return intervals;
  }

  #at(atMs: number): Accumulator {
    return atMs - this.#startMs < this.#warmUpMs ? this.#warmup : this.#measured;
  }

  #observe(
    name: string,
    observed: { unit: "time" | "bytes"; value: number; atMs: number; tags?: Tags },
  ): void {
    const { distributions } = this.#at(observed.atMs);
    const key = seriesKey(name, observed.tags);
    let series = distributions.get(key);
    if (series === undefined) {
      series = { name, tags: observed.tags, unit: observed.unit, histogram: new Histogram() };
      distributions.set(key, series);
    }
    series.histogram.record(observed.value);
  }
}
