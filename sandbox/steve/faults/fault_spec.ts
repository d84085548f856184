/**
 * What does `drop=0.2,after=5s` ask for? Text -> a fault of Steve with its value, and when it is on.
 * Starts nothing.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { didYouMean } from "../../../core/nearest.ts";
import { duration, type FlagKind } from "../../../core/command/flags.ts";
import { STEVE_FAULTS } from "./mod.ts";
import type { SteveFaultKind } from "./steve_fault.ts";

export interface SteveFaultSpec {
  /** As it was given. */
  readonly text: string;
  readonly kind: SteveFaultKind;
  readonly value: string | undefined;
  /** From the opening of the first socket on, ms. */
  readonly afterMs: number;
  /** How long, ms; Infinity: to the end. */
  readonly forMs: number;
}

const OPTION_NAMES = ["after", "for"] as const;
const DURATION = duration();

/** @throws {SyntaxError} saying what is allowed */
export function parseSteveFault(text: string): SteveFaultSpec {
  const [first = "", ...rest] = text.split(",");
  const [name, value] = pairOf(first);
  const kind = STEVE_FAULTS.find((fault) => fault.name === name);
  if (kind === undefined) {
    const names = STEVE_FAULTS.map((fault) => fault.name);
    throw new SyntaxError(
      `must be one of ${names.join(", ")}, not "${name}"${didYouMean(name, names)}`,
    );
  }
  checkValue(kind, value);
  const times = { after: 0, for: Infinity };
  for (const option of rest) {
    const [given, time = ""] = pairOf(option);
    const known = OPTION_NAMES.find((one) => one === given);
    if (known === undefined) {
      throw new SyntaxError(
        `${name}: must be followed by after= or for=, not "${option}"` +
          didYouMean(given, OPTION_NAMES),
      );
    }
    times[known] = read(`${name}: ${known}`, () => DURATION.parse(time));
  }
  return { text, kind, value, afterMs: times.after, forMs: times.for };
}

/** For the flag. */
export const steveFaultFlagKind: FlagKind<SteveFaultSpec> = {
  placeholder: "fault[=value]",
  words: STEVE_FAULTS.map(({ name }) => name),
  parse: parseSteveFault,
  format: ({ text }) => text,
};

function pairOf(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text.trim(), undefined] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function checkValue({ name, value: taken }: SteveFaultKind, value: string | undefined): void {
  if (value === undefined) return;
  if (taken === undefined) throw new SyntaxError(`${name} takes no value, not "${value}"`);
  read(name, () => taken.check(value));
}

function read<T>(what: string, reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    throw new SyntaxError(`${what} ${messageOf(error)}`);
  }
}
