/**
 * Text to numbers and back: durations, byte sizes, ratios. Conversions happen here and at the
 * borders only; inside, time is float milliseconds and size is bytes.
 * @module
 */

import { ownValue } from "./named_values.ts";

const DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const BYTE_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  k: 1024,
  K: 1024,
  Ki: 1024,
  KiB: 1024,
  M: 1024 ** 2,
  Mi: 1024 ** 2,
  MiB: 1024 ** 2,
  G: 1024 ** 3,
  Gi: 1024 ** 3,
  GiB: 1024 ** 3,
  Ti: 1024 ** 4,
  TiB: 1024 ** 4,
};

const DURATION = /^(?:\d+(?:\.\d+)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d)/;

/**
 * Milliseconds of a duration such as `250us`, `10ms`, `1.5s`, `1m30s`, `2h`. A bare number is in
 * seconds, as the tools that scaletool replaces had it (`-period 0.01`).
 * @throws {SyntaxError} if the text is not a non-negative duration
 */
export function parseDurationMs(text: string): number {
  if (/^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text)) return Number(text) * 1_000;
  let rest = text;
  let totalMs = 0;
  while (rest !== "") {
    const part = DURATION.exec(rest)?.[0];
    if (part === undefined) {
      throw new SyntaxError(
        `Cannot read duration "${text}": expected for example 250us, 10ms, 1m30s`,
      );
    }
    const value = parseFloat(part);
    totalMs += value * (DURATION_UNIT_MS[part.replace(/^[\d.]+/, "")] ?? NaN);
    rest = rest.slice(part.length);
  }
  if (text === "") throw new SyntaxError('Cannot read duration "": expected for example 10ms');
  return totalMs;
}

/**
 * Bytes of a size such as `500`, `64KiB`, `1MiB`, `10MB`. `K`, `M` and `G` alone are binary, as in
 * Kubernetes' `Ki`; `kB`, `MB`, `GB` are decimal.
 * @throws {SyntaxError} if the text is not a non-negative size
 */
export function parseBytes(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unit === "" ? 1 : ownValue(BYTE_UNIT, unit ?? "-");
  if (value === undefined || factor === undefined) {
    throw new SyntaxError(
      `Cannot read size "${text}": expected for example 500, 64KiB, 1MiB, 10MB`,
    );
  }
  return Math.round(Number(value) * factor);
}

/**
 * Three significant digits without an exponent, at most nine decimals, trailing zeros dropped; from
 * 1000 on the whole number: 0.01234 -> "0.0123", 12.34 -> "12.3", 1234.5 -> "1235".
 */
export function formatSignificant(value: number): string {
  if (Math.abs(value) < 5e-10) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude >= 3) return Math.round(value).toString();
  const fixed = value.toFixed(Math.min(9, 2 - magnitude));
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

/** A duration for people: "850us", "12.3ms", "4.56s", "2m5s", "1h3m". */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size === 0) return "0s";
  if (size < 0.9995) return `${sign}${formatSignificant(size * 1_000)}us`;
  if (size < 999.5) return `${sign}${formatSignificant(size)}ms`;
  if (size < 60_000) return `${sign}${formatSignificant(size / 1_000)}s`;
  const seconds = Math.round(size / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds % 3_600 / 60);
  if (hours > 0) return `${sign}${hours}h${minutes}m`;
  return `${sign}${minutes}m${seconds % 60}s`;
}

/** A byte size for people in decimal units: "512 B", "1.05 MB", "3.2 GB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let index = 0;
  let value = bytes;
  while (Math.abs(value) >= 999.5 && index < units.length - 1) {
    value /= 1_000;
    index++;
  }
  return `${formatSignificant(value)} ${units[index]}`;
}
