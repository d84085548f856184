import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import type { WorkspacePhase } from "../../../../kube/devworkspace/workspace.ts";
import { isReady } from "../../../../probes/backup/load/readiness.ts";

Deno.test("a workspace is ready while it runs, and in no phase before", () => {
  for (const phase of [undefined, "Starting", "Stopped", "Stopping", "Terminating"] as const) {
    assert.equal(isReady({ phase, message: "" }), false, phase);
  }
  assert.equal(isReady({ phase: "Running", message: "https://there" }), true);
});

const FAILURES: readonly [phase: WorkspacePhase, message: string, reason: string][] = [
  [
    "Failed",
    "Detected unrecoverable event FailedScheduling: 0/3 nodes are available.",
    "scheduling",
  ],
  [
    "Failing",
    'Detected unrecoverable event FailedCreate: pods "x" is forbidden: exceeded quota: q',
    "quota",
  ],
  ["Failed", "Detected unrecoverable event FailedPostStartHook: oops", "unrecoverable-event"],
  ["Failed", "Container dev has state ImagePullBackOff", "container"],
  [
    "Failed",
    "DevWorkspace failed to progress past step 'Waiting for workspace deployment' for longer than timeout (5m)",
    "no-progress",
  ],
  ["Error", "", "workspace-failed"],
];

for (const [phase, message, reason] of FAILURES) {
  Deno.test(`what the operator says of a failed workspace has a class: ${reason}`, () => {
    assert.throws(() => isReady({ phase, message }), (error) => {
      assert.ok(error instanceof OperationFailedError);
      assert.equal(error.reason, reason);
      return true;
    });
  });
}
