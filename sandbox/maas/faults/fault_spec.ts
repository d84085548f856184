/**
 * What does `auth-slow=1s,after=5s` ask for? Text -> a fault of a Models-as-a-Service installation with
 * its value and when it is on. Starts nothing.
 * @module
 */

import { readFaultText, timesOf } from "../../faults/fault_text.ts";
import { ownFaults } from "../../faults/own_faults.ts";
import type { MaasFaultKind } from "./maas_fault.ts";
import { MAAS_FAULTS } from "./mod.ts";

export interface MaasFaultSpec {
  /** As it was given. */
  readonly text: string;
  readonly kind: MaasFaultKind;
  readonly value: string | undefined;
  /** From the first request on that is not spared, or the first change of a policy, ms. */
  readonly afterMs: number;
  /** How long, ms; Infinity: to the end. */
  readonly forMs: number;
}

/** @throws {SyntaxError} saying what is allowed */
export function parseMaasFault(text: string): MaasFaultSpec {
  const read = readFaultText(text, { kinds: MAAS_FAULTS, options: ["after", "for"] });
  return { text, kind: read.kind, value: read.value, ...timesOf(read) };
}

const faults = ownFaults(MAAS_FAULTS, parseMaasFault);

/** Whether it is one of these, and not one of the API server. */
export function isMaasFault(text: string): boolean {
  return faults.kindOf(text) !== undefined;
}

/** For the flag. */
export const maasSandboxFaultFlagKind = faults.flagKind;
