/**
 * What does `auth-slow=1s,after=5s` ask for? Text -> a fault of a Models-as-a-Service installation with
 * its value and when it is on. Starts nothing.
 * @module
 */

import { ownFaults } from "../../faults/own_faults.ts";
import { parseSettingsFault, type SettingsFaultSpec } from "../../faults/settings_fault_chain.ts";
import type { MaasSettings } from "../settings.ts";
import type { MaasConcern } from "./maas_fault.ts";
import { MAAS_FAULTS } from "./mod.ts";

export type MaasFaultSpec = SettingsFaultSpec<MaasSettings, MaasConcern>;

/** @throws {SyntaxError} saying what is allowed */
export function parseMaasFault(text: string): MaasFaultSpec {
  return parseSettingsFault(text, MAAS_FAULTS);
}

const faults = ownFaults(MAAS_FAULTS, parseMaasFault);

/** Whether it is one of these, and not one of the API server. */
export function isMaasFault(text: string): boolean {
  return faults.kindOf(text) !== undefined;
}

/** For the flag. */
export const maasSandboxFaultFlagKind = faults.flagKind;
