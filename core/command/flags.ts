/**
 * What a flag is: a name, a kind of value, a default, a help line. One declaration serves the
 * command line, the environment, plan files, `--help` and the manifest. Reads nothing itself.
 * @module
 */

import { parseServerUrl, shownUrl, type UrlRules } from "../net/address.ts";
import { formatDuration, parseBytes, parseDurationMs } from "../units.ts";

/** How the text of one flag becomes a value and back. */
export interface FlagKind<T> {
  /** Shown in `--help` as `--name <placeholder>`. */
  readonly placeholder: string;
  /** @throws {SyntaxError | RangeError} saying what is allowed, as `must be ...` or as a sentence */
  readonly parse: (text: string) => T;
  format(value: T): string;
  /**
   * What `parse` makes the same value of, secrets and all: one text, of a list one for each item.
   * Never to be shown. @default what {@link FlagKind.format} says
   */
  exactTexts?(value: T): readonly string[];
  /** All the values there are, for completion. */
  readonly words?: readonly string[];
  /** `--name` alone means true. */
  readonly isSwitch?: true;
  /** May be given many times; `parse` then reads one of them, as a list of one. */
  readonly isList?: true;
}

export interface Flag<T> {
  readonly kind: FlagKind<NonNullable<T>>;
  readonly help: string;
  readonly defaultValue: T;
  /** One letter, for `-o`. */
  readonly short?: string;
  /** Names that older tools had for it, e.g. `runid`: understood, but not shown in `--help`. */
  readonly aliases?: readonly string[];
  /**
   * Environment variables that an older tool had for it, read after the flag's own: what its value
   * there is as the text of the flag, e.g. `600` as `600s`. Their names are common ones (`TOKEN`), so
   * that they count only where a real target is used: see {@link Flag.replacesTarget}.
   */
  readonly variables?: Readonly<Record<string, (text: string) => string>>;
  /** Masked in manifest, report and log. */
  readonly isSecret?: boolean;
  /** A toggle with which nothing real is the target. */
  readonly replacesTarget?: true;
  /**
   * Its text names a file that is read: what stands behind this, `""` for all of it; a URL names none.
   * Wherever the command is to do the same, that file has to be. Absent: no text names one.
   */
  readonly readsFileAfter?: string;
  /** Its text names a file that is written, where the command runs. */
  readonly writesFile?: true;
}

/** Flags of any types; `Values` keeps each one's own. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a record of flags, by flag name. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

interface FlagOptions {
  help: string;
  short?: string;
  aliases?: readonly string[];
  variables?: Readonly<Record<string, (text: string) => string>>;
  isSecret?: boolean;
  replacesTarget?: true;
  readsFileAfter?: string;
  writesFile?: true;
}

/** Declares a flag; without a default its value may be undefined. */
export function flag<T>(
  kind: FlagKind<T>,
  options: FlagOptions & { default: NoInfer<T> },
): Flag<T>;
export function flag<T>(kind: FlagKind<T>, options: FlagOptions): Flag<T | undefined>;
export function flag<T>(
  kind: FlagKind<T>,
  { default: defaultValue, ...rest }: FlagOptions & { default?: T },
): Flag<T | undefined> {
  return { kind: kind as FlagKind<NonNullable<T>>, defaultValue, ...rest };
}

/** Every name of every flag, its aliases too, and which flag each stands for. */
export function flagNames(flags: Flags): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(flags).flatMap(([name, { aliases = [] }]) =>
      [name, ...aliases].map((spelling) => [spelling, name] as const)
    ),
  );
}

function inRange(
  value: number,
  { min = -Infinity, max = Infinity }: { min?: number; max?: number },
): number {
  if (!(value >= min && value <= max)) {
    const range = max === Infinity ? `at least ${min}` : `between ${min} and ${max}`;
    throw new RangeError(`must be ${range}, not ${value}`);
  }
  return value;
}

/** A whole number, decimal. */
export function integer(range: { min?: number; max?: number } = {}): FlagKind<number> {
  return {
    placeholder: "n",
    parse: (text) => {
      if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
        throw new SyntaxError(`must be a whole number, not "${text}"`);
      }
      return inRange(Number(text), range);
    },
    format: String,
  };
}

/** A decimal number, e.g. `0.5`; `above` and `min` exclude and include their own value. */
export function number(
  range: { above?: number; min?: number; max?: number } = {},
): FlagKind<number> {
  return {
    placeholder: "x",
    parse: (text) => {
      const value = text.trim() === "" ? NaN : Number(text);
      if (!Number.isFinite(value)) throw new SyntaxError(`must be a number, not "${text}"`);
      if (range.above !== undefined && value <= range.above) {
        throw new RangeError(`must be above ${range.above}, not ${text}`);
      }
      return inRange(value, range);
    },
    format: String,
  };
}

