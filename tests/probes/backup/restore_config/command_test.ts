/** What runs of backup have changed and lost, given back; what other runs have borrowed is left. */

import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import { cleanUpRuns } from "../../../../kube/cleanup/clean_up_runs.ts";
import { runChoice } from "../../../../kube/cleanup/mod.ts";
import { OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import { Borrowed } from "../../../../kube/owned/borrowed.ts";
import { SECRETS } from "../../../../kube/resource.ts";
import { borrowConfig } from "../../../../probes/backup/configure/borrow_config.ts";
import { ensureRegistrySecret } from "../../../../probes/backup/configure/registry_secret.ts";
import { cleanupValues } from "../../../../kube/cleanup/give_back_command.ts";
import {
  isBackupCommand,
  restoreConfigCommand,
} from "../../../../probes/backup/restore_config/command.ts";
import { recordingIo } from "../../../support/recording_io.ts";
import {
  CONFIG,
  NEVER,
  OPERATOR,
  operatorConfig,
  OperatorWorld,
} from "../configure/operator_world.ts";

const BEFORE = {
  workspace: { backupCronJob: { enable: false, registry: { path: "old.test/u" } } },
};
const SECRET = { namespace: OPERATOR, name: "quay-push-secret" };

/** Configured by a run that is never heard of again. */
async function lostRun(): Promise<OperatorWorld> {
  const data = { ".dockerconfigjson": btoa('{"auths":{"quay.io":{}}}') };
  const type = "kubernetes.io/dockerconfigjson";
  const metadata = { ...SECRET, labels: { app: "x" } };
  const world = await OperatorWorld.with([
    operatorConfig(BEFORE),
    [SECRETS, { metadata, type, data }],
  ]);
  await world.advance(ensureRegistrySecret(world.run, await world.options()));
  await world.advance(borrowConfig(world.run, await world.options()));
  return world;
}

/** Another command's, on the same object. */
async function otherRun({ cluster, advance }: OperatorWorld, world: OperatorWorld): Promise<void> {
  const run = new Run({ id: "r-other", clock: cluster.clock, rng: createRng(1), log: () => {} });
  const identity = { runId: run.id, command: "gateway churn" };
  const borrowed = new Borrowed(run, { cluster, identity, namespace: "default" });
  const wanted = [{ path: "/config/workspace/pvcName", value: "other" }];
  await advance.call(world, borrowed.change(OPERATOR_CONFIGS, CONFIG, wanted));
}

async function restore(world: OperatorWorld, given: Readonly<Record<string, unknown>> = {}) {
  const { cluster } = world;
  const defaults = Object.entries(restoreConfigCommand.flags)
    .map(([name, { defaultValue }]) => [name, defaultValue]);
  const values = cleanupValues({ ...Object.fromEntries(defaults), ...given });
  return await world.advance(
    cleanUpRuns({
      context: { cluster, clock: cluster.clock, rng: createRng(3), signal: NEVER, say: () => {} },
      choice: runChoice(values),
      server: "https://server",
      user: undefined,
      namespaces: values.namespace,
      isForced: values.force,
      onlyBorrowed: values["only-borrowed"],
      takesBackChanged: values["force-borrowed"],
      isShownOnly: values["dry-run"],
      isOfCommand: isBackupCommand,
    }),
  );
}

Deno.test("what a run had changed when it was killed is given back by another machine", async () => {
  await using world = await lostRun();
  await otherRun(world, world);
  const { runs } = await restore(world, { "run-id": "r1" });
  assert.deepEqual(runs.map(({ runId, borrowed }) => [runId, borrowed.length]), [["r1", 2]]);
  const { workspace } = await world.config() as { workspace: Record<string, unknown> };
  assert.deepEqual(workspace, {
    backupCronJob: {
      enable: false,
      schedule: "0 0 1 * *",
      backoffLimit: 1,
      registry: { path: "old.test/u" },
    },
    pvcName: "other",
  });
  assert.deepEqual((await world.find(SECRETS, SECRET))?.metadata.labels, { app: "x" });
  assert.deepEqual((await world.loans()).map(({ loan }) => loan?.fields[0]?.path), [
    "/config/workspace/pvcName",
  ]);
});

Deno.test("what would be given back is shown, and nothing is done", async () => {
  await using world = await lostRun();
  const before = await world.config();
  const { runs } = await restore(world, { "dry-run": true });
  assert.deepEqual(runs.map(({ runId }) => runId), ["r1"]);
  assert.deepEqual(await world.config(), before);
});

Deno.test("what restoring asks of a cluster is known from its flags", async () => {
  const defaults = Object.entries(restoreConfigCommand.flags)
    .map(([name, { defaultValue }]) => [name, defaultValue]);
  const needs = await restoreConfigCommand.needs({
    command: "backup restore-config",
    values: Object.fromEntries(defaults),
    sources: {},
    io: recordingIo(),
  } as never);
  const kinds = needs.rights.map(({ verb, kind }) =>
    `${verb} ${(kind as { plural: string }).plural}`
  );
  assert.deepEqual(kinds, [
    "list leases",
    "delete leases",
    "get devworkspaceoperatorconfigs",
    "patch devworkspaceoperatorconfigs",
    "get secrets",
    "patch secrets",
  ]);
});
