import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { POD_METRICS, readPodThrottling, readPodUsage } from "../../../kube/component/pod_usage.ts";
import { PODS } from "../../../kube/resource.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const NEVER = new AbortController().signal;
const labels = { app: "authorino" };

function podsOf(cluster: MemoryCluster) {
  return { cluster, namespace: "k", labelSelector: "app=authorino" };
}

function putMetrics(cluster: MemoryCluster, name: string, usages: readonly [string, string][]) {
  const containers = usages.map(([cpu, memory]) => ({ name: "c", usage: { cpu, memory } }));
  cluster.put(POD_METRICS, { metadata: { namespace: "k", name, labels }, containers });
}

function putPod(cluster: MemoryCluster, name: string, node?: string) {
  cluster.put(PODS, { metadata: { namespace: "k", name, labels }, spec: { nodeName: node } });
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof OperationFailedError, `${error}`);
  return `${error.reason}: ${error.message}`;
}

Deno.test("what pods use is summed over all their containers", async () => {
  const cluster = new MemoryCluster();
  putMetrics(cluster, "a", [["250m", "64Mi"], ["500000000n", "1024Ki"]]);
  putMetrics(cluster, "b", [["2", "1Mi"]]);
  assert.deepEqual(await readPodUsage(podsOf(cluster), NEVER), {
    levels: { cpuCores: 2.75, memoryBytes: 66 * 2 ** 20 },
  });
});

Deno.test("no metrics are no 0, and neither is a server without them", async () => {
  const cluster = new MemoryCluster();
  assert.equal(
    await failure(readPodUsage(podsOf(cluster), NEVER)),
    'not-found: There is no pod "app=authorino" with metrics in namespace "k"',
  );
  putMetrics(cluster, "a", [["lots", "1Mi"]]);
  assert.match(await failure(readPodUsage(podsOf(cluster), NEVER)), /^protocol: .* is none$/);
  cluster.fail("list", statusError(503, "ServiceUnavailable"));
  assert.match(await failure(readPodUsage(podsOf(cluster), NEVER)), /^service-unavailable: /);
});

Deno.test("throttling counts the containers of the component's pods and nothing beside them", async () => {
  const cluster = new MemoryCluster();
  putPod(cluster, "a", "n1");
  putPod(cluster, "b", "n2");
  putPod(cluster, "pending");
  const line = (name: string, rest: string, value: number) =>
    `container_cpu_cfs_${name}_total{${rest}} ${value} 1700000000000`;
  const of = (pod: string, container: string) =>
    `container="${container}",id="/kube/${pod}/${container}",namespace="k",pod="${pod}"`;
  const path = (node: string) => `GET /api/v1/nodes/${node}/proxy/metrics/cadvisor`;
  cluster.answers.set(
    path("n1"),
    [
      line("periods", of("a", "c"), 100),
      line("throttled_periods", of("a", "c"), 40),
      line("periods", of("a", ""), 100),
      line("periods", of("other", "c"), 7),
    ].join("\n"),
  );
  cluster.answers.set(path("n2"), line("periods", of("b", "c"), 9));
  const { totals } = await readPodThrottling(podsOf(cluster), NEVER);
  assert.deepEqual(Object.fromEntries(totals!), {
    "k/a/c//kube/a/c": { periods: 100, throttledPeriods: 40 },
    "k/b/c//kube/b/c": { periods: 9 },
  });
  const none = new MemoryCluster();
  putPod(none, "pending");
  assert.match(await failure(readPodThrottling(podsOf(none), NEVER)), /^not-found: .* on a node /);
});
