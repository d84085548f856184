/**
 * What a level of the whole load was, of which each generator saw its part: the sum of the parts second
 * by second, once all have told of it. Their means add up exactly; their lowest and highest readings
 * need not have been at the same moment of it, so that the sum's are bounds.
 * @module
 */

import { given } from "../given.ts";
import type { GaugeInterval, Interval } from "./interval.ts";
import { INTERVAL_MS, secondOf } from "./interval.ts";
import { seriesKey } from "./series_key.ts";

type Reading = Pick<GaugeInterval, "last" | "min" | "max" | "sum" | "count">;

/** A level of one second: what each generator read of it. */
interface Level {
  readonly gauge: Pick<GaugeInterval, "name" | "tags">;
  readonly parts: Map<number, Reading>;
}

/** A second of a stage, or what of it lies on one side of a pause, that not all have told of. */
interface Second {
  readonly number: number;
  bounds: Pick<Interval, "startMs" | "endMs" | "phase" | "stage" | "lap">;
  /** By their series. */
  readonly levels: Map<string, Level>;
}

/** See the module. */
export class LevelSums {
  /** How far each generator has told, ms since the run's start, and whether that is all. */
  readonly #told: readonly { untilMs: number; isAll: boolean }[];
  readonly #seconds = new Map<string, Second>();
  /** By stage, series and generator: a level stays what it was until somebody reads another. */
  readonly #latest = new Map<string, number>();

  /** @param generators how many there are */
  constructor(generators: number) {
    this.#told = Array.from({ length: generators }, () => ({ untilMs: 0, isAll: false }));
  }

  /**
   * Takes in what a generator measured; each tells its own in order of time.
   * @returns what the levels of the seconds were that all have told of now, in order of time
   */
  add(interval: Interval): Interval[] {
    const { generator = 0, endMs, gauges } = interval;
    for (const gauge of gauges) if (gauge.addsUp) this.#add(gauge, interval);
    const told = this.#told[generator]!;
    told.untilMs = Math.max(told.untilMs, endMs);
    return this.#take();
  }

  /** How many seconds since the run's start all have told of; Infinity: of all there will be. */
  get toldSeconds(): number {
    return Math.min(...this.#told.map(({ untilMs, isAll }) => isAll ? Infinity : toldOf(untilMs)));
  }

  /** How many the foremost of them has told of. */
  get foremostSeconds(): number {
    return Math.max(...this.#told.map(({ untilMs }) => toldOf(untilMs)));
  }

  /** This generator has told all, and has no part in what comes. @returns as {@link add} */
  end(generator: number): Interval[] {
    this.#told[generator]!.isAll = true;
    return this.#take();
  }

  #add({ name, tags, ...reading }: GaugeInterval, interval: Interval): void {
    const { generator = 0 } = interval;
    const { bounds, levels } = this.#secondOf(interval);
    bounds.startMs = Math.min(bounds.startMs, interval.startMs);
    bounds.endMs = Math.max(bounds.endMs, interval.endMs);
    const key = seriesKey(name, tags);
    const { parts } = getOrSet(levels, key, () => ({ gauge: { name, tags }, parts: new Map() }));
    const before = parts.get(generator);
    parts.set(generator, before === undefined ? reading : following(before, reading));
  }

  #secondOf(interval: Interval): Second {
    const { startMs, endMs, phase, stage, lap } = interval;
    const number = secondOf(interval);
    return getOrSet(this.#seconds, `${number} ${stage} ${lap}`, () => ({
      number,
      bounds: { startMs, endMs, phase, ...given({ stage, lap }) },
      levels: new Map(),
    }));
  }

  #take(): Interval[] {
    const { toldSeconds } = this;
    const whole = [...this.#seconds].filter(([, { number }]) => number < toldSeconds);
    for (const [key] of whole) this.#seconds.delete(key);
    return whole.map(([, second]) => second)
      .sort((one, other) => one.bounds.startMs - other.bounds.startMs)
      .map((second) => this.#sum(second));
  }

  #sum({ bounds, levels }: Second): Interval {
    const gauges = [...levels].map(([series, { gauge, parts }]) => {
      const readings = this.#told.map(({ untilMs }, generator) => {
        const key = `${bounds.stage} ${generator} ${series}`;
        const reading = parts.get(generator);
        if (reading !== undefined) this.#latest.set(key, reading.last);
        const isThere = bounds.startMs < untilMs;
        return reading ?? constant(isThere ? this.#latest.get(key) ?? 0 : 0);
      });
      return { ...gauge, ...together(readings), addsUp: true as const };
    });
    return { ...bounds, operations: [], distributions: [], counters: [], gauges };
  }
}

/** Each closes its intervals a little after the end of a second. */
function toldOf(untilMs: number): number {
  return Math.round(untilMs / INTERVAL_MS);
}

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

/** A level that nobody has read. */
function constant(level: number): Reading {
  return { last: level, min: level, max: level, sum: 0, count: 0 };
}

/** Readings of one generator, one after the other. */
function following(one: Reading, other: Reading): Reading {
  return {
    last: other.last,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    sum: one.sum + other.sum,
    count: one.count + other.count,
  };
}

/** Readings of all generators, at the same time: as if each of them had been one of the whole. */
function together(parts: readonly Reading[]): Reading {
  const sum = (of: (part: Reading) => number) => parts.reduce((total, part) => total + of(part), 0);
  const count = sum((part) => part.count);
  const mean = sum((part) => part.count === 0 ? part.last : part.sum / part.count);
  return {
    last: sum(({ last }) => last),
    min: sum(({ min }) => min),
    max: sum(({ max }) => max),
    sum: mean * count,
    count,
  };
}
