/**
 * Folds samples and readings into intervals. Never awaits, never writes, never reads a clock: a
 * caller hands it times and takes its intervals out with `rotate`.
 * @module
 */

import { type EncodedHistogram, Histogram } from "./histogram.ts";
import type { DistributionInterval, Interval, OperationInterval } from "./interval.ts";
import {
  type CommonReason,
  type FailureReason,
  responseTimeMs,
  type Sample,
  schedulingLagMs,
  serviceTimeMs,
  type Tags,
} from "./sample.ts";
import { seriesKey } from "./series_key.ts";
import type { PlannedStage } from "./stage.ts";
import { Times } from "./times.ts";

/** Histograms hold microseconds, so that integers keep a thousandth of a millisecond. */
export const US_PER_MS = 1_000;

/** How long event loops of our own were away in that time, ms; see {@link LoopLog}. */
export type OwnLag = (fromMs: number, toMs: number) => number;

/** Failures for which we ourselves ended the wait, so that lag of our own can be what ended it. */
const GIVEN_UP: ReadonlySet<FailureReason> = new Set<CommonReason>(["timeout", "stalled"]);
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
  readonly addsUp?: true;
  last: number;
  min: number;
  max: number;
  sum: number;
  count: number;
}

type Named<T> = { readonly name: string; readonly tags: Tags | undefined } & T;

/** A part of a run's time: from this time on, until the next one begins. */
export interface Stretch {
  /** ms since the run's start. */
  readonly fromMs: number;
  /** Whether what is due in it is judged. */
  readonly phase: Interval["phase"];
  /** The number of its stage; undefined: it lies between stages. */
  readonly stage: number | undefined;
  /** How many pauses of the run its stage has gone on after; absent: none. */
  readonly lap?: number;
}

export function stretchOf({ index, stage, fromMs }: PlannedStage): Stretch {
  return { fromMs, phase: stage.kind === "measured" ? "measured" : "warmup", stage: index };
}

