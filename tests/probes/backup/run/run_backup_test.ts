import assert from "node:assert/strict";
import { CannotRunError, OperationFailedError } from "../../../../core/errors.ts";
import { CONFIG_MAPS, NAMESPACES, SECRETS } from "../../../../kube/resource.ts";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { LABEL } from "../../../../kube/devworkspace/words.ts";
import { BackupWorld } from "../backup_world.ts";
import { ran } from "./running.ts";

const LOAD_ONLY = ["--run-backup-test-hook", "false"];
const OF_RUN = { labelSelector: "scaletool.io/run-id=r1" };

Deno.test("workspaces are created, seen to be ready, and gone when the run is undone", async () => {
  await using world = await BackupWorld.open();
  await ran(world, [...LOAD_ONLY, "--max-devworkspaces", "5", "--max-vus", "2"]);
  const { run, cluster } = world;
  const [created, ready] = ["createWorkspace", "workspaceReady"].map((op) =>
    run.live.operation(op)
  );
  assert.deepEqual([created?.ok, ready?.ok], [5, 5]);
  // Two at a time, two seconds each.
  assert.equal(cluster.clock.now() >= 6_000, true);
  const names = (await world.workspaces()).map(({ metadata }) => metadata.name);
  assert.deepEqual(names, [1, 2, 3, 4, 5].map((number) => `dw-test-r1-${number}`));
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.workspaces(), []);
  await cluster.get(NAMESPACES, { name: "ws" }); // that of others stays
});

Deno.test("each workspace has a namespace of its own if asked, with the field's label, and it goes", async () => {
  await using world = await BackupWorld.open();
  await ran(world, [
    ...LOAD_ONLY,
    ...["--max-devworkspaces", "3", "--separate-namespaces", "true"],
    ...["--create-automount-resources", "true"],
  ]);
  const { cluster } = world;
  const places = (await world.workspaces()).map(({ metadata }) => metadata.namespace);
  assert.deepEqual(places, [1, 2, 3].map((number) => `load-test-ns-r1-${number}`));
  const { items } = await cluster.list(NAMESPACES, { labelSelector: "load-test=test-type" });
  assert.equal(items.length, 3);
  for (const kind of [CONFIG_MAPS, SECRETS]) {
    const made = (await cluster.list(kind, OF_RUN)).items;
    assert.equal(made.length, 3);
    assert.ok(made.every(({ metadata }) => metadata.labels?.[LABEL.mountToWorkspace] === "true"));
  }
  assert.deepEqual(await world.undo(), []);
  assert.equal((await cluster.list(NAMESPACES, OF_RUN)).items.length, 0);
});

Deno.test("a cluster whose operator takes no notice is told of in one line, before any load", async () => {
  await using world = await BackupWorld.open();
  world.treat = () => undefined;
  await assert.rejects(ran(world, [...LOAD_ONLY, "--max-devworkspaces", "3"]), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(
      error.message,
      /^No DevWorkspace Operator took notice .* within 30s.*openshift-operators/,
    );
    return true;
  });
  assert.equal(world.run.hasBegun, false);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.workspaces(), []);
});

Deno.test("a first workspace that was made, but whose answer was lost, is the run's own", async () => {
  await using world = await BackupWorld.open();
  const { cluster } = world;
  const { after } = cluster;
  let isLost = false;
  cluster.after = async (call) => {
    await after(call);
    if (isLost || !/^POST .*\/devworkspaces(?:\?|$)/.test(call)) return;
    isLost = true;
    throw new OperationFailedError("connection-reset", "the answer was lost");
  };
  await ran(world, [...LOAD_ONLY, "--max-devworkspaces", "1"]);
  assert.equal(isLost, true);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.workspaces(), []);
});

Deno.test("a cluster without the operator's kinds is told of in one line", async () => {
  await using world = await BackupWorld.open();
  world.cluster.before = (call) => {
    if (call.includes("/devworkspaces?")) throw notFound();
  };
  await assert.rejects(
    ran(world, [...LOAD_ONLY, "--max-devworkspaces", "3"]),
    /DevWorkspace Operator is not installed/,
  );
});

function notFound() {
  return new StatusError({ kind: "Status", reason: "NotFound" }, { code: 404 });
}

Deno.test("who makes a workspace names its creator only where nothing else does", async () => {
  await using world = await BackupWorld.open();
  await ran(world, [...LOAD_ONLY, "--max-devworkspaces", "1"]);
  const [workspace] = await world.workspaces();
  assert.equal(workspace?.metadata.labels?.[LABEL.creator], "r1");

  await using admitted = await BackupWorld.open();
  const { cluster } = admitted;
  const create = cluster.create.bind(cluster);
  cluster.create = (kind, object, options) => {
    if (kind !== DEV_WORKSPACES) return create(kind, object, options);
    const labels = { [LABEL.creator]: "uid-of-user", ...object.metadata.labels };
    return create(kind, { ...object, metadata: { ...object.metadata, labels } }, options);
  };
  await ran(admitted, [...LOAD_ONLY, "--max-devworkspaces", "1"]);
  const [other] = await admitted.workspaces();
  assert.equal(other?.metadata.labels?.[LABEL.creator], "uid-of-user");
});

Deno.test("a registry without credentials is told of before any workspace is made", async () => {
  await using world = await BackupWorld.open();
  await assert.rejects(
    ran(world, ["--registry-path", "quay.io/me", "--max-devworkspaces", "2"]),
    /There is no Secret openshift-operators\/quay-push-secret/,
  );
  assert.ok(world.cluster.calls.every((call) => !/^POST .*\/devworkspaces\?/.test(call)));
  assert.deepEqual(await world.undo(), []);
});
