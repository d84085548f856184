/** Which rules of the protocol did the server break? Counted by the sentences that name them. @module */

import type { OperationFailedError } from "../core/errors.ts";
import type { LoadScope } from "../core/run/run_stage.ts";

/** The counter, with a tag `rule`. */
export const BROKEN_RULES = "brokenRules";
/** Some sentences name a stream or a length, so that there is no end of them. */
const MOST_RULES = 10;

export class BrokenRules {
  readonly #load: LoadScope;
  readonly #rules = new Set<string>();

  constructor(load: LoadScope) {
    this.#load = load;
  }

  /** Of a request; what has failed for other reasons is not counted. */
  count({ reason, why }: OperationFailedError): void {
    if (reason !== "protocol") return;
    if (this.#rules.size < MOST_RULES) this.#rules.add(why);
    const rule = this.#rules.has(why) ? why : "others";
    const { clock, recorder } = this.#load;
    recorder.count(BROKEN_RULES, 1, { atMs: clock.now(), tags: { role: "client", rule } });
  }
}
