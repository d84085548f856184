/**
 * The five fields of a cron line: minute, hour, day of the month, month, day of the week. Taken as
 * robfig/cron takes them, which is less strict than crontab(5) here and stricter there: a field of
 * nothing but commas is one that never comes, and Sunday is 0 and not 7.
 * Source: robfig/cron v3.0.0, parser.go.
 * @module
 */

/** What of a field fits. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** It has `*` or `?` without a step: the other day field decides alone. */
  readonly isAny: boolean;
}

export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  /** From 1. */
  readonly dayOfMonth: CronField;
  /** From 1. */
  readonly month: CronField;
  /** Sunday is 0. */
  readonly dayOfWeek: CronField;
}

interface Bounds {
  /** As messages call it. */
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** Of the values from `min` on. */
  readonly names?: readonly string[];
}

const BOUNDS: Readonly<Record<keyof CronFields, Bounds>> = {
  minute: { what: "minute", min: 0, max: 59 },
  hour: { what: "hour", min: 0, max: 23 },
  dayOfMonth: { what: "day of the month", min: 1, max: 31 },
  month: {
    what: "month",
    min: 1,
    max: 12,
    names: "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
  },
  dayOfWeek: {
    what: "day of the week",
    min: 0,
    max: 6,
    names: "sun mon tue wed thu fri sat".split(" "),
  },
};

/** @throws {SyntaxError} */
export function parseCronFields(text: string): CronFields {
  const fields = text.split(/\p{White_Space}+/u).filter((field) => field !== "");
  const names = Object.keys(BOUNDS) as (keyof CronFields)[];
  if (fields.length !== names.length) {
    const list = names.map((name) => BOUNDS[name].what).join(", ");
    throw new SyntaxError(`it has ${fields.length} fields instead of ${names.length}: ${list}`);
  }
  const parsed = names.map((name, index) => [name, parseField(fields[index]!, BOUNDS[name])]);
  return Object.fromEntries(parsed) as CronFields;
}

function parseField(text: string, bounds: Bounds): CronField {
  const ranges = text.split(",").filter((range) => range !== "")
    .map((range) => parseRange(range, bounds));
  return {
    values: new Set(ranges.flatMap(({ values }) => [...values])),
    isAny: ranges.some(({ isAny }) => isAny),
  };
}

/** `*`, `5`, `1-5`, `1-5/2`, `*` with a step, and `5/2`, which goes on to the end. */
function parseRange(text: string, bounds: Bounds): CronField {
  const [range = "", stepText, ...furtherSteps] = text.split("/");
  const [low = "", high, ...furtherHighs] = range.split("-");
  const isAll = low === "*" || low === "?"; // whatever stands behind a hyphen after it
  if (furtherSteps.length > 0 || (!isAll && furtherHighs.length > 0)) {
    throw new SyntaxError(`"${text}" is no range of ${bounds.what}s`);
  }
  const first = isAll ? bounds.min : parseValue(low, bounds);
  const goesOn = isAll || (high === undefined && stepText !== undefined);
  const last = goesOn ? bounds.max : high === undefined ? first : parseValue(high, bounds);
  const step = stepText === undefined ? 1 : parseNumber(stepText, bounds);
  if (first < bounds.min || last > bounds.max || first > last || step === 0) {
    throw new SyntaxError(
      `"${text}" is no range of ${bounds.what}s from ${bounds.min} to ${bounds.max}`,
    );
  }
  const values = new Set<number>();
  for (let value = first; value <= last; value += step) values.add(value);
  return { values, isAny: isAll && step === 1 };
}

function parseValue(text: string, bounds: Bounds): number {
  const index = bounds.names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? parseNumber(text, bounds) : bounds.min + index;
}

/** As Go's Atoi reads it. */
function parseNumber(text: string, { what }: Bounds): number {
  if (/^(?:\+?\d+|-0+)$/.test(text) && BigInt(text.replace("+", "")) < 2n ** 63n) {
    return Math.abs(Number(text));
  }
  throw new SyntaxError(`"${text}" is no ${what}`);
}
