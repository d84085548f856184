/**
 * What may stand behind a fault's name, and how a kind of fault takes it: the same for the faults of
 * every stand-in. Knows none of them.
 * @module
 */

import type { FlagKind } from "../../core/command/flags.ts";

/** What every fault says of itself. */
export interface NamedFault {
  readonly name: string;
  /** For `--help`: what goes wrong. */
  readonly does: string;
  /** `NAME=VALUE`; undefined: it takes none. */
  readonly value?: {
    /** For `--help`: what the value is, with its default. */
    readonly is: string;
    /** The value as it counts. @throws {SyntaxError | RangeError} saying what is allowed */
    readonly check: (text: string) => unknown;
  };
  /** Without a value it makes no sense. */
  readonly needsValue?: true;
}

/** Without a default it must be given. */
export interface FaultValue<T> {
  readonly is: string;
  readonly kind: FlagKind<T>;
  readonly default?: T;
}

/** What a fault has that takes such a value; `start` gets it, or the default. */
export function takingValue<T, Tools, Started>(
  { is, kind, default: defaultValue }: FaultValue<T>,
  start: (value: T, tools: Tools) => Started,
): Pick<NamedFault, "value" | "needsValue"> & {
  readonly start: (value: string | undefined, tools: Tools) => Started;
} {
  const isDefault = defaultValue === undefined ? "" : `, ${kind.format(defaultValue)}`;
  return {
    value: { is: is + isDefault, check: kind.parse },
    ...(defaultValue === undefined ? { needsValue: true } : {}),
    start: (text, tools) => start(text === undefined ? defaultValue! : kind.parse(text), tools),
  };
}

/** A number above 0 and at most 1. */
export const share: FlagKind<number> = {
  placeholder: "share",
  parse: (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value > 0 && value <= 1) return value;
    throw new SyntaxError(`must be a share above 0 and at most 1, not "${text}"`);
  },
  format: String,
};
