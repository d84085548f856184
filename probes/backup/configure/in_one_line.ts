/** What the server refuses while a run is configured, as the one line that a user gets. @module */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";

/**
 * @param doing `look at volumes`
 * @throws {CannotRunError} for what a server refuses or a connection loses
 * @throws the reason once the run is stopped
 */
export async function inOneLine<T>(
  { stopping }: Pick<Run, "stopping">,
  doing: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    stopping.throwIfAborted();
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    throw new CannotRunError(`Cannot ${doing}: ${thrown.message}`, { cause: thrown });
  }
}
