/**
 * When is each iteration of an open load due? Pure sequences of offsets from the start: no clock,
 * no timer, and no chance but the generator handed in.
 * @module
 */

import { formatDuration } from "../units.ts";
import type { Rng } from "./rng.ts";

/** One schedule of arrivals. A plain value: iterating it twice gives two independent sequences. */
export interface ArrivalProcess {
  /** E.g. `poisson:50/s`; what `parseArrival` makes this process from, except for `replay`. */
  readonly label: string;
  /** Due offsets in ms from the start, non-decreasing, possibly endless. */
  offsets(rng: Rng): IterableIterator<number>;
  /**
   * The load that this process offers up to a time: the mean number of arrivals in
   * [0, offsetMs); for constant, ramp and step the integral of the rate, which the number of
   * arrivals is never more than one away from.
   */
  expectedBy(offsetMs: number): number;
  /** How long the schedule is, ms; Infinity if it is endless. */
  readonly durationMs: number;
  /** The rate that it has all the time; absent: it has none, as a ramp, or comes in bursts. */
  readonly ratePerSec?: number;
  /** How many arrivals there are, where no chance has a say in it; `expectedBy` is then exact. */
  readonly count?: number;
}

/** Longest gap of a Poisson process unless told otherwise: 300 s, as in k8api-scaletest's cmdriver. */
export const DEFAULT_MAX_GAP_MS = 300_000;

const MS_PER_SEC = 1_000;

function requirePositive(value: number, what: string): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(`Cannot use ${what} ${value}: expected a finite number above 0`);
  }
}

function requireNotNegative(value: number, what: string): void {
  if (!Number.isFinite(value) || value < 0) {
    throw new RangeError(`Cannot use ${what} ${value}: expected a finite number of at least 0`);
  }
}

/** The duration in a form that is read back exactly. */
function durationText(ms: number): string {
  return ms % MS_PER_SEC === 0 ? `${ms / MS_PER_SEC}s` : `${ms}ms`;
}

/**
 * Equal gaps: arrival k = 0, 1, 2, ... is due at k / rate, the first one at once.
 * @throws {RangeError} if the rate is not finite and above 0
 */
export function constant(ratePerSec: number): ArrivalProcess {
  requirePositive(ratePerSec, "arrival rate");
  return {
    label: `constant:${ratePerSec}/s`,
    ratePerSec,
    durationMs: Infinity,
    *offsets() {
      for (let index = 0;; index++) yield index * MS_PER_SEC / ratePerSec;
    },
    expectedBy: (offsetMs) => Math.max(0, offsetMs) * ratePerSec / MS_PER_SEC,
  };
}

/** Offsets whose gaps are drawn one by one; the first arrival is one gap after the start. */
function* accumulated(nextGapMs: () => number): IterableIterator<number> {
  for (let offsetMs = nextGapMs();; offsetMs += nextGapMs()) yield offsetMs;
}

/**
 * A Poisson process: gaps are -1000 ln(1 - u) / rate ms, u uniform in [0, 1), cut off at
 * `maxGapMs`, the first arrival one gap after the start.
 * Source: Knuth, TAOCP vol. 2, 3.4.1 (exponential deviates).
 * @throws {RangeError} if the rate or the gap is not finite and above 0
 */
export function poisson(
  ratePerSec: number,
  { maxGapMs = DEFAULT_MAX_GAP_MS }: { maxGapMs?: number } = {},
): ArrivalProcess {
  requirePositive(ratePerSec, "arrival rate");
  requirePositive(maxGapMs, "longest gap in ms");
  const ratePerMs = ratePerSec / MS_PER_SEC;
  // E[min(X, m)] of an exponential X is (1 - e^(-rate m)) / rate.
  const meanGapMs = -Math.expm1(-ratePerMs * maxGapMs) / ratePerMs;
  const cap = maxGapMs === DEFAULT_MAX_GAP_MS ? "" : `,gap<=${durationText(maxGapMs)}`;
  return {
    label: `poisson:${ratePerSec}/s${cap}`,
    ratePerSec,
    durationMs: Infinity,
    offsets: (rng) => accumulated(() => Math.min(maxGapMs, -Math.log1p(-rng.next()) / ratePerMs)),
    // Below the cap no gap can have been cut off, which makes it exact; beyond, elementary renewal.
    expectedBy: (offsetMs) =>
      Math.max(0, offsetMs) * (offsetMs <= maxGapMs ? ratePerMs : 1 / meanGapMs),
  };
}

