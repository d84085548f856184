/**
 * Folds samples and readings into intervals. Never awaits, never writes, never reads a clock: a
 * caller hands it times and takes its intervals out with `rotate`.
 * @module
 */

import { type EncodedHistogram, Histogram } from "./histogram.ts";
import type { DistributionInterval, Interval, OperationInterval } from "./interval.ts";
import {
  type FailureReason,
  responseTimeMs,
  type Sample,
  schedulingLagMs,
  serviceTimeMs,
  type Tags,
} from "./sample.ts";
import { seriesKey } from "./series_key.ts";
import { Times } from "./times.ts";

/** Histograms hold microseconds, so that integers keep a thousandth of a millisecond. */
export const US_PER_MS = 1_000;

/** How long event loops of our own were away in that time, ms; see {@link LoopLog}. */
export type OwnLag = (fromMs: number, toMs: number) => number;

/** Failures for which we ourselves ended the wait, so that lag of our own can be what ended it. */
const GIVEN_UP: ReadonlySet<FailureReason> = new Set(["timeout", "stalled"]);
/** Lag that is a smaller share of a wait in vain says nothing about what did not come. */
const EXPLAINING_RATIO = 0.1;

/** Whether lag of our own may be why nothing came in that time. */
function explains(ownLag: OwnLag, fromMs: number, toMs: number): boolean {
  return ownLag(fromMs, toMs) > EXPLAINING_RATIO * (toMs - fromMs);
}

class OperationSeries {
  ok = 0;
  dropped = 0;
  cancelled = 0;
  readonly failed = new Map<string, number>();
  readonly ownLagFailures = new Map<string, number>();
  readonly service = new Times();
  readonly response = new Times();
  readonly lag = new Histogram();
  constructor(readonly op: string, readonly tags: Tags | undefined) {}

  add(sample: Sample, ownLag: OwnLag): void {
    const { outcome } = sample;
    if (outcome.kind === "dropped") {
      this.dropped++;
      return;
    }
    this.lag.record(schedulingLagMs(sample) * US_PER_MS);
    if (outcome.kind === "cancelled") this.cancelled++;
    else if (outcome.kind === "failed") this.#addFailure(sample, outcome.reason, ownLag);
    else this.#addOk(sample, ownLag);
  }

  toInterval(): OperationInterval {
    const { op, tags, ok, failed, dropped, cancelled, ownLagFailures } = this;
    const service = encoded(this.service.withoutOwnLag);
    const response = encoded(this.response.withoutOwnLag);
    return {
      op,
      tags,
      ok,
      failed: Object.fromEntries(failed),
      dropped,
      cancelled,
      service: encoded(this.service.measured),
      response: encoded(this.response.measured),
      lag: encoded(this.lag),
      ...(response === undefined ? {} : { withoutOwnLag: { service, response } }),
      ...(ownLagFailures.size === 0 ? {} : { ownLagFailures: Object.fromEntries(ownLagFailures) }),
    };
  }

  #addOk(sample: Sample, ownLag: OwnLag): void {
    this.ok++;
    const { dueMs, sentMs, doneMs } = sample;
    const lagMs = ownLag(dueMs, doneMs);
    const serviceLagMs = lagMs === 0 ? 0 : ownLag(sentMs, doneMs);
    this.service.record(serviceTimeMs(sample) * US_PER_MS, serviceLagMs * US_PER_MS);
    this.response.record(responseTimeMs(sample) * US_PER_MS, lagMs * US_PER_MS);
  }

  #addFailure(sample: Sample, reason: FailureReason, ownLag: OwnLag): void {
    addOne(this.failed, reason);
    if (!GIVEN_UP.has(reason)) return;
    if (explains(ownLag, sample.sentMs, sample.doneMs)) addOne(this.ownLagFailures, reason);
  }
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function encoded(histogram: Histogram | undefined): EncodedHistogram | undefined {
  return histogram === undefined || histogram.count === 0 ? undefined : histogram.encode();
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
  readonly distributions = new Map<string, Named<{ unit: "time" | "bytes"; values: Times }>>();
  readonly counters = new Map<string, Named<{ value: number }>>();
  readonly gauges = new Map<string, Named<Gauge>>();

  get isEmpty(): boolean {
    return this.operations.size + this.distributions.size + this.counters.size +
        this.gauges.size === 0;
  }

  /** Undefined when nothing was recorded. */
  toInterval(bounds: Pick<Interval, "startMs" | "endMs" | "phase">): Interval | undefined {
    if (this.isEmpty) return undefined;
    return {
      ...bounds,
      operations: [...this.operations.values()].map((series) => series.toInterval()),
      distributions: [...this.distributions.values()].map(distributionInterval),
      counters: [...this.counters.values()],
      gauges: [...this.gauges.values()],
    } as Interval;
  }
}

