/**
 * What does the right side of a threshold mean, and how is a figure written beside it? Text to a
 * number in a base unit and back without loss. Never compares and never judges.
 * @module
 */

import {
  formatBytes,
  formatDuration,
  formatSignificant,
  parseBytes,
  parseDurationMs,
} from "../units.ts";

/** Base units of limits and figures; "ratio" is 0..1, "none" a plain number. */
export const LIMIT_UNITS = ["ms", "bytes", "perSec", "bytesPerSec", "ratio", "none"] as const;
export type LimitUnit = typeof LIMIT_UNITS[number];

/** A finite number in its base unit; negative only in "ms" (clock skew) and "none". */
export interface Limit {
  readonly value: number;
  readonly unit: LimitUnit;
}

/** What to write for each unit, for messages. */
export const LIMIT_EXAMPLE: Readonly<Record<LimitUnit, string>> = {
  ms: "a duration such as 200ms",
  bytes: "a size such as 64KiB",
  perSec: "a rate such as 50/s",
  bytesPerSec: "a throughput such as 400MB/s",
  ratio: "a share such as 0.1%",
  none: "a number such as 100",
};

const NUMBER = /^(?:\d+(?:\.\d+)?|\.\d+)$/;

/**
 * The limit that the text stands for, or undefined when it is none of the accepted units. A plain
 * number is a ratio where only a ratio is accepted.
 */
export function parseLimit(text: string, accepted: readonly LimitUnit[]): Limit | undefined {
  const negative = text.startsWith("-");
  const limit = magnitudeOf(negative ? text.slice(1) : text);
  if (limit === undefined || !Number.isFinite(limit.value)) return undefined;
  const unit = limit.unit === "none" && !accepted.includes("none") && accepted.includes("ratio")
    ? "ratio"
    : limit.unit;
  if (!accepted.includes(unit)) return undefined;
  if (negative && unit !== "ms" && unit !== "none") return undefined;
  // `0 - x` instead of `-x`: minus zero would not equal the zero it is written as.
  return { value: negative ? 0 - limit.value : limit.value, unit };
}

function magnitudeOf(text: string): Limit | undefined {
  if (NUMBER.test(text)) return { value: Number(text), unit: "none" };
  if (text.endsWith("%")) {
    const percent = text.slice(0, -1);
    // Shifting the decimal point in the text keeps 1.1% at exactly 0.011; dividing would not.
    return NUMBER.test(percent) ? { value: Number(`${percent}e-2`), unit: "ratio" } : undefined;
  }
  if (text.endsWith("/s")) {
    const amount = text.slice(0, -2);
    if (NUMBER.test(amount)) return { value: Number(amount), unit: "perSec" };
    const bytes = orUndefined(() => parseBytes(amount));
    return bytes === undefined ? undefined : { value: bytes, unit: "bytesPerSec" };
  }
  const ms = orUndefined(() => parseDurationMs(text));
  if (ms !== undefined) return { value: ms, unit: "ms" };
  const bytes = orUndefined(() => parseBytes(text));
  return bytes === undefined ? undefined : { value: bytes, unit: "bytes" };
}

function orUndefined(parse: () => number): number | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The limit's canonical text: exact, it reads back as the same number. */
export function formatLimit({ value, unit }: Limit): string {
  switch (unit) {
    case "ms":
      return value < 0 ? `-${exactDuration(-value)}` : exactDuration(value);
    case "bytes":
      return exactBytes(value);
    case "bytesPerSec":
      return `${exactBytes(value)}/s`;
    case "perSec":
      return `${plainDecimal(value)}/s`;
    case "ratio":
      return `${plainDecimal(value, 2)}%`;
    case "none":
      return plainDecimal(value);
  }
}

/** Long units only where they come out whole: 90s stays 90s, 120s becomes 2m. */
const DURATION_STEPS = [
  ["h", 3_600_000, true],
  ["m", 60_000, true],
  ["s", 1_000, false],
  [
    "ms",
    1,
    false,
  ],
  ["us", 1e-3, false],
  ["ns", 1e-6, false],
] as const;

/** A duration that reads back as exactly the same float, e.g. "2m", "1.5s", "200ms". */
export function exactDuration(ms: number): string {
  for (const [unit, unitMs, wholeOnly] of DURATION_STEPS) {
    const amount = Number((ms / unitMs).toPrecision(15));
    if (amount < 1 || !Number.isFinite(amount) || (wholeOnly && !Number.isInteger(amount))) {
      continue;
    }
    const text = `${plainDecimal(amount)}${unit}`;
    if (parseDurationMs(text) === ms) return text;
  }
  return `${plainDecimal(ms)}ms`;
}

const BYTE_STEPS = [
  ["TiB", 1024 ** 4],
  ["TB", 1e12],
  ["GiB", 1024 ** 3],
  ["GB", 1e9],
  ["MiB", 1024 ** 2],
  ["MB", 1e6],
  ["KiB", 1024],
  ["kB", 1e3],
] as const;

function exactBytes(bytes: number): string {
  const step = bytes > 0 && Number.isSafeInteger(bytes)
    ? BYTE_STEPS.find(([, unitBytes]) => bytes % unitBytes === 0)
    : undefined;
  return step === undefined ? `${plainDecimal(bytes)}B` : `${bytes / step[1]}${step[0]}`;
}

/** The shortest decimal that reads back as `value * 10^shift`, never with an exponent. */
export function plainDecimal(value: number, shift = 0): string {
  const [mantissa = "", exponent = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const point = Number(exponent) + shift + 1;
  const sign = value < 0 ? "-" : "";
  if (value === 0) return "0";
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * An observed value in the unit of its limit, for people: three significant digits, or as many more
 * as it takes not to look equal to a limit that it differs from.
 */
export function formatObserved(value: number, limit: Limit): string {
  const text = formatRounded(value, limit.unit);
  if (value === limit.value || text !== formatRounded(limit.value, limit.unit)) return text;
  for (let digits = 4; digits < 17; digits++) {
    const precise = Number(value.toPrecision(digits));
    if (precise !== Number(limit.value.toPrecision(digits))) {
      return inBaseUnit(precise, limit.unit);
    }
  }
  return inBaseUnit(value, limit.unit);
}

/** For people: three significant digits. */
export function formatRounded(value: number, unit: LimitUnit): string {
  switch (unit) {
    case "ms":
      return formatDuration(value);
    case "bytes":
      return formatBytes(value);
    case "bytesPerSec":
      return `${formatBytes(value)}/s`;
    case "perSec":
      return `${formatSignificant(value)}/s`;
    case "ratio":
      return `${formatSignificant(value * 100)}%`;
    case "none":
      return Number.isInteger(value) ? plainDecimal(value) : formatSignificant(value);
  }
}

function inBaseUnit(value: number, unit: LimitUnit): string {
  switch (unit) {
    case "ms":
      return `${plainDecimal(value)}ms`;
    case "bytes":
      return `${plainDecimal(value)} B`;
    case "bytesPerSec":
      return `${plainDecimal(value)} B/s`;
    case "perSec":
      return `${plainDecimal(value)}/s`;
    case "ratio":
      return `${plainDecimal(value, 2)}%`;
    case "none":
      return plainDecimal(value);
  }
}
