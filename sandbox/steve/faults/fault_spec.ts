/**
 * What does `drop=0.2,after=5s` ask for? Text -> a fault of Steve with its value, and when it is on.
 * Starts nothing.
 * @module
 */

import type { FlagKind } from "../../../core/command/flags.ts";
import { readFaultText, timesOf } from "../../faults/fault_text.ts";
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

/** @throws {SyntaxError} saying what is allowed */
export function parseSteveFault(text: string): SteveFaultSpec {
  const read = readFaultText(text, { kinds: STEVE_FAULTS, options: ["after", "for"] });
  const { kind, value } = read;
  return { text, kind, value, ...timesOf(read) };
}

/** For the flag. */
export const steveFaultFlagKind: FlagKind<SteveFaultSpec> = {
  placeholder: "fault[=value]",
  words: STEVE_FAULTS.map(({ name }) => name),
  parse: parseSteveFault,
  format: ({ text }) => text,
};
