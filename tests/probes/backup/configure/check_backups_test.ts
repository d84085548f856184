import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { PERSISTENT_VOLUME_CLAIMS, type Resource, SECRETS } from "../../../../kube/resource.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { checkBackups } from "../../../../probes/backup/configure/check_backups.ts";
import {
  claim,
  CONFIG,
  operatorConfig,
  OperatorWorld,
  USERS,
  workspace,
} from "./operator_world.ts";

type Given = readonly (readonly [Resource, KubeObject])[];
const TYPE = "controller.devfile.io/storage-type";
const PER_WORKSPACE = { [TYPE]: "per-workspace" };

async function worldWith(objects: Given): Promise<OperatorWorld> {
  const world = await OperatorWorld.with([operatorConfig({ workspace: {} }), ...objects]);
  for (const [resource, { metadata }] of objects) {
    if (resource === PERSISTENT_VOLUME_CLAIMS) await bind(world, metadata.name!);
    if (resource === DEV_WORKSPACES) {
      const status = objects.find(([, object]) => object.metadata === metadata)![1]["status"];
      const ref = { namespace: metadata.namespace!, name: metadata.name! };
      await world.cluster.setStatus(resource, ref, status);
    }
  }
  return world;
}

async function bind(world: OperatorWorld, name: string, phase = "Bound"): Promise<void> {
  const ref = { namespace: USERS, name };
  await world.cluster.setStatus(PERSISTENT_VOLUME_CLAIMS, ref, { phase });
}

async function check(
  world: OperatorWorld,
  { schedule = "*/1 * * * *", waitMs }: { schedule?: string; waitMs?: number } = {},
): Promise<readonly string[]> {
  const { items } = await world.cluster.list(DEV_WORKSPACES, {});
  const workspaces = items.map(({ metadata: { namespace = "", name = "" } }) => ({
    namespace,
    name,
  }));
  const options = await world.options({ "backup-schedule": schedule });
  const wait = waitMs === undefined ? {} : { waitMs };
  await world.advance(checkBackups(world.run, { ...options, ...wait, workspaces }));
  return world.warnings;
}

async function refusal(checking: Promise<unknown>): Promise<string> {
  const thrown = await checking.then(() => undefined, (thrown) => thrown);
  assert.ok(thrown instanceof CannotRunError, String(thrown));
  assert.doesNotMatch(thrown.message, /\n/);
  return thrown.message;
}

Deno.test("workspaces with bound volumes of either kind are in order", async () => {
  await using world = await worldWith([
    workspace("a", PER_WORKSPACE),
    claim("storage-workspace-a"),
    workspace("b"),
    workspace("c", { [TYPE]: "per-user" }),
    claim("claim-devworkspace"),
  ]);
  assert.deepEqual(await check(world), []);
});

Deno.test("a shared volume is called as the workspace's configuration says, else as the operator's", async () => {
  const external = {
    "controller.devfile.io/devworkspace-config": { name: "mine", namespace: USERS },
  };
  await using world = await worldWith([
    workspace("a"),
    claim("global"),
    workspace("b", external),
    claim("own"),
    [OPERATOR_CONFIGS, {
      metadata: { namespace: USERS, name: "mine" },
      config: { workspace: { pvcName: "own" } },
    }],
  ]);
  const options = { type: "merge", fieldManager: "test" } as const;
  const body = { config: { workspace: { pvcName: "global" } } };
  await world.cluster.patch(OPERATOR_CONFIGS, CONFIG, { body, options });
  assert.deepEqual(await check(world), []);
});

Deno.test("workspaces without a volume are warned of, and without any there is nothing to do", async () => {
  const ephemeral = [workspace("a", { [TYPE]: "ephemeral" }), workspace("b", PER_WORKSPACE)];
  await using none = await worldWith(ephemeral);
  assert.match(
    await refusal(check(none)),
    /^No workspace has a volume: there is nothing to back up/,
  );
  await using some = await worldWith([...ephemeral, claim("storage-workspace-b")]);
  assert.deepEqual(await check(some), [
    "no-volume: 1 of 2 workspaces have no volume: they are not backed up",
  ]);
});

