/**
 * How does a user write a schedule of arrivals? Text to {@link ArrivalProcess}; the way back is
 * the process's label. Reads a file only through the function it is given.
 *
 * A replay file holds one arrival a line, as a number of ms from the start of the load or a duration
 * with its unit (`2.5`, `250us`, `1m30s`), never going back; equal ones arrive together. Empty lines and
 * what follows `#` do not count.
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
import { normal } from "./normal_arrival.ts";

/** A file that cannot be replayed: which one, which line, and why. */
export class ReplayFileError extends SyntaxError {
  override name = "ReplayFileError";
}

/** No load waits 11 days for its first arrival; seconds since 1970 have been more since 2001. */
const LEAST_EPOCH = 1e9;

interface Entry {
  readonly offsetMs: number;
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Offsets in ms, at least one.
 * @param path for messages
 * @throws {ReplayFileError} with the line's number for what is no such offset, is negative, goes back,
 * or is a time since 1970; or if there is none
 */
export function parseReplayFile(text: string, { path }: { path: string }): number[] {
  const refuse = (reason: string, line?: number) => {
    const where = line === undefined ? "" : `, line ${line}`;
    return new ReplayFileError(`Cannot replay "${path}"${where}: ${reason}`);
  };
  const offsets: number[] = [];
  let before: Entry | undefined;
  for (const [index, whole] of text.split("\n").entries()) {
    const entry = { text: whole.replace(/#.*/, "").trim(), line: index + 1 };
    if (entry.text === "") continue;
    const found = offsetOf(entry.text, before);
    if (typeof found === "string") throw refuse(found, entry.line);
    before = { ...entry, offsetMs: found };
    offsets.push(found);
  }
  if (offsets.length === 0) {
    throw refuse("it holds no arrival; expected one a line, in ms from the start");
  }
  return offsets;
}

/** Or why it is none. */
function offsetOf(text: string, before: Entry | undefined): number | string {
  const isBare = /^(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  if (/^-/.test(text)) return `"${text}" is before the start`;
  let offsetMs: number;
  try {
    offsetMs = isBare ? Number(text) : parseDurationMs(text);
  } catch {
    return `expected ms from the start, or a duration such as 250us or 1m30s, not "${text}"`;
  }
  if (before === undefined && isBare && offsetMs >= LEAST_EPOCH) {
    return `${text} looks like a time since 1970; expected ms from the start of the load: ` +
      "subtract the first time from each";
  }
  if (offsetMs < (before?.offsetMs ?? 0)) {
    return `"${text}" is before "${before?.text}" of line ${before?.line}; expected times in order`;
  }
  return Number.isFinite(offsetMs) ? offsetMs : `"${text}" is too large`;
}

/** What {@link parseArrival} reads, one example each; for help texts. */
export const ARRIVAL_FORMS = [
  "50/s",
  "constant:50/s",
  "poisson:50/s",
  "uniform:50/s",
  "normal:50/s",
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
    case "normal":
      return normal(parseRatePerSec(value));
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
  const [, kind, rate, rest = ""] =
    /^(constant|poisson|uniform|normal):([^/]+)\/s(.*)$/.exec(label) ?? [];
  if (rate === undefined) return undefined;
  return { ratePerSec: Number(rate), at: (ratePerSec) => `${kind}:${ratePerSec}/s${rest}` };
}
