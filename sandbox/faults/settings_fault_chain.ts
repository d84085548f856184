/**
 * Which faults that are other settings are on, and what are the settings with them? The time of each begins
 * with the first thing that it concerns.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { FaultHits } from "./fault_chain.ts";
import { readFaultText, timesOf } from "./fault_text.ts";
import type { ChangeSettings, SettingsFaultKind } from "./settings_fault.ts";

export interface SettingsFaultSpec<Settings, Concern extends string> {
  /** As it was given. */
  readonly text: string;
  readonly kind: SettingsFaultKind<Settings, Concern>;
  readonly value: string | undefined;
  /** From the first thing on that it concerns, ms. */
  readonly afterMs: number;
  /** How long, ms; Infinity: to the end. */
  readonly forMs: number;
}

/** @throws {SyntaxError} saying what is allowed */
export function parseSettingsFault<Settings, Concern extends string>(
  text: string,
  kinds: readonly SettingsFaultKind<Settings, Concern>[],
): SettingsFaultSpec<Settings, Concern> {
  const read = readFaultText(text, { kinds, options: ["after", "for"] });
  return { text, kind: read.kind, value: read.value, ...timesOf(read) };
}

export class SettingsFaultChain<Settings, Concern extends string> {
  /** As they are without a fault, and so for what no fault hits. */
  settings: Settings;
  readonly #clock: Clock;
  readonly #faults: readonly RunningFault<Settings, Concern>[];

  constructor(
    specs: readonly SettingsFaultSpec<Settings, Concern>[],
    { clock, settings }: { readonly clock: Clock; readonly settings: Settings },
  ) {
    this.#clock = clock;
    this.settings = settings;
    this.#faults = specs.map((spec) => new RunningFault(spec));
  }

  get hits(): FaultHits[] {
    return this.#faults.map(({ hits }) => hits);
  }

  get hasFaults(): boolean {
    return this.#faults.length > 0;
  }

  /** For one more of those. */
  settingsOf(concern: Concern): Settings {
    const nowMs = this.#clock.now();
    return this.#faults.filter((fault) => fault.concerns === concern)
      .reduce((settings, fault) => fault.change(settings, nowMs), this.settings);
  }
}

class RunningFault<Settings, Concern extends string> {
  readonly #spec: SettingsFaultSpec<Settings, Concern>;
  readonly #change: ChangeSettings<Settings>;
  #startMs: number | undefined;
  #concerned = 0;
  #hit = 0;

  constructor(spec: SettingsFaultSpec<Settings, Concern>) {
    this.#spec = spec;
    this.#change = spec.kind.start(spec.value, undefined);
  }

  get concerns(): Concern {
    return this.#spec.kind.concerns;
  }

  get hits(): FaultHits {
    const { text, kind: { concerns } } = this.#spec;
    const of = concerns === "requests" ? {} : { of: concerns };
    return { fault: text, concerned: this.#concerned, hit: this.#hit, ...of };
  }

  change(settings: Settings, nowMs: number): Settings {
    const { afterMs, forMs, kind: { isOnce = false } } = this.#spec;
    this.#startMs ??= nowMs + afterMs;
    this.#concerned++;
    if (nowMs < this.#startMs || nowMs >= this.#startMs + forMs) return settings;
    if (isOnce && this.#hit > 0) return settings;
    this.#hit++;
    return this.#change(settings);
  }
}