Deno.test("volumes that nobody has bound are warned of", async () => {
  await using world = await worldWith([
    workspace("a", PER_WORKSPACE),
    claim("storage-workspace-a"),
  ]);
  await bind(world, "storage-workspace-a", "Pending");
  assert.deepEqual(await check(world), [
    "volume-not-bound: The volumes of 1 of 1 workspaces are not bound: their backups hang",
  ]);
});

Deno.test("a configuration with a registry of its own is warned of: restores go there", async () => {
  const named = (name: string) => ({
    ...PER_WORKSPACE,
    "controller.devfile.io/devworkspace-config": { name, namespace: USERS },
  });
  const config = (name: string, path: string): Given[number] => [OPERATOR_CONFIGS, {
    metadata: { namespace: USERS, name },
    config: { workspace: { backupCronJob: { registry: { path } } } },
  }];
  await using world = await worldWith([
    ...["a", "b", "c", "d"].map((name) => claim(`storage-workspace-${name}`)),
    workspace("a", named("same")),
    workspace("b", named("other")),
    workspace("c", named("other")),
    workspace("d", named("none")),
    config("same", "quay.io/me"),
    config("other", "external.test/u"),
  ]);
  assert.deepEqual(await check(world), [
    `external-configuration: Workspaces name the configuration ${USERS}/none, which is not there`,
    `external-configuration: Workspaces name the configuration ${USERS}/other: they are backed up to quay.io/me, ` +
    "and restored from external.test/u unless their restore names its image",
  ]);
});

Deno.test("a Secret of a user comes before the operator's, which is told", async () => {
  const secret = { namespace: USERS, name: "devworkspace-backup-registry-auth" };
  await using world = await worldWith([
    workspace("a"),
    claim("claim-devworkspace"),
    [SECRETS, { metadata: secret }],
  ]);
  assert.deepEqual(await check(world), [
    "users-registry-secret: 1 of 1 namespaces have a Secret devworkspace-backup-registry-auth, which comes " +
    "before the operator's",
  ]);
});

Deno.test("what a user may not see is told, and stops nothing", async () => {
  await using world = await worldWith([workspace("a"), claim("claim-devworkspace")]);
  world.cluster.before = (call) => {
    if (!/secrets/.test(call)) return;
    throw new StatusError({ kind: "Status", reason: "Forbidden", message: "no" }, { code: 403 });
  };
  assert.deepEqual(await check(world), [
    "users-registry-secret: Whether 1 namespaces have a Secret devworkspace-backup-registry-auth is not for " +
    "this user to see",
  ]);
});

Deno.test("a tick that comes after the wait is warned of", async () => {
  await using world = await worldWith([workspace("a"), claim("claim-devworkspace")]);
  const waitMs = 30 * 60_000;
  assert.deepEqual(await check(world, { schedule: "@every 30m", waitMs }), []);
  const [warning] = await check(world, { schedule: "@every 2h", waitMs });
  assert.equal(
    warning,
    'tick-too-late: The next tick of "@every 2h" is in 2h0m, and backups are waited for 30m0s',
  );
});

Deno.test("what a user may not look at, and is needed, ends the run in one line", async () => {
  await using world = await worldWith([workspace("a"), claim("claim-devworkspace")]);
  world.cluster.before = (call) => {
    if (!/persistentvolumeclaims/.test(call)) return;
    throw new StatusError({ kind: "Status", reason: "Forbidden", message: "no" }, { code: 403 });
  };
  assert.match(
    await refusal(check(world)),
    /^Cannot look for what is in the way of backups: .*no/,
  );
});

Deno.test("without a workspace nothing is looked at", async () => {
  await using world = await worldWith([]);
  const options = await world.options();
  world.cluster.calls.length = 0;
  await world.advance(checkBackups(world.run, { ...options, workspaces: [] }));
  assert.deepEqual(world.cluster.calls, []);
});
