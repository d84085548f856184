/**
 * What does `slow-sync=1s,after=5s` ask for? Text -> a fault around the DevWorkspace Operator with its
 * value and when it is on. Starts nothing.
 * @module
 */

import { ownFaults } from "../../faults/own_faults.ts";
import { parseSettingsFault, type SettingsFaultSpec } from "../../faults/settings_fault_chain.ts";
import type { DevWorkspaceSettings } from "../settings.ts";
import type { DevWorkspaceConcern } from "./dev_workspace_fault.ts";
import { DEV_WORKSPACE_FAULTS } from "./mod.ts";

export type DevWorkspaceFaultSpec = SettingsFaultSpec<DevWorkspaceSettings, DevWorkspaceConcern>;

/** @throws {SyntaxError} saying what is allowed */
export function parseDevWorkspaceFault(text: string): DevWorkspaceFaultSpec {
  return parseSettingsFault(text, DEV_WORKSPACE_FAULTS);
}

const faults = ownFaults(DEV_WORKSPACE_FAULTS, parseDevWorkspaceFault);

/** Whether it is one of these, and not one of the API server. */
export function isDevWorkspaceFault(text: string): boolean {
  return faults.kindOf(text) !== undefined;
}

/** For the flag. */
export const devWorkspaceSandboxFaultFlagKind = faults.flagKind;
