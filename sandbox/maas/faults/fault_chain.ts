/**
 * Which faults are on, and what are the settings with them? The first request with each credential is
 * spared, and the time of those that hit requests begins with the next one: that first request is how a
 * client makes sure that it is let in. The time of those that hit changes of policies begins with the
 * first change.
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../../core/load/clock.ts";
import type { FaultHits } from "../../faults/fault_chain.ts";
import type { MaasSettings } from "../settings.ts";
import type { MaasFaultSpec } from "./fault_spec.ts";
import type { ChangeSettings, MaasFaultKind } from "./maas_fault.ts";

export class MaasFaultChain {
  /** As they are without a fault, and so for what no fault hits. */
  settings: MaasSettings;
  readonly #clock: Clock;
  readonly #faults: readonly RunningFault[];
  /** Hashes of credentials that have been seen. */
  readonly #seen = new Set<string>();

  constructor(
    specs: readonly MaasFaultSpec[],
    { clock, settings }: { readonly clock: Clock; readonly settings: MaasSettings },
  ) {
    this.#clock = clock;
    this.settings = settings;
    this.#faults = specs.map((spec) => new RunningFault(spec));
  }

  get hits(): FaultHits[] {
    return this.#faults.map(({ hits }) => hits);
  }

  /** @param credential of a request that asks the model; undefined: it has none */
  forRequest(credential: string | undefined): MaasSettings {
    if (this.#faults.length === 0 || this.#isFirst(credential ?? "")) return this.settings;
    return this.#settings("requests");
  }

  forPolicyChange(): MaasSettings {
    return this.#settings("policy changes");
  }

  #isFirst(credential: string): boolean {
    const hash = createHash("sha256").update(credential).digest("base64");
    if (this.#seen.has(hash)) return false;
    this.#seen.add(hash);
    return true;
  }

  #settings(concerns: MaasFaultKind["concerns"]): MaasSettings {
    const nowMs = this.#clock.now();
    return this.#faults.filter((fault) => fault.concerns === concerns)
      .reduce((settings, fault) => fault.change(settings, nowMs), this.settings);
  }
}

class RunningFault {
  readonly #spec: MaasFaultSpec;
  readonly #change: ChangeSettings;
  #startMs: number | undefined;
  #concerned = 0;
  #hit = 0;

  constructor(spec: MaasFaultSpec) {
    this.#spec = spec;
    this.#change = spec.kind.start(spec.value, undefined);
  }

  get concerns(): MaasFaultKind["concerns"] {
    return this.#spec.kind.concerns;
  }

  get hits(): FaultHits {
    const { text, kind: { concerns } } = this.#spec;
    const of = concerns === "requests" ? {} : { of: concerns };
    return { fault: text, concerned: this.#concerned, hit: this.#hit, ...of };
  }

  change(settings: MaasSettings, nowMs: number): MaasSettings {
    const { afterMs, forMs } = this.#spec;
    this.#startMs ??= nowMs + afterMs;
    this.#concerned++;
    if (nowMs < this.#startMs || nowMs >= this.#startMs + forMs) return settings;
    this.#hit++;
    return this.#change(settings);
  }
}
