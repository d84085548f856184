/**
 * What a fault of the DevWorkspace Operator or of the cluster around it is: other settings for a while.
 * Each one has a file of its own beside this one; none knows the others.
 * @module
 */

import {
  settingsFault,
  type SettingsFaultKind,
  valuedSettingsFault,
} from "../../faults/settings_fault.ts";
import type { DevWorkspaceSettings } from "../settings.ts";

/** With what a fault's time begins, and what it hits. */
export type DevWorkspaceConcern = "ticks" | "backup pods";
export type DevWorkspaceFaultKind = SettingsFaultKind<DevWorkspaceSettings, DevWorkspaceConcern>;

export const devWorkspaceFault = settingsFault<DevWorkspaceSettings, DevWorkspaceConcern>;

export function valuedDevWorkspaceFault<T>(
  fault: Parameters<typeof valuedSettingsFault<T, DevWorkspaceSettings, DevWorkspaceConcern>>[0],
): DevWorkspaceFaultKind {
  return valuedSettingsFault(fault);
}
