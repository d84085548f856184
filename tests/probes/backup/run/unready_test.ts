/** Workspaces that do not come to run, or not to be stopped, beside others that do. */

import assert from "node:assert/strict";
import { OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import { thresholdsOf } from "../../../../probes/backup/run/thresholds.ts";
import { SECRETS } from "../../../../kube/resource.ts";
import { BackupWorld, OPERATOR_NAMESPACE } from "../backup_world.ts";
import { ran } from "./running.ts";

const FAILED = { startMs: 1_000, stopMs: 0, failure: "no suffix" };
const CREDENTIALS = { REGISTRY_USERNAME: "me", REGISTRY_PASSWORD: "p" };

Deno.test("if no workspace runs, the operator's words are told, and nothing is configured", async () => {
  await using world = await BackupWorld.open();
  world.treat = () => FAILED;
  await ran(world, ["--registry-path", "quay.io/me", "--max-devworkspaces", "3"], {
    env: CREDENTIALS,
  });
  const warnings = world.warnings.join("\n");
  assert.match(warnings, /workspaces-failed: 3 of 3 workspaces failed: 3 times "no suffix"/);
  assert.match(warnings, /none-runs: No workspace runs/);
  assert.equal(world.run.live.operation("workspaceReady")?.failedCount, 3);
  assert.equal((await world.cluster.list(OPERATOR_CONFIGS)).items.length, 0);
  assert.deepEqual(await world.undo(), []);
  const { items } = await world.cluster.list(SECRETS, { namespace: OPERATOR_NAMESPACE });
  assert.deepEqual(items, []);
});

Deno.test("what never ran, or was never stopped, has a limit of its own beside the coverage of the rest", () => {
  for (const type of ["correct", "incorrect"] as const) {
    const thresholds = thresholdsOf({
      ...{ count: 9, configuration: { type, periodMs: 60_000 }, backupWaitMs: 60_000 },
      ...{ restores: false, deletesReady: false, readsUsage: false },
    });
    for (const op of ["createWorkspace", "workspaceReady", "stopWorkspace", "workspaceStopped"]) {
      assert.ok(thresholds.includes(`${op}.ok.ratio >= 95%`), `${type}: ${op}`);
    }
  }
});
