import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import { OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import { Borrowed } from "../../../../kube/owned/borrowed.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../../../kube/resource.ts";
import { borrowConfig } from "../../../../probes/backup/configure/borrow_config.ts";
import { checkOperator } from "../../../../probes/backup/configure/check_operator.ts";
import { CONFIG, OPERATOR, operatorConfig, OperatorWorld } from "./operator_world.ts";

async function refusal(checking: Promise<unknown>): Promise<string> {
  const thrown = await checking.then(() => undefined, (thrown) => thrown);
  assert.ok(thrown instanceof CannotRunError, String(thrown));
  assert.doesNotMatch(thrown.message, /\n/);
  return thrown.message;
}

Deno.test("an operator's configuration that is there is in order, and one that is missing can be made", async () => {
  await using world = await OperatorWorld.with([operatorConfig({ workspace: {} })]);
  await world.advance(checkOperator(world.run, await world.options()));
  await using missing = await OperatorWorld.with();
  await missing.advance(checkOperator(missing.run, await missing.options()));
  assert.deepEqual([...world.warnings, ...missing.warnings], []);
});

Deno.test("a namespace that is not the operator's is told before anything is created", async () => {
  await using world = await OperatorWorld.with();
  const options = { ...await world.options(), operatorNamespace: "nowhere" };
  assert.equal(
    await refusal(world.advance(checkOperator(world.run, options))),
    'There is no namespace "nowhere": name that of the DevWorkspace Operator with --dwo-namespace',
  );
  const metadata = { namespace: "devworkspace-controller", name: CONFIG.name };
  await world.cluster.create(NAMESPACES, { metadata: { name: metadata.namespace } });
  await world.cluster.create(OPERATOR_CONFIGS, { metadata, config: { workspace: {} } });
  assert.equal(
    await refusal(world.advance(checkOperator(world.run, await world.options()))),
    `The operator's configuration is not in "${OPERATOR}", but in "devworkspace-controller": is it ` +
      "--dwo-namespace devworkspace-controller?",
  );
});

Deno.test("backups that are on already are warned of", async () => {
  const backupCronJob = { enable: true, registry: { path: "old.test/u" } };
  await using world = await OperatorWorld.with([operatorConfig({ workspace: { backupCronJob } })]);
  await world.advance(checkOperator(world.run, await world.options()));
  assert.deepEqual(world.warnings, [
    "backups-on-already: Backups are on already, to old.test/u: workspaces that come to be stopped while a " +
    "tick runs are not backed up",
  ]);
});

Deno.test("no run begins, and none configures, while another has changed the operator's configuration", async () => {
  await using world = await OperatorWorld.with([operatorConfig({ workspace: {} })]);
  const nightly = new Run({
    id: "nightly",
    clock: world.cluster.clock,
    rng: createRng(1),
    log: () => {},
  });
  const field = { path: "/config/workspace/backupCronJob/enable", value: true };
  const path = { path: "/config/workspace/backupCronJob/registry/path", value: "its.test/u" };
  const borrowed = new Borrowed(nightly, {
    cluster: world.cluster,
    identity: { runId: "nightly", command: "backup run" },
    namespace: OPERATOR,
  });
  await world.advance(borrowed.change(OPERATOR_CONFIGS, CONFIG, [field, path]));
  const says =
    "Run nightly has changed the operator's configuration and not given it back: wait for it, or " +
    "scaletool backup restore-config --run-id nightly";
  const options = await world.options();
  assert.equal(await refusal(world.advance(checkOperator(world.run, options))), says);
  assert.equal(await refusal(world.advance(borrowConfig(world.run, options))), says);
  await world.advance(nightly.undoAll({ signal: new AbortController().signal, onLong() {} }));
  await world.advance(checkOperator(world.run, options));
});

Deno.test("a cluster without the operator's kinds has no operator", async () => {
  await using world = await OperatorWorld.with();
  const ref = { name: "devworkspaceoperatorconfigs.controller.devfile.io" };
  await world.cluster.delete(CUSTOM_RESOURCE_DEFINITIONS, ref);
  assert.equal(
    await refusal(world.advance(checkOperator(world.run, await world.options()))),
    "The cluster has no DevWorkspaceOperatorConfig: the DevWorkspace Operator is not installed",
  );
});
