/**
 * Durations as Go's programs take them in their settings: `90s`, `1h30m`, `1.5h`, `-5m`, `0`. They are
 * not those of the command line, which know days, bare seconds and no sign.
 * Source: Go, time/format.go, ParseDuration.
 * @module
 */

const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n, // U+00B5, micro sign
  "μs": 1_000n, // U+03BC, Greek letter mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const PART = /(\d*)(?:\.(\d*))?([^\d.]+)/y;
/** Of an int64. */
const MOST_NS = 2n ** 63n;

/**
 * Nanoseconds.
 * @throws {SyntaxError}
 */
export function parseGoDurationNs(text: string): bigint {
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0n;
  const ns = magnitudeNs(rest);
  const most = sign === "-" ? MOST_NS : MOST_NS - 1n;
  if (ns === undefined || ns > most) {
    throw new SyntaxError(`"${text}" is no duration such as 90s or 1h30m`);
  }
  return sign === "-" ? -ns : ns;
}

/** Undefined: it cannot be read. */
function magnitudeNs(text: string): bigint | undefined {
  let totalNs: bigint | undefined;
  for (PART.lastIndex = 0; PART.lastIndex < text.length;) {
    const [, whole = "", fraction = "", unit = ""] = PART.exec(text) ?? [];
    const unitNs = Object.hasOwn(UNIT_NS, unit) ? UNIT_NS[unit] : undefined;
    if (unitNs === undefined || whole + fraction === "") return undefined;
    totalNs = (totalNs ?? 0n) + BigInt(whole || "0") * unitNs + fractionNs(fraction, unitNs);
  }
  return totalNs;
}

/** In the floating point of the original, with its errors, and without the digits that it passes over. */
function fractionNs(fraction: string, unitNs: bigint): bigint {
  let digits = fraction;
  while (BigInt(digits) > MOST_NS) digits = digits.slice(0, -1);
  return BigInt(Math.trunc(Number(digits) * (Number(unitNs) / 10 ** digits.length)));
}
