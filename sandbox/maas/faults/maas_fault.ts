/**
 * What a fault of a Models-as-a-Service installation is: other settings of its parts for a while. Each
 * one has a file of its own beside this one; none knows the others.
 * @module
 */

import type { FaultValue } from "../../faults/fault_value.ts";
import {
  type ChangeSettings,
  settingsFault,
  type SettingsFaultKind,
  valuedSettingsFault,
} from "../../faults/settings_fault.ts";
import type { MaasSettings } from "../settings.ts";

/** With what a fault's time begins, and what it hits. */
export type MaasConcern = "requests" | "policy changes";
export type MaasFaultKind = SettingsFaultKind<MaasSettings, MaasConcern>;

type Named = Pick<MaasFaultKind, "name" | "does"> & {
  /** Requests unless given. */
  readonly concerns?: MaasConcern;
};

export function maasFault(
  { concerns = "requests", ...fault }: Named & { readonly change: ChangeSettings<MaasSettings> },
): MaasFaultKind {
  return settingsFault({ ...fault, concerns });
}

export function valuedMaasFault<T>(
  { concerns = "requests", ...fault }: Named & {
    readonly value: FaultValue<T>;
    readonly change: (value: T, settings: MaasSettings) => MaasSettings;
  },
): MaasFaultKind {
  return valuedSettingsFault({ ...fault, concerns });
}
