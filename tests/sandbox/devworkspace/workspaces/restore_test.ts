import assert from "node:assert/strict";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE, LABEL, RESTORE_CONTAINER } from "../../../../kube/devworkspace/words.ts";
import { elementsOf, fieldsOf } from "../../../../kube/fields.ts";
import { PODS, SECRETS } from "../../../../kube/resource.ts";
import { OPERATOR_NAMESPACE } from "../../../../sandbox/devworkspace/installation.ts";
import type { ProfileName } from "../../../../sandbox/devworkspace/profile.ts";
import { GOOD_REGISTRY, NAMESPACE, StandInUnderTest } from "../stand_in_under_test.ts";

const AT = { namespace: NAMESPACE, name: "a" };
const RESTORED = { attributes: { [ATTRIBUTE.restoreWorkspace]: "true" } };

async function backedUp(
  { profile = "0.42.0", authSecret = "" }: { profile?: ProfileName; authSecret?: string } = {},
): Promise<StandInUnderTest> {
  const test = await StandInUnderTest.start({ profile });
  if (authSecret !== "") {
    const labels = { [LABEL.watchSecret]: "true" };
    const metadata = { namespace: OPERATOR_NAMESPACE, name: authSecret, labels };
    await test.create(SECRETS, { metadata });
  }
  await test.createStopped(["a"]);
  await test.configure({ registry: { path: GOOD_REGISTRY, authSecret } });
  await test.clock.advance(70_000);
  assert.ok(test.standIn.registry.has(`${GOOD_REGISTRY}/${NAMESPACE}/a:latest`));
  return test;
}

async function remake(test: StandInUnderTest): Promise<void> {
  await test.remove(DEV_WORKSPACES, AT);
  await test.clock.advance(10_000);
  await test.createWorkspace("a", RESTORED);
  await test.clock.advance(10_000);
}

async function initContainer(test: StandInUnderTest) {
  const [pod] = (await test.list(PODS, { namespace: NAMESPACE }))
    .filter(({ metadata }) => metadata.labels?.[LABEL.workspaceName] === "a");
  const [status] = elementsOf(fieldsOf(pod!["status"])["initContainerStatuses"]);
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod!.metadata.name}/log`;
  const { text } = await test.text(`${path}?container=${RESTORE_CONTAINER}`);
  return { state: fieldsOf(status?.["state"]), text };
}

Deno.test("a restored workspace tells how its init container ended, and its log says from where", async () => {
  await using test = await backedUp();
  await remake(test);
  assert.equal(await test.phase("a"), "Running");
  const { state, text } = await initContainer(test);
  assert.equal(fieldsOf(state["terminated"])["exitCode"], 0);
  assert.match(text, /^Restoring devworkspace from image 'registry\.test\/user\/ns\/a:latest'/);
});

Deno.test("a workspace that is started again is not restored over what is there", async () => {
  await using test = await backedUp();
  await remake(test);
  await test.setStarted("a", false);
  await test.clock.advance(10_000);
  await test.setStarted("a", true);
  await test.clock.advance(10_000);
  assert.equal(await test.phase("a"), "Running");
  assert.match((await initContainer(test)).text, /Skipping restore action\.$/m);
});

Deno.test("an artifact that was pushed with credentials is pulled with them: 0.40.0 copies none", async () => {
  await using newer = await backedUp({ authSecret: "push" });
  await remake(newer);
  assert.equal(await newer.phase("a"), "Running");
  await using older = await backedUp({ profile: "0.40.0", authSecret: "push" });
  await remake(older);
  assert.equal(await older.phase("a"), "Failed");
  const labels = { [LABEL.watchSecret]: "true" };
  await older.create(SECRETS, { metadata: { namespace: NAMESPACE, name: "push", labels } });
  await remake(older);
  assert.equal(await older.phase("a"), "Running");
});

Deno.test("what cannot be pulled leaves the reason in the log of the pod that fails", async () => {
  await using test = await StandInUnderTest.start();
  await test.configure({ enable: false });
  await test.createWorkspace("a", RESTORED);
  let text = "";
  for (let step = 0; step < 100 && text === ""; step++) {
    await test.clock.advance(50);
    const pods = await test.list(PODS, { namespace: NAMESPACE });
    if (pods.length > 0) text = (await initContainer(test)).text.match(/Error:.*/)?.[0] ?? "";
  }
  assert.equal(text, "Error: cannot pull registry.test/user/ns/a:latest: not found");
  await test.clock.advance(10_000);
  assert.equal(await test.phase("a"), "Failed");
});