/**
 * The mean number of sums of uniform [0, 1) gaps that are below x: sum over k <= x of
 * (-1)^k (x - k)^k e^(x - k) / k!, less 1. From 4 on 2x - 1/3 is within 1e-4 of it, and the sum
 * would soon lose its digits to cancellation.
 * Source: Feller, An Introduction to Probability Theory, vol. 2, XI.1 and XI.3 (renewal theory).
 */
function uniformRenewals(x: number): number {
  if (x >= 4) return 2 * x - 1 / 3;
  let sum = 0;
  for (let k = 0, factorial = 1; k <= x; k++, factorial *= k) {
    sum += (-1) ** k * (x - k) ** k * Math.exp(x - k) / factorial;
  }
  return sum - 1;
}

/**
 * Gaps uniform in [0, 2 / rate), the first arrival one gap after the start: random, but without
 * the long gaps and the dense clusters of Poisson.
 * @throws {RangeError} if the rate is not finite and above 0
 */
export function uniform(ratePerSec: number): ArrivalProcess {
  requirePositive(ratePerSec, "arrival rate");
  const longestGapMs = 2 * MS_PER_SEC / ratePerSec;
  return {
    label: `uniform:${ratePerSec}/s`,
    ratePerSec,
    durationMs: Infinity,
    offsets: (rng) => accumulated(() => rng.next() * longestGapMs),
    expectedBy: (offsetMs) => offsetMs <= 0 ? 0 : uniformRenewals(offsetMs / longestGapMs),
  };
}

/** The whole arrivals in an area under a rate curve; a rounding error below it does not cost one. */
function wholeArrivals(area: number): number {
  return Math.floor(area * (1 + 1e-12));
}

/** One straight piece of a rate curve: from one rate to another in a duration. */
export interface RateSegment {
  readonly fromPerSec: number;
  readonly toPerSec: number;
  readonly durationMs: number;
}

/** Area under the piece up to `offsetMs` after its start, in arrivals. */
function areaOf({ fromPerSec, toPerSec, durationMs }: RateSegment, offsetMs: number): number {
  const seconds = Math.min(Math.max(0, offsetMs), durationMs) / MS_PER_SEC;
  return seconds * (fromPerSec + (toPerSec - fromPerSec) * seconds * MS_PER_SEC / durationMs / 2);
}

/**
 * When the area under the piece reaches `area`, ms from its start: the root of
 * a t + s t^2 / 2 = area, a the first rate and s the slope, written as 2 area / (a + sqrt(a^2 +
 * 2 s area)), which holds for s = 0 and does not cancel.
 */
function timeOfArea({ fromPerSec, toPerSec, durationMs }: RateSegment, area: number): number {
  if (area <= 0) return 0;
  const slope = (toPerSec - fromPerSec) * MS_PER_SEC / durationMs;
  const root = Math.sqrt(Math.max(0, fromPerSec ** 2 + 2 * slope * area));
  return Math.min(durationMs, 2 * area * MS_PER_SEC / (fromPerSec + root));
}

/**
 * The n-th arrival, n = 1, 2, ..., is due when the integral of the rate over all pieces reaches n,
 * so a fraction that one piece leaves over counts towards the next.
 */
function rateCurve(label: string, segments: readonly RateSegment[]): ArrivalProcess {
  for (const { fromPerSec, toPerSec, durationMs } of segments) {
    requireNotNegative(fromPerSec, "arrival rate");
    requireNotNegative(toPerSec, "arrival rate");
    requirePositive(durationMs, "duration in ms");
  }
  if (!segments.some(({ fromPerSec, toPerSec }) => fromPerSec + toPerSec > 0)) {
    throw new RangeError(`Cannot use arrivals "${label}": expected at least one rate above 0`);
  }
  return {
    label,
    durationMs: segments.reduce((sum, { durationMs }) => sum + durationMs, 0),
    *offsets() {
      let startMs = 0;
      let areaBefore = 0;
      let arrival = 1;
      for (const segment of segments) {
        const areaAfter = areaBefore + areaOf(segment, segment.durationMs);
        for (const last = wholeArrivals(areaAfter); arrival <= last; arrival++) {
          yield startMs + timeOfArea(segment, arrival - areaBefore);
        }
        startMs += segment.durationMs;
        areaBefore = areaAfter;
      }
    },
    expectedBy(offsetMs) {
      let startMs = 0;
      let area = 0;
      for (const segment of segments) {
        area += areaOf(segment, offsetMs - startMs);
        startMs += segment.durationMs;
      }
      return area;
    },
  };
}

