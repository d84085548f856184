/** What does the operator say of workspaces that failed? Told once, in few lines. @module */

import type { Run } from "../../../core/run/run.ts";
import { hasFailed, workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import { ErrorPatterns } from "../accounting/error_patterns.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import type { WorkspaceWatch } from "../workspaces/workspace_watch.ts";

const SHOWN = 3;

/** Warns of them, if there are any: a class of failure alone does not say what to mend. */
export function tellOfFailed(
  run: Pick<Run, "warn">,
  { watch, made }: {
    readonly watch: Pick<WorkspaceWatch, "get">;
    readonly made: readonly WorkspaceRef[];
  },
): void {
  const patterns = new ErrorPatterns();
  let failed = 0;
  for (const ref of made) {
    const object = watch.get(ref);
    const status = object && workspaceStatusOf(object);
    if (status === undefined || !hasFailed(status)) continue;
    failed++;
    patterns.add(status.message, [ref.name, ref.namespace]);
  }
  if (failed === 0) return;
  const said = patterns.all.slice(0, SHOWN)
    .map(({ count, example }) => `${count} times "${example}"`);
  run.warn(
    "workspaces-failed",
    `${failed} of ${made.length} workspaces failed: ${said.join(", ") || "nobody says why"}`,
  );
}
