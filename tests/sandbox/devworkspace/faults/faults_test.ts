/** What each fault does: by order and number on a clock that stands still. */

import assert from "node:assert/strict";
import { lastBackupTimeOf } from "../../../../kube/devworkspace/operator_config.ts";
import { OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import { LABEL } from "../../../../kube/devworkspace/words.ts";
import { elementsOf, fieldsOf } from "../../../../kube/fields.ts";
import { JOBS, PERSISTENT_VOLUME_CLAIMS, PODS, SECRETS } from "../../../../kube/resource.ts";
import { GLOBAL_CONFIG_REF } from "../../../../sandbox/devworkspace/config.ts";
import { parseDevWorkspaceFault } from "../../../../sandbox/devworkspace/faults/fault_spec.ts";
import { DEV_WORKSPACE_FAULTS } from "../../../../sandbox/devworkspace/faults/mod.ts";
import { OPERATOR_NAMESPACE, OPERATOR_POD } from "../../../../sandbox/devworkspace/installation.ts";
import { GOOD_REGISTRY, StandInUnderTest } from "../stand_in_under_test.ts";

function faulty(...faults: string[]): Promise<StandInUnderTest> {
  return StandInUnderTest.start({ faults: faults.map(parseDevWorkspaceFault) });
}

async function jobCounts(test: StandInUnderTest, names: readonly string[]): Promise<number[]> {
  return await Promise.all(names.map(async (name) => (await test.jobs(name)).length));
}

Deno.test("registry-unreachable: a good registry is not found, and the pod's log says so", async () => {
  await using test = await faulty("registry-unreachable");
  await test.createStopped(["a"]);
  await test.configure({ backoffLimit: 0 });
  await test.clock.advance(70_000);
  const { lastBackup } = await test.status("a");
  assert.deepEqual([lastBackup!.isSuccessful, test.standIn.registry.size], [false, 0]);
  const [job] = await test.jobs("a");
  const [pod] = (await test.list(PODS)).filter(({ metadata }) =>
    metadata.labels?.["job-name"] === job!.metadata.name
  );
  const { namespace, name } = pod!.metadata;
  const { text } = await test.text(`/api/v1/namespaces/${namespace}/pods/${name}/log`);
  assert.match(text, /^Backing up devworkspace 'a'.*\n.*lookup registry\.test: no such host\n$/);
  assert.deepEqual(test.standIn.faultHits, [{
    fault: "registry-unreachable",
    concerned: 1,
    hit: 1,
    of: "backup pods",
  }]);
});

Deno.test("secret-unlabelled: the Secret is there, the operator does not see it, and all is lost", async () => {
  await using test = await faulty("secret-unlabelled,for=1s");
  const at = { namespace: OPERATOR_NAMESPACE, name: "push" };
  const labels = { [LABEL.watchSecret]: "true" };
  await test.create(SECRETS, { metadata: { ...at, labels } });
  await test.createStopped(["a"]);
  await test.configure({ registry: { path: GOOD_REGISTRY, authSecret: at.name } });
  await test.clock.advance(70_000);
  assert.equal((await test.get(SECRETS, at)).metadata.labels, undefined);
  await test.patch(SECRETS, at, { metadata: { labels } });
  await test.clock.advance(130_000);
  assert.deepEqual(await test.list(JOBS), []);
});

Deno.test("operator-crash: the tick ends at its first Job, whose outcome nobody writes", async () => {
  await using test = await faulty("operator-crash=20s");
  await test.createStopped(["a", "b", "c"]);
  await test.configure({});
  await test.clock.advance(65_000);
  assert.equal((await test.list(JOBS)).length, 1);
  const lastTick = async () =>
    lastBackupTimeOf(await test.get(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF));
  assert.equal(await lastTick(), undefined);
  const { namespace, name } = OPERATOR_POD;
  const container = async () => {
    const { status } = await test.get(PODS, { namespace, name });
    return elementsOf(fieldsOf(status)["containerStatuses"])[0]!;
  };
  assert.deepEqual([(await container())["ready"], (await container())["restartCount"]], [false, 0]);
  await test.clock.advance(100_000);
  assert.deepEqual([(await container())["ready"], (await container())["restartCount"]], [true, 1]);
  assert.notEqual(await lastTick(), undefined);
  const counts = await jobCounts(test, ["a", "b", "c"]);
  assert.deepEqual(counts.sort(), [1, 1, 2]);
});

Deno.test("tick-overlap: the next tick repeats what the one before it has not begun yet", async () => {
  await using test = await faulty("tick-overlap");
  await test.createStopped(["a", "b"]);
  await test.configure({});
  await test.clock.advance(200_000);
  assert.deepEqual(await jobCounts(test, ["a", "b"]), [2, 2]);
  assert.deepEqual(test.standIn.faultHits[0]!.hit, 1);
});

Deno.test("slow-sync: a workspace that is stopped while a tick goes on is lost", async () => {
  await using test = await faulty("slow-sync=10s");
  await test.createStopped(["a", "b"]);
  await test.createWorkspace("late");
  await test.clock.advance(10_000);
  await test.configure({});
  await test.clock.advance(65_000);
  await test.setStarted("late", false);
  await test.clock.advance(300_000);
  assert.equal(await test.phase("late"), "Stopped");
  assert.deepEqual(await test.jobs("late"), []);
  assert.equal(test.standIn.registry.size, 2);
});

Deno.test("pvc-missing: what has lost its claim is not backed up, and only the log tells", async () => {
  await using test = await faulty("pvc-missing");
  await test.createStopped(["a"]);
  await test.configure({});
  await test.clock.advance(130_000);
  assert.deepEqual(await test.list(PERSISTENT_VOLUME_CLAIMS), []);
  assert.deepEqual(await test.jobs("a"), []);
  const { id, lastBackup } = await test.status("a");
  assert.equal(lastBackup, undefined);
  const said = test.standIn.log.filter((line) => line.includes(`"storage-${id}" not found`));
  assert.equal(said.length, 1, "afterwards it counts as backed up");
});

Deno.test("every fault can be asked for by its name alone, and explains itself", () => {
  for (const { name, does } of DEV_WORKSPACE_FAULTS) {
    assert.equal(parseDevWorkspaceFault(name).kind.name, name);
    assert.ok(does.length > 0);
  }
  const { afterMs, forMs } = parseDevWorkspaceFault("slow-sync=1s,after=5s,for=2s");
  assert.deepEqual([afterMs, forMs], [5_000, 2_000]);
  assert.throws(() => parseDevWorkspaceFault("slow-sync=soon"), SyntaxError);
  assert.throws(() => parseDevWorkspaceFault("pvc-missing=2"), SyntaxError);
});
