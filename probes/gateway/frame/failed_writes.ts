/** Why do writes of routes fail? Said of the first of each operation and reason; the rest is counted. @module */

import { messageOf } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { FailedWrite } from "./route_writes.ts";

/** Takes each one. */
export function failedWritesSayer(run: Pick<Run, "warn">): (failed: FailedWrite) => void {
  const told = new Set<string>();
  return ({ op, ref: { namespace, name }, error }) => {
    const kind = `${op} ${error.reason}`;
    if (told.has(kind)) return;
    told.add(kind);
    run.warn(
      "failed-writes",
      `The ${op} of route ${namespace}/${name} failed, and others may have for the same reason ` +
        `(${error.reason}): ${messageOf(error)}`,
    );
  };
}
