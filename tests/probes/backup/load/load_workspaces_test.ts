import assert from "node:assert/strict";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import { BackupWorld } from "../backup_world.ts";
import { ran } from "../run/running.ts";

const LOAD_ONLY = ["--run-backup-test-hook", "false"];

Deno.test("times of a wait are from when a workspace was due, and from the answer to its creation", async () => {
  await using world = await BackupWorld.open();
  const { clock } = world.cluster;
  world.cluster.before = async (call) => {
    if (/^POST .*\/devworkspaces\?/.test(call)) await clock.sleepUntil(clock.now() + 500);
  };
  await ran(world, [...LOAD_ONLY, "--max-devworkspaces", "1"]);
  const ready = world.run.live.operation("workspaceReady")!;
  const [response, service] = [ready.response, ready.service].map((times) =>
    Math.round(times.valueAt(0.5) / 1_000)
  );
  assert.ok(response! - service! >= 490 && response! - service! <= 510, `${response} ${service}`);
});

Deno.test("workspaces that fail are told by class, and are no reason to stop", async () => {
  await using world = await BackupWorld.open();
  const failures = new Map([
    ["dw-test-r1-2", "Detected unrecoverable event FailedScheduling: 0/1 nodes"],
    ["dw-test-r1-3", "Container dev has state ImagePullBackOff"],
  ]);
  world.treat = (name) => {
    const failure = failures.get(name);
    const times = { startMs: 1_000, stopMs: 1_000 };
    return failure === undefined ? times : { ...times, failure };
  };
  await ran(world, [...LOAD_ONLY, "--max-devworkspaces", "4"]);
  const ready = world.run.live.operation("workspaceReady")!;
  assert.equal(ready.ok, 2);
  assert.deepEqual(ready.failed, { scheduling: 1, container: 1 });
});

Deno.test("a workspace that is not ready in time is late, and one that is deleted is gone", async () => {
  await using world = await BackupWorld.open();
  const { cluster } = world;
  world.treat = (name) =>
    name.endsWith("-1") ? { startMs: 1e9, stopMs: 0 } : {
      startMs: 5_000,
      stopMs: 0,
    };
  void cluster.clock.sleepUntil(3_000).then(async () => {
    const [, second] = await world.workspaces();
    const { namespace = "", name = "" } = second!.metadata;
    await cluster.delete(DEV_WORKSPACES, { namespace, name });
  });
  await ran(world, [
    ...[...LOAD_ONLY, "--max-devworkspaces", "2", "--wait-timeout", "1"],
    ...["--devworkspace-ready-timeout-seconds", "10"],
  ]);
  const ready = world.run.live.operation("workspaceReady")!;
  assert.deepEqual(ready.failed, { stalled: 1, "workspace-gone": 1 });
  assert.match(world.warnings.join("\n"), /still-starting: 1 workspace/);
});

Deno.test("with ramping-vus workers come one after another, and none begins after the time", async () => {
  await using world = await BackupWorld.open();
  await ran(world, [
    ...[...LOAD_ONLY, "--executor", "ramping-vus", "--max-vus", "4", "--max-devworkspaces", "-1"],
    ...["--test-duration-minutes", "3"],
  ]);
  const { run } = world;
  const created = run.live.operation("createWorkspace")!.ok;
  // One worker from 2 minutes on, 2 s for each.
  assert.ok(created >= 29 && created <= 31, `${created}`);
  assert.equal(run.live.operation("workspaceReady")!.ok, created);
});

Deno.test("a load without backups may delete what is ready", async () => {
  await using world = await BackupWorld.open();
  await ran(world, [
    ...[...LOAD_ONLY, "--delete-devworkspace-after-ready", "true"],
    ...["--max-devworkspaces", "3"],
  ]);
  assert.equal(world.run.live.operation("deleteWorkspace")?.ok, 3);
  assert.deepEqual(await world.workspaces(), []);
});