/**
 * A rate that grows or falls in a straight line, then ends. One of the rates may be 0.
 * @throws {RangeError} if a rate is negative or not finite, both are 0, or the duration is not above 0
 */
export function ramp(segment: RateSegment): ArrivalProcess {
  const { fromPerSec, toPerSec, durationMs } = segment;
  const label = `ramp:${fromPerSec}/s..${toPerSec}/s@${durationText(durationMs)}`;
  return rateCurve(label, [segment]);
}

/**
 * Constant rates one after the other, then the end. A rate of 0 is a pause.
 * @throws {RangeError} if there is no step with a rate above 0, or a rate or duration is out of range
 */
export function step(
  steps: readonly { readonly ratePerSec: number; readonly durationMs: number }[],
): ArrivalProcess {
  const text = steps.map((one) => `${one.ratePerSec}/s@${durationText(one.durationMs)}`);
  return rateCurve(
    `step:${text.join(",")}`,
    steps.map(({ ratePerSec, durationMs }) => ({
      fromPerSec: ratePerSec,
      toPerSec: ratePerSec,
      durationMs,
    })),
  );
}

/**
 * `size` arrivals at once at 0, everyMs, 2 everyMs, ...
 * @throws {RangeError} if the size is not an integer above 0 or the period not finite and above 0
 */
export function burst({ size, everyMs }: { size: number; everyMs: number }): ArrivalProcess {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Cannot use burst size ${size}: expected an integer of at least 1`);
  }
  requirePositive(everyMs, "burst period in ms");
  return {
    label: `burst:${size}@${durationText(everyMs)}`,
    durationMs: Infinity,
    *offsets() {
      for (let index = 0;; index++) yield Math.floor(index / size) * everyMs;
    },
    expectedBy: (offsetMs) => size * Math.ceil(Math.max(0, offsetMs) / everyMs),
  };
}

/**
 * Recorded arrivals again, then the end.
 * @param offsetsMs from the start, non-decreasing, at least one
 * @throws {RangeError} if there is none, or one is negative, not finite or before the one above it
 */
export function replay(
  offsetsMs: readonly number[],
  { name }: { name?: string } = {},
): ArrivalProcess {
  if (offsetsMs.length === 0) {
    throw new RangeError("Cannot replay no arrivals: expected one or more");
  }
  offsetsMs.forEach((offsetMs, index) => {
    requireNotNegative(offsetMs, `arrival offset number ${index + 1} in ms`);
    const before = offsetsMs[index - 1] ?? 0;
    if (offsetMs >= before) return;
    throw new RangeError(
      `Cannot replay arrival ${index + 1} at ${offsetMs} ms: expected at least ${before} ms, ` +
        "the offset before it",
    );
  });
  const offsets = [...offsetsMs];
  const count = offsets.length;
  const durationMs = offsets[count - 1] ?? 0;
  const amount = `${count} arrival${count === 1 ? "" : "s"} over ${formatDuration(durationMs)}`;
  return {
    label: name === undefined ? `replay:${amount}` : `replay:${name} (${amount})`,
    durationMs,
    count,
    offsets: () => offsets.values(),
    expectedBy: (offsetMs) => offsets.filter((one) => one < offsetMs).length,
  };
}

/** How far ahead the load of an endless schedule is averaged. */
const ENDLESS_SPAN_MS = 60_000;

/**
 * The load that it offers over the time that it is driven, at most `limitMs` (Infinity: no limit);
 * 0 if nothing comes in that time, or everything at its beginning.
 */
export function meanRatePerSec(arrivals: ArrivalProcess, limitMs: number): number {
  const endMs = Math.min(arrivals.durationMs, limitMs);
  if (endMs === 0) return 0;
  const spanMs = Number.isFinite(endMs) ? endMs : ENDLESS_SPAN_MS;
  return arrivals.expectedBy(spanMs) * MS_PER_SEC / spanMs;
}