/** Everything recorded for one stretch since the last rotation. */
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
  toInterval(
    bounds: Pick<Interval, "startMs" | "endMs" | "phase" | "stage" | "lap">,
  ): Interval | undefined {
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

function addAll<K, V>(to: Map<K, V>, entries: Iterable<readonly [K, V]>): void {
  for (const [key, value] of entries) to.set(key, value);
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
  readonly #ownLag: OwnLag;
  #intervalStartMs: number;
  /** In order of time; the first one has all that is before it, too. */
  #timeline: { readonly stretch: Stretch; recorded: Accumulator }[];
  /** What was sent to get the next stage ready. */
  #prepared: Map<string, OperationSeries> | undefined;

  /**
   * @param options `startMs`: the run's start on the clock; `stages`: those known from the start,
   * by default there are none, and all is judged; `ownLag`: of a thread that does not know of any
   * there is none
   */
  constructor(
    options: { startMs: number; stages?: readonly PlannedStage[]; ownLag?: OwnLag },
  ) {
    this.#startMs = options.startMs;
    this.#ownLag = options.ownLag ?? (() => 0);
    this.#intervalStartMs = options.startMs;
    const timeline: Stretch[] = options.stages === undefined
      ? [{ fromMs: 0, phase: "measured", stage: undefined }]
      : options.stages.map(stretchOf);
    if (timeline.length === 0) timeline.push({ fromMs: 0, phase: "warmup", stage: undefined });
    this.#timeline = timeline.map((stretch) => ({ stretch, recorded: new Accumulator() }));
  }

  /**
   * Moves the start to this time and forgets all but operations: what was sent to get ready counts
   * with what is judged first, but readings from before the load say nothing about it.
   * @param timeline replaces what was known of it; not empty
   */
  begin(nowMs: number, timeline: readonly Stretch[] = this.timeline): void {
    const before = this.#timeline.flatMap(({ recorded }) => [...recorded.operations]);
    this.#startMs = nowMs;
    this.#intervalStartMs = nowMs;
    this.#timeline = timeline.map((stretch) => ({ stretch, recorded: new Accumulator() }));
    const isToCome = (index: number) => (timeline[index + 1]?.fromMs ?? Infinity) > 0;
    const judged = this.#timeline.find(({ stretch }, index) =>
      stretch.phase === "measured" && isToCome(index)
    );
    addAll(judged?.recorded.operations ?? this.#at(nowMs).operations, before);
  }

  /** What is sent from now on, between stages, is kept for the next one that is judged. */
  prepare(): void {
    this.#prepared = new Map();
  }

  /** What is due from this stretch's beginning on belongs to it; later ones that were planned never come. */
  enter(stretch: Stretch): void {
    const next = this.#timeline.findIndex((part) => part.stretch.fromMs >= stretch.fromMs);
    // The first one stays: it has all that is before it.
    if (next >= 0) this.#timeline.splice(Math.max(1, next));
    const recorded = new Accumulator();
    if (stretch.phase === "measured" && this.#prepared !== undefined) {
      addAll(recorded.operations, this.#prepared);
      this.#prepared = undefined;
    }
    this.#timeline.push({ stretch, recorded });
  }

  /** Whether lag of our own may be why nothing came in that time: then it proves nothing of the target. */
  ownLagExplains(fromMs: number, toMs: number): boolean {
    return explains(this.#ownLag, fromMs, toMs);
  }

  /** Records one finished, dropped or cancelled operation; it belongs to the phase in which it was due. */
  record(sample: Sample): void {
    const { stretch, recorded } = this.#partAt(sample.dueMs);
    const isPrepared = stretch.stage === undefined && stretch.phase === "warmup";
    const operations = (isPrepared ? this.#prepared : undefined) ?? recorded.operations;
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

  /**
   * Records the reading of a level, e.g. requests in flight.
   * @param at `addsUp`: those of several generators add up to the level of the whole load; always so
   * or never for a name
   */
  gauge(
    name: string,
    value: number,
    at: { atMs: number; tags?: Tags; addsUp?: boolean },
  ): void {
    requireFinite(value, name);
    const { gauges } = this.#at(at.atMs);
    const key = seriesKey(name, at.tags);
    const series = gauges.get(key);
    if (series === undefined) {
      const reading = { last: value, min: value, max: value, sum: value, count: 1 };
      gauges.set(key, { name, tags: at.tags, ...reading, ...(at.addsUp ? { addsUp: true } : {}) });
      return;
    }
    series.last = value;
    series.min = Math.min(series.min, value);
    series.max = Math.max(series.max, value);
    series.sum += value;
    series.count++;
  }

  /**
   * Takes out what was recorded since the last rotation: one interval for each stretch that has
   * anything. What ended after its stretch is in one of no length, at the stretch's end. A run's own
   * readings see to it that no second is without one.
   */
  rotate(nowMs: number): Interval[] {
    const startMs = this.#intervalStartMs - this.#startMs;
    const endMs = nowMs - this.#startMs;
    const intervals = this.#timeline.map(({ stretch, recorded }, index) => {
      const fromMs = index === 0 ? -Infinity : stretch.fromMs;
      const untilMs = this.#timeline[index + 1]?.stretch.fromMs ?? Infinity;
      const within = (ms: number) => Math.min(Math.max(ms, fromMs), untilMs);
      return recorded.toInterval({
        startMs: within(startMs),
        endMs: within(endMs),
        phase: stretch.phase,
        ...(stretch.stage === undefined ? {} : { stage: stretch.stage }),
        ...(stretch.lap === undefined ? {} : { lap: stretch.lap }),
      });
    }).filter((interval) => interval !== undefined);
    for (const part of this.#timeline) part.recorded = new Accumulator();
    this.#intervalStartMs = nowMs;
    return intervals;
  }

  /** What is known of it, in order. */
  get timeline(): readonly Stretch[] {
    return this.#timeline.map(({ stretch }) => stretch);
  }

  /** Where that clock time lies. */
  stretchAt(atMs: number): Stretch {
    return this.#partAt(atMs).stretch;
  }

  #partAt(atMs: number): { readonly stretch: Stretch; recorded: Accumulator } {
    const offsetMs = atMs - this.#startMs;
    const part = this.#timeline.findLast(({ stretch }) => stretch.fromMs <= offsetMs);
    return part ?? this.#timeline[0]!;
  }

  #at(atMs: number): Accumulator {
    return this.#partAt(atMs).recorded;
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
