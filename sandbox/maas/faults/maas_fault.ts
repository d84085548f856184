/**
 * What a fault of a Models-as-a-Service installation is: other settings of its parts for a while. Each
 * one has a file of its own beside this one; none knows the others.
 * @module
 */

import type { NamedFault } from "../../faults/fault_value.ts";
import { type FaultValue, takingValue } from "../../faults/fault_value.ts";
import type { MaasSettings } from "../settings.ts";

/** The settings as they are with it. */
export type ChangeSettings = (settings: MaasSettings) => MaasSettings;

/** A fault as it is listed; `start` begins one with its value. */
export interface MaasFaultKind extends NamedFault {
  /** With what its time begins, and what it hits. */
  readonly concerns: "requests" | "policy changes";
  readonly start: (value: string | undefined, tools: undefined) => ChangeSettings;
}

export function maasFault(
  { change, concerns = "requests", ...fault }: Pick<MaasFaultKind, "name" | "does"> & {
    readonly concerns?: MaasFaultKind["concerns"];
    readonly change: ChangeSettings;
  },
): MaasFaultKind {
  return { ...fault, concerns, start: () => change };
}

export function valuedMaasFault<T>(
  { value, change, concerns = "requests", ...fault }: Pick<MaasFaultKind, "name" | "does"> & {
    readonly concerns?: MaasFaultKind["concerns"];
    readonly value: FaultValue<T>;
    readonly change: (value: T, settings: MaasSettings) => MaasSettings;
  },
): MaasFaultKind {
  const start = (given: T) => (settings: MaasSettings) => change(given, settings);
  return { ...fault, concerns, ...takingValue<T, undefined, ChangeSettings>(value, start) };
}
