/** What of a probe's step is an outcome that is measured, and what ends the run? @module */

import { OperationFailedError } from "../../../core/errors.ts";
import { isCancellation, type TimedContext } from "../../../core/load/timed.ts";

/**
 * The value of a measured step; undefined where it failed or was cut off, which its sample says.
 * @throws whatever is no outcome of a load
 */
export async function outcomeOf<T>(
  context: Pick<TimedContext, "stopping" | "aborted">,
  step: Promise<T>,
): Promise<T | undefined> {
  try {
    return await step;
  } catch (thrown) {
    if (thrown instanceof OperationFailedError || isCancellation(thrown, context)) return undefined;
    throw thrown;
  }
}
