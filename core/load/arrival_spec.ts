/**
 * How does a user write a schedule of arrivals? Text to {@link ArrivalProcess}; the way back is
 * the process's label. Reads a file only through the function it is given.
 * @module
 */

import { parseDurationMs } from "../units.ts";
import {
  type ArrivalProcess,
  burst,
  constant,
  poisson,
  ramp,
  replay,
  step,
  uniform,
} from "./arrival.ts";
import { parseReplayFile, ReplayFileError } from "./replay_file.ts";

/** What {@link parseArrival} reads, one example each; for help texts. */
export const ARRIVAL_FORMS = [
  "50/s",
  "constant:50/s",
  "poisson:50/s",
  "uniform:50/s",
  "ramp:10/s..100/s@30s",
  "step:10/s@10s,50/s@10s",
  "burst:20@1s",
  "replay:FILE",
] as const;

const RATE_UNIT_SEC: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/**
 * Arrivals per second of `50/s`, `300/m`, `1/h`; a bare number is per second.
 * @throws {SyntaxError} if the text is not such a rate
 */
export function parseRatePerSec(text: string): number {
  const [, value, unit = "s"] =
    /^((?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)(?:\/([smh]))?$/.exec(text) ?? [];
  if (value === undefined) {
    throw new SyntaxError(`Cannot read rate "${text}": expected for example 50/s, 300/m, 10/h`);
  }
  return Number(value) / (RATE_UNIT_SEC[unit] ?? NaN);
}

/** The two sides of the only separator in the text. */
function split(text: string, separator: string): [string, string] {
  const [before, after, ...more] = text.split(separator);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new SyntaxError(`Cannot read "${text}": expected one "${separator}"`);
  }
  return [before, after];
}

function parsePoisson(text: string): ArrivalProcess {
  if (!text.includes(",")) return poisson(parseRatePerSec(text));
  const [rate, option] = split(text, ",");
  const [, maxGap] = /^gap<=(.+)$/.exec(option) ?? [];
  if (maxGap === undefined) {
    throw new SyntaxError(`Cannot read "${option}": expected for example gap<=60s`);
  }
  return poisson(parseRatePerSec(rate), { maxGapMs: parseDurationMs(maxGap) });
}

function parseRamp(text: string): ArrivalProcess {
  const [rates, duration] = split(text, "@");
  const [from, to] = split(rates, "..");
  return ramp({
    fromPerSec: parseRatePerSec(from),
    toPerSec: parseRatePerSec(to),
    durationMs: parseDurationMs(duration),
  });
}

function parseStep(text: string): ArrivalProcess {
  return step(
    text.split(",").map((one) => {
      const [rate, duration] = split(one.trim(), "@");
      return { ratePerSec: parseRatePerSec(rate), durationMs: parseDurationMs(duration) };
    }),
  );
}

function parseBurst(text: string): ArrivalProcess {
  const [size, period] = split(text, "@");
  if (!/^\d+$/.test(size)) {
    throw new SyntaxError(`Cannot read burst size "${size}": expected a whole number`);
  }
  return burst({ size: Number(size), everyMs: parseDurationMs(period) });
}

function parseForm(text: string, readFile: ((path: string) => string) | undefined): ArrivalProcess {
  const [, kind = "constant", value = ""] = /^(?:([a-z]+):)?(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case "constant":
      return constant(parseRatePerSec(value));
    case "poisson":
      return parsePoisson(value);
    case "uniform":
      return uniform(parseRatePerSec(value));
    case "ramp":
      return parseRamp(value);
    case "step":
      return parseStep(value);
    case "burst":
      return parseBurst(value);
    case "replay":
      if (readFile === undefined) throw new SyntaxError("files cannot be read here");
      return replay(parseReplayFile(readFile(value), { path: value }), { name: value });
    default:
      throw new SyntaxError(`there is no kind "${kind}"`);
  }
}

/**
 * The process that the text describes, in one of the {@link ARRIVAL_FORMS}.
 * `parseArrival(process.label)` is the same process again, for all but `replay`.
 * @param readFile gives the text of a file for `replay:FILE`; what it throws passes through
 * @throws {SyntaxError} if the text is not in one of the forms, or a rate, duration or size in it
 * is out of range
 * @throws {ReplayFileError} (a SyntaxError) if the file cannot be replayed
 */
export function parseArrival(text: string, readFile?: (path: string) => string): ArrivalProcess {
  try {
    return parseForm(text.trim(), readFile);
  } catch (error) {
    const isOfText = error instanceof SyntaxError || error instanceof RangeError;
    if (!isOfText || error instanceof ReplayFileError) throw error;
    throw new SyntaxError(
      `Cannot read arrivals "${text}": ${error.message}; expected one of ${
        ARRIVAL_FORMS.join(", ")
      }`,
      { cause: error },
    );
  }
}

/** A process with one rate, which may be another one. */
export interface RatedArrivals {
  readonly ratePerSec: number;
  /** The same process with this rate, as {@link parseArrival} reads it. */
  readonly at: (ratePerSec: number) => string;
}

/** The process as one of any rate; undefined: its rate changes with time, or it has none. */
export function ratedArrivals({ label }: ArrivalProcess): RatedArrivals | undefined {
  const [, kind, rate, rest = ""] = /^(constant|poisson|uniform):([^/]+)\/s(.*)$/.exec(label) ?? [];
  if (rate === undefined) return undefined;
  return { ratePerSec: Number(rate), at: (ratePerSec) => `${kind}:${ratePerSec}/s${rest}` };
}
