import assert from "node:assert/strict";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import { runStage } from "../../../../core/run/run_stage.ts";
import { stopWorkspaces } from "../../../../probes/backup/stop/stop_workspaces.ts";
import type { WorkspaceRef } from "../../../../probes/backup/workspaces/workspace_ref.ts";
import { WorkspaceWatch } from "../../../../probes/backup/workspaces/workspace_watch.ts";
import { BackupWorld, type Treatment } from "../backup_world.ts";

const STAGE = { name: "stop", kind: "measured", level: null, targetRatePerSec: null } as const;
const LABELS = { "app.kubernetes.io/managed-by": "scaletool", "scaletool.io/run-id": "r1" };

/** Workspaces called `a`, `b`, ..., treated so, each as it is after 10 s; then all are stopped. */
async function stopped(world: BackupWorld, treatments: readonly (Treatment | undefined)[]) {
  const { cluster, run } = world;
  const refs: WorkspaceRef[] = treatments.map((_, index) => ({
    namespace: "ws",
    name: "abcdef".charAt(index),
  }));
  world.treat = (name) => treatments["abcdef".indexOf(name)];
  for (const ref of refs) {
    await cluster.create(DEV_WORKSPACES, {
      metadata: { ...ref, labels: LABELS },
      spec: { started: true, template: {} },
    });
  }
  await cluster.clock.advance(10_000);
  await using watch = await WorkspaceWatch.open(run, cluster, { namespace: "ws" });
  let names: string[] = [];
  await world.advance(runStage(run, STAGE, async (stage) => {
    stage.begin();
    const workspaces = refs;
    const options = { cluster, watch, workspaces, workers: 2, timeoutMs: 60_000 };
    names = (await stopWorkspaces(stage, options)).map(({ name }) => name);
  }));
  return names;
}

Deno.test("patches do not wait for workspaces to be stopped, and each is stopped in its own time", async () => {
  await using world = await BackupWorld.open();
  const names = await stopped(world, [
    { startMs: 0, stopMs: 30_000 },
    { startMs: 0, stopMs: 1_000 },
    { startMs: 0, stopMs: 2_000 },
  ]);
  assert.deepEqual(names, ["b", "c", "a"]);
  const { live } = world.run;
  assert.equal(live.operation("stopWorkspace")?.ok, 3);
  const waits = live.operation("workspaceStopped")!;
  assert.equal(waits.ok, 3);
  assert.equal(Math.round(waits.response.max / 1e6), 30);
});

Deno.test("a workspace that failed is left alone, and one that never stops is late", async () => {
  await using world = await BackupWorld.open();
  const names = await stopped(world, [
    { startMs: 0, stopMs: 0, failure: "Container dev has state CrashLoopBackOff" },
    { startMs: 0, stopMs: 1e9 },
    { startMs: 0, stopMs: 1_000 },
  ]);
  assert.deepEqual(names, ["c"]);
  const { live } = world.run;
  assert.equal(live.operation("stopWorkspace")?.ok, 2);
  assert.deepEqual(live.operation("workspaceStopped")?.failed, { stalled: 1 });
});

Deno.test("what was never started is not taken for stopped by its phase", async () => {
  await using world = await BackupWorld.open();
  const names = await stopped(world, [undefined]);
  assert.deepEqual(names, []);
  assert.deepEqual(world.run.live.operation("workspaceStopped")?.failed, { stalled: 1 });
});
