/**
 * Which of a logger's watches did not work when it was stopped, and what is the run worth then? What
 * changed since such a watch broke is in no figure. One that broke and works again has told all.
 * @module
 */

import type { OperationFailedError } from "../core/errors.ts";
import type { Finding } from "../core/judge/finding.ts";
import { isHopeless, type ReflectorActivity } from "../kube/watch/reflector.ts";

const FORGOTTEN = "the server has forgotten the resourceVersion";

/** Tell it what every informer does. */
export class BrokenWatches {
  /** By what is watched: why it does not work; undefined: its resourceVersion is too old. */
  readonly #errors = new Map<string, OperationFailedError | undefined>();

  /** @param scope which informer: a namespace, or the empty text for all of them */
  saw(scope: string, activity: ReflectorActivity): void {
    switch (activity.kind) {
      case "failed":
        this.#errors.set(scope, activity.error);
        break;
      case "expired":
        this.#errors.set(scope, undefined);
        break;
      case "listed":
      case "watching":
        this.#errors.delete(scope);
        break;
      case "bookmark":
      case "event":
      case "closed":
        break;
    }
  }

  /**
   * The answer to whether the logger saw the end: a failure if it is refused what it needs, no answer
   * if the server may have been about to come again; undefined if every watch works.
   */
  finding(): Finding | undefined {
    if (this.#errors.size === 0) return undefined;
    const errors = [...this.#errors.values()];
    const refusal = errors.find(isHopeless);
    const message = (refusal ?? errors[0])?.message ?? FORGOTTEN;
    return {
      subject: "watching at the end",
      verdict: refusal === undefined ? "inconclusive" : "fail",
      observed: `${errors.length} broken`,
      limit: "0 broken",
      reason: `what changed in the end was not seen: ${message}`,
    };
  }
}