/** What the reader makes of the text, or an error that says what is expected as the other kinds do. */
function readOrExplain(text: string, as: { read: (text: string) => number; what: string }): number {
  try {
    return as.read(text);
  } catch {
    throw new SyntaxError(`must be ${as.what}, not "${text}"`);
  }
}

/** Exact, unlike `formatDuration`: what the manifest shows must give the same run again. */
function formatExactDuration(ms: number): string {
  const rounded = formatDuration(ms);
  return parseDurationMs(rounded) === ms ? rounded : `${ms}ms`;
}

/** A duration in ms; a bare number is seconds. */
export function duration(range: { minMs?: number; maxMs?: number } = {}): FlagKind<number> {
  const what = "a duration such as 250us, 10ms, 1m30s";
  return {
    placeholder: "duration",
    parse: (text) => {
      const ms = readOrExplain(text, { read: parseDurationMs, what });
      const { minMs = 0, maxMs = Infinity } = range;
      if (ms < minMs || ms > maxMs) {
        const limit = ms < minMs
          ? `at least ${formatDuration(minMs)}`
          : `at most ${formatDuration(maxMs)}`;
        throw new RangeError(`must be ${limit}, not ${text}`);
      }
      return ms;
    },
    format: formatExactDuration,
  };
}

const BINARY_UNITS = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const;

/** Exact, in the largest binary unit that divides it. */
function formatExactBytes(size: number): string {
  const found = BINARY_UNITS.find(([, factor]) => size > 0 && size % factor === 0);
  return found === undefined ? String(size) : `${size / found[1]}${found[0]}`;
}

/** A size in bytes. */
export function bytes(range: { min?: number; max?: number } = {}): FlagKind<number> {
  const what = "a size such as 500, 64KiB, 1MiB, 10MB";
  return {
    placeholder: "bytes",
    parse: (text) => inRange(readOrExplain(text, { read: parseBytes, what }), range),
    format: formatExactBytes,
  };
}

/** Any text. */
export function text(placeholder = "text"): FlagKind<string> {
  return { placeholder, parse: (given) => given, format: (value) => value };
}

/** The URL of a server, as it was typed; shown without what may be secret. */
export function url(rules: UrlRules): FlagKind<string> {
  return {
    placeholder: "url",
    parse: (given) => {
      parseServerUrl(given, rules);
      return given;
    },
    format: shownUrl,
    exactTexts: (given) => [given],
  };
}

/** A text that is read later, refused at once if it could not be. @param read throws if so */
export function readable(placeholder: string, read: (text: string) => unknown): FlagKind<string> {
  return {
    ...text(placeholder),
    parse: (given) => {
      read(given);
      return given;
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[]): FlagKind<T> {
  return {
    placeholder: words.join("|"),
    words,
    parse: (given) => {
      const found = words.find((word) => word === given);
      if (found === undefined) throw new SyntaxError(`must be ${words.join(", ")}, not "${given}"`);
      return found;
    },
    format: (value) => value,
  };
}

/** `--name`, `--name=false`. */
export const toggle: FlagKind<boolean> = {
  placeholder: "true|false",
  isSwitch: true,
  parse: (given) => {
    if (/^(true|1|yes)$/i.test(given)) return true;
    if (/^(false|0|no)$/i.test(given)) return false;
    throw new SyntaxError(`must be true or false, not "${given}"`);
  },
  format: String,
};

/** See {@link FlagKind.exactTexts}. */
export function exactTexts<T>(kind: FlagKind<T>, value: T): readonly string[] {
  if (Array.isArray(value) && value.length === 0) return [];
  return kind.exactTexts?.(value) ?? [kind.format(value)];
}

/** A flag that may be given many times. */
export function listOf<T>(kind: FlagKind<T>): FlagKind<readonly T[]> {
  return {
    placeholder: kind.placeholder,
    isList: true,
    parse: (given) => [kind.parse(given)],
    format: (values) => values.map(kind.format).join(", "),
    exactTexts: (values) => values.flatMap((value) => exactTexts(kind, value)),
  };
}

/** A share as `5%` or `0.05`. */
export const share: FlagKind<number> = {
  placeholder: "share",
  parse: (given) => {
    const [, value, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(given) ?? [];
    const ratio = percent === "%" ? Number(`${value}e-2`) : Number(value);
    if (ratio >= 0.001 && ratio <= 0.5) return ratio;
    throw new RangeError(`must be a share between 0.1% and 50%, not "${given}"`);
  },
  format: (ratio) => `${Number((ratio * 100).toPrecision(12))}%`,
};
