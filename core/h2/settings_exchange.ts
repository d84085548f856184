/**
 * Which settings are in force at either end? RFC 9113, section 6.5. Those of ours count as soon as the
 * peer has acknowledged them, the peer's at once.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import { SETTING_IDS, type SettingEntry } from "./frame/setting_entry.ts";
import { INITIAL_SETTINGS, type Settings } from "./settings.ts";

export interface SettingsExchangeOptions {
  readonly clock: Clock;
  /** What this end wants. */
  readonly wanted: Settings;
  readonly timeoutMs: number;
  onTimeout(): void;
}

export class SettingsExchange {
  peer: Settings = INITIAL_SETTINGS;
  own: Settings = INITIAL_SETTINGS;
  /** The peer's have come. */
  hasPeer = false;
  #isAcknowledged = false;
  readonly #wanted: Settings;
  readonly #cancelTimeout: () => void;

  constructor({ clock, wanted, timeoutMs, onTimeout }: SettingsExchangeOptions) {
    this.#wanted = wanted;
    this.#cancelTimeout = clock.callAt(clock.now() + timeoutMs, onTimeout);
  }

  /** What the peer has to be told. */
  get entries(): SettingEntry[] {
    return entriesOf(this.#wanted);
  }

  /** @returns the peer's settings so far */
  receive(entries: readonly SettingEntry[]): Settings {
    const before = this.peer;
    this.peer = withEntries(before, entries);
    this.hasPeer = true;
    this.#endTimeout();
    return before;
  }

  /** @returns false if nothing waits for it */
  acknowledge(): boolean {
    if (this.#isAcknowledged) return false;
    this.#isAcknowledged = true;
    this.own = this.#wanted;
    this.#endTimeout();
    return true;
  }

  end(): void {
    this.#cancelTimeout();
  }

  #endTimeout(): void {
    if (this.hasPeer && this.#isAcknowledged) this.#cancelTimeout();
  }
}

function withEntries(settings: Settings, entries: readonly SettingEntry[]): Settings {
  const changed: { -readonly [Key in keyof Settings]: Settings[Key] } = { ...settings };
  for (const { id, value } of entries) {
    if (id === SETTING_IDS.HEADER_TABLE_SIZE) changed.headerTableBytes = value;
    if (id === SETTING_IDS.ENABLE_PUSH) changed.enablePush = value === 1;
    if (id === SETTING_IDS.MAX_CONCURRENT_STREAMS) changed.maxConcurrentStreams = value;
    if (id === SETTING_IDS.INITIAL_WINDOW_SIZE) changed.initialWindowBytes = value;
    if (id === SETTING_IDS.MAX_FRAME_SIZE) changed.maxFrameBytes = value;
    if (id === SETTING_IDS.MAX_HEADER_LIST_SIZE) changed.maxHeaderListBytes = value;
  }
  return changed;
}

/** Those that are not what they are initially. */
function entriesOf(settings: Settings): SettingEntry[] {
  const ids: Record<keyof Settings, number> = {
    headerTableBytes: SETTING_IDS.HEADER_TABLE_SIZE,
    enablePush: SETTING_IDS.ENABLE_PUSH,
    maxConcurrentStreams: SETTING_IDS.MAX_CONCURRENT_STREAMS,
    initialWindowBytes: SETTING_IDS.INITIAL_WINDOW_SIZE,
    maxFrameBytes: SETTING_IDS.MAX_FRAME_SIZE,
    maxHeaderListBytes: SETTING_IDS.MAX_HEADER_LIST_SIZE,
  };
  return (Object.keys(ids) as (keyof Settings)[])
    .filter((name) => settings[name] !== INITIAL_SETTINGS[name])
    .map((name) => ({ id: ids[name], value: Number(settings[name]) }));
}
