/**
 * Which faults are on, and what are the settings with them? The first request with each credential is
 * spared, and the time of those that hit requests begins with the next one: that first request is how a
 * client makes sure that it is let in. The time of those that hit changes of policies begins with the
 * first change.
 * @module
 */

import { createHash } from "node:crypto";
import { SettingsFaultChain } from "../../faults/settings_fault_chain.ts";
import type { MaasSettings } from "../settings.ts";
import type { MaasConcern } from "./maas_fault.ts";

export class MaasFaultChain extends SettingsFaultChain<MaasSettings, MaasConcern> {
  /** Hashes of credentials that have been seen. */
  readonly #seen = new Set<string>();

  /** @param credential of a request that asks the model; undefined: it has none */
  forRequest(credential: string | undefined): MaasSettings {
    if (!this.hasFaults || this.#isFirst(credential ?? "")) return this.settings;
    return this.settingsOf("requests");
  }

  forPolicyChange(): MaasSettings {
    return this.settingsOf("policy changes");
  }

  #isFirst(credential: string): boolean {
    const hash = createHash("sha256").update(credential).digest("base64");
    if (this.#seen.has(hash)) return false;
    this.#seen.add(hash);
    return true;
  }
}
