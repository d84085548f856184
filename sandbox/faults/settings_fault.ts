/**
 * A fault of a stand-in that is nothing but other settings for a while. Knows no stand-in.
 * @module
 */

import { type FaultValue, type NamedFault, takingValue } from "./fault_value.ts";

/** The settings as they are with it. */
export type ChangeSettings<Settings> = (settings: Settings) => Settings;

/** A fault as it is listed; `start` begins one with its value. */
export interface SettingsFaultKind<Settings, Concern extends string> extends NamedFault {
  /** With what its time begins, and what it hits. */
  readonly concerns: Concern;
  /** It hits one and then no more. */
  readonly isOnce?: true;
  readonly start: (value: string | undefined, tools: undefined) => ChangeSettings<Settings>;
}

type Named<Settings, Concern extends string> = Omit<
  SettingsFaultKind<Settings, Concern>,
  "start" | "value" | "needsValue"
>;

export function settingsFault<Settings, Concern extends string>(
  { change, ...fault }: Named<Settings, Concern> & { readonly change: ChangeSettings<Settings> },
): SettingsFaultKind<Settings, Concern> {
  return { ...fault, start: () => change };
}

export function valuedSettingsFault<T, Settings, Concern extends string>(
  { value, change, ...fault }: Named<Settings, Concern> & {
    readonly value: FaultValue<T>;
    readonly change: (value: T, settings: Settings) => Settings;
  },
): SettingsFaultKind<Settings, Concern> {
  const start = (given: T) => (settings: Settings) => change(given, settings);
  return { ...fault, ...takingValue<T, undefined, ChangeSettings<Settings>>(value, start) };
}
