/**
 * Times as kubectl writes them in its tables: two units while the second one matters.
 * Source: apimachinery, pkg/util/duration, HumanDuration.
 * @module
 */

const UNIT_S = { s: 1, m: 60, h: 3_600, d: 86_400, y: 365 * 86_400 };

/** `119s`, `9m59s`, `179m`, `7h59m`, `47h`, `7d23h`, `400d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1_000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * UNIT_S.m) return `${seconds}s`;
  if (seconds < 10 * UNIT_S.m) return inUnits(seconds, "m", "s");
  if (seconds < 3 * UNIT_S.h) return inUnits(seconds, "m");
  if (seconds < 8 * UNIT_S.h) return inUnits(seconds, "h", "m");
  if (seconds < 2 * UNIT_S.d) return inUnits(seconds, "h");
  if (seconds < 8 * UNIT_S.d) return inUnits(seconds, "d", "h");
  if (seconds < 2 * UNIT_S.y) return inUnits(seconds, "d");
  return seconds < 8 * UNIT_S.y ? inUnits(seconds, "y", "d") : inUnits(seconds, "y");
}

function inUnits(seconds: number, unit: keyof typeof UNIT_S, rest?: keyof typeof UNIT_S): string {
  const whole = `${Math.floor(seconds / UNIT_S[unit])}${unit}`;
  if (rest === undefined) return whole;
  const left = Math.floor(seconds % UNIT_S[unit] / UNIT_S[rest]);
  return left === 0 ? whole : `${whole}${left}${rest}`;
}
