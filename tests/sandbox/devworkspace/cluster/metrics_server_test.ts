import assert from "node:assert/strict";
import { POD_METRICS, readPodUsage } from "../../../../kube/component/pod_usage.ts";
import type { KubeList } from "../../../../kube/object.ts";
import { resourcePath } from "../../../../kube/resource.ts";
import { OPERATOR_POD } from "../../../../sandbox/devworkspace/installation.ts";
import { SOUND, withSettings } from "../../../../sandbox/devworkspace/settings.ts";
import { NAMESPACE, StandInUnderTest } from "../stand_in_under_test.ts";

const SLOW = withSettings({
  registry: { hosts: [{ endsWith: "", isReachable: true, transferMs: 60_000 }] },
});

function metricNames(test: StandInUnderTest, namespace: string): Promise<(string | undefined)[]> {
  return test.list(POD_METRICS, { namespace }).then((all) =>
    all.map(({ metadata }) => metadata.name)
  );
}

Deno.test("the operator, etcd and backups that run have metrics, which go with them", async () => {
  await using test = await StandInUnderTest.start({ settings: SLOW });
  await test.createStopped(["a"]);
  await test.configure({});
  await test.clock.advance(90_000);
  assert.deepEqual(await metricNames(test, OPERATOR_POD.namespace), [OPERATOR_POD.name]);
  assert.equal((await metricNames(test, "kube-system")).length, 1);
  const [backup] = await metricNames(test, NAMESPACE);
  assert.match(backup!, /^devworkspace-backup-/);
  await test.clock.advance(90_000);
  assert.deepEqual(await metricNames(test, NAMESPACE), []);
});

Deno.test("what scaletool reads of them is more with more work", async () => {
  await using test = await StandInUnderTest.start();
  const usage = async () => {
    const { namespace, labels } = OPERATOR_POD;
    const [label] = Object.entries(labels).map((entry) => entry.join("="));
    const list = async () => ({ metadata: {}, items: await test.list(POD_METRICS, { namespace }) });
    const cluster = { list: list as () => Promise<KubeList>, request: () => Promise.resolve() };
    const { signal } = new AbortController();
    return (await readPodUsage({ cluster, namespace, labelSelector: label! }, signal)).levels;
  };
  await test.clock.advance(20_000);
  const idle = await usage();
  for (let index = 0; index < 20; index++) await test.createWorkspace(`w${index}`);
  await test.clock.advance(15_000);
  const busy = await usage();
  assert.ok(busy.cpuCores! > idle.cpuCores! && busy.memoryBytes! > idle.memoryBytes!);
});

Deno.test("where there is no metrics server its API is not there", async () => {
  const cluster = { ...SOUND.cluster, metricsPeriodMs: Infinity };
  await using test = await StandInUnderTest.start({ settings: withSettings({ cluster }) });
  await test.clock.advance(60_000);
  assert.equal((await test.text(resourcePath(POD_METRICS))).status, 404);
});