function distributionInterval(
  { name, tags, unit, values }: Named<{ unit: "time" | "bytes"; values: Times }>,
): DistributionInterval {
  const withoutOwnLag = encoded(values.withoutOwnLag);
  const histogram = values.measured.encode();
  return { name, tags, unit, histogram, ...(withoutOwnLag && { withoutOwnLag }) };
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
  readonly #ownLag: OwnLag;
  #intervalStartMs: number;
  #warmup = new Accumulator();
  #measured = new Accumulator();

  /**
   * @param options `startMs`: the run's start on the clock; `warmUpMs`: how long samples are not
   * judged; `ownLag`: of a thread that does not know of any there is none
   */
  constructor(options: { startMs: number; warmUpMs?: number; ownLag?: OwnLag }) {
    this.#startMs = options.startMs;
    this.#ownLag = options.ownLag ?? (() => 0);
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

  /** Whether lag of our own may be why nothing came in that time: then it proves nothing of the target. */
  ownLagExplains(fromMs: number, toMs: number): boolean {
    return explains(this.#ownLag, fromMs, toMs);
  }

  /** Records one finished, dropped or cancelled operation; it belongs to the phase in which it was due. */
  record(sample: Sample): void {
    const { operations } = this.#at(sample.dueMs);
    const key = seriesKey(sample.op, sample.tags);
    let series = operations.get(key);
    if (series === undefined) {
      operations.set(key, series = new OperationSeries(sample.op, sample.tags));
    }
    series.add(sample, this.#ownLag);
  }

  /**
   * Records one time in ms that is no operation of its own, e.g. a time to first byte. May be negative.
   * @param at `atMs`: when it was known; `sinceMs`: lag of our own from then on may have made it
   * longer; by default it is a time that has passed at `atMs`
   */
  observeMs(
    name: string,
    valueMs: number,
    at: { atMs: number; sinceMs?: number; tags?: Tags },
  ): void {
    const { atMs, sinceMs = atMs - Math.max(0, valueMs), tags } = at;
    const ownLag = this.#ownLag(sinceMs, atMs) * US_PER_MS;
    this.#observe(name, { unit: "time", value: valueMs * US_PER_MS, ownLag, atMs, tags });
  }

  /** Records one size in bytes. */
  observeBytes(name: string, bytes: number, at: { atMs: number; tags?: Tags }): void {
    this.#observe(name, { unit: "bytes", value: bytes, ownLag: 0, tags: at.tags, ...at });
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
    observed: Pick<DistributionInterval, "unit"> & {
      value: number;
      ownLag: number;
      atMs: number;
      tags: Tags | undefined;
    },
  ): void {
    const { distributions } = this.#at(observed.atMs);
    const key = seriesKey(name, observed.tags);
    let series = distributions.get(key);
    if (series === undefined) {
      series = { name, tags: observed.tags, unit: observed.unit, values: new Times() };
      distributions.set(key, series);
    }
    series.values.record(observed.value, observed.ownLag);
  }
}
