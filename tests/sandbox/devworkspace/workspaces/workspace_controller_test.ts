import assert from "node:assert/strict";
import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE, LABEL } from "../../../../kube/devworkspace/words.ts";
import { NAMESPACES, PERSISTENT_VOLUME_CLAIMS, PODS } from "../../../../kube/resource.ts";
import { GLOBAL_CONFIG_REF } from "../../../../sandbox/devworkspace/config.ts";
import { withSettings } from "../../../../sandbox/devworkspace/settings.ts";
import { NAMESPACE, StandInUnderTest } from "../stand_in_under_test.ts";

const AT = (name: string) => ({ namespace: NAMESPACE, name });

Deno.test("a workspace is given an id, a claim and a pod, and runs", async () => {
  await using test = await StandInUnderTest.start();
  await test.createWorkspace("a");
  await test.clock.advance(10_000);
  const workspace = await test.get(DEV_WORKSPACES, AT("a"));
  const { id, phase, message, started } = await test.status("a");
  const [one, two, three] = workspace.metadata.uid!.split("-");
  assert.equal(id, `workspace${one}${two}${three}`);
  assert.deepEqual([phase, message, started?.status], ["Running", "Workspace is running", "True"]);
  assert.notEqual(workspace.metadata.labels?.[LABEL.creator], undefined);
  const claims = await test.list(PERSISTENT_VOLUME_CLAIMS, { namespace: NAMESPACE });
  assert.deepEqual(claims.map(({ metadata: { name }, status }) => [name, status]), [[
    `storage-${id}`,
    { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "5Gi" } },
  ]]);
  const [pod] = await test.list(PODS, { namespace: NAMESPACE });
  assert.equal(pod!.metadata.labels?.[LABEL.workspaceId], id);
});

Deno.test("a workspace that is stopped says so, and since when", async () => {
  await using test = await StandInUnderTest.start();
  await test.createStopped(["a"]);
  const { started, phase, message } = await test.status("a");
  assert.deepEqual([phase, message], ["Stopped", "Stopped"]);
  assert.deepEqual([started!.status, started!.message], ["False", "Workspace is stopped"]);
  assert.deepEqual(await test.list(PODS, { namespace: NAMESPACE }), []);
  assert.equal((await test.list(PERSISTENT_VOLUME_CLAIMS)).length, 1);
});

Deno.test("a workspace that was never started is stopped, and has no claim", async () => {
  await using test = await StandInUnderTest.start();
  await test.createWorkspace("a", { started: false });
  await test.clock.advance(10_000);
  const { phase, started } = await test.status("a");
  assert.deepEqual([phase, started!.status], ["Stopped", "False"]);
  assert.deepEqual(await test.list(PERSISTENT_VOLUME_CLAIMS), []);
});

Deno.test("workspaces with common storage share a claim, which goes with the last of them", async () => {
  await using test = await StandInUnderTest.start();
  await test.createStopped(["a", "b"], { storage: "per-user" });
  const claims = async () =>
    (await test.list(PERSISTENT_VOLUME_CLAIMS)).map(({ metadata }) => metadata.name);
  assert.deepEqual(await claims(), ["claim-devworkspace"]);
  await test.remove(DEV_WORKSPACES, AT("a"));
  await test.clock.advance(5_000);
  assert.deepEqual(await claims(), ["claim-devworkspace"]);
  await test.remove(DEV_WORKSPACES, AT("b"));
  await test.clock.advance(5_000);
  assert.deepEqual(await claims(), []);
  assert.deepEqual(await test.list(DEV_WORKSPACES), []);
});

Deno.test("a running workspace that is deleted takes its pod and its claim along", async () => {
  await using test = await StandInUnderTest.start();
  await test.createWorkspace("a");
  await test.clock.advance(10_000);
  await test.remove(DEV_WORKSPACES, AT("a"));
  await test.clock.advance(10_000);
  for (const resource of [DEV_WORKSPACES, PERSISTENT_VOLUME_CLAIMS]) {
    assert.deepEqual(await test.list(resource), []);
  }
  assert.deepEqual(await test.list(PODS, { namespace: NAMESPACE }), []);
});

Deno.test("a namespace can go with running workspaces in it", async () => {
  await using test = await StandInUnderTest.start();
  await test.createWorkspace("a");
  await test.createWorkspace("b", { storage: "common" });
  await test.clock.advance(10_000);
  await test.remove(NAMESPACES, { name: NAMESPACE });
  await test.clock.advance(20_000);
  const names = (await test.list(NAMESPACES)).map(({ metadata }) => metadata.name);
  assert.ok(!names.includes(NAMESPACE), names.join());
});

Deno.test("without the label of who made it a workspace fails, and stops being started", async () => {
  const settings = withSettings({ operator: { setsCreator: false } });
  await using test = await StandInUnderTest.start({ settings });
  await test.createWorkspace("a");
  await test.clock.advance(10_000);
  const { phase, message, started } = await test.status("a");
  assert.equal(phase, "Failed");
  assert.match(message, /^workspace must have creator specified/);
  assert.equal(started!.message, "Workspace stopped due to error");
  assert.equal((await test.get(DEV_WORKSPACES, AT("a")))["spec"]!["started" as never], false);
});

Deno.test("where volumes are bound late a workspace fails, unless that is to be ignored", async () => {
  const settings = withSettings({
    cluster: { volumeBinding: "Immediate", volumeBindMs: 5_000 },
  });
  await using test = await StandInUnderTest.start({ settings });
  await test.createWorkspace("a");
  await test.clock.advance(10_000);
  const { phase, message } = await test.status("a");
  assert.equal(phase, "Failed");
  assert.match(message, /^Detected unrecoverable event FailedScheduling: .*unbound immediate/);
  await test.patch(OPERATOR_CONFIGS, GLOBAL_CONFIG_REF, {
    config: { workspace: { ignoredUnrecoverableEvents: ["FailedScheduling"] } },
  });
  await test.createWorkspace("b");
  await test.clock.advance(10_000);
  assert.equal(await test.phase("b"), "Running");
});

Deno.test("what comes to nothing in five minutes has failed", async () => {
  const settings = withSettings({ cluster: { volumeBindMs: 600_000 } });
  await using test = await StandInUnderTest.start({ settings });
  await test.createWorkspace("a");
  await test.clock.advance(310_000);
  const { phase, message } = await test.status("a");
  assert.equal(phase, "Failed");
  assert.match(message, /longer than timeout \(5m\)$/);
});

Deno.test("what a container's definition does not know is dropped", async () => {
  await using test = await StandInUnderTest.start();
  const template = {
    attributes: { [ATTRIBUTE.storageType]: "ephemeral", anything: { at: ["all"] } },
    components: [{ name: "dev", container: { image: "tools", imagePullPolicy: "Always" } }],
  };
  const made = await test.create(DEV_WORKSPACES, {
    metadata: AT("a"),
    spec: { started: false, template },
  });
  assert.deepEqual((made["spec"] as { template: unknown }).template, {
    ...template,
    components: [{ name: "dev", container: { image: "tools" } }],
  });
});
