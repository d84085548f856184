import assert from "node:assert/strict";
import { DEPLOYMENTS } from "../../../../kube/resource.ts";
import { restartOperator } from "../../../../probes/backup/suite/restart_operator.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryCluster } from "../../../support/memory_cluster.ts";

const NAMESPACE = "openshift-operators";

function deployment(name: string, label: string) {
  const labels = { "app.kubernetes.io/name": label };
  const counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
  return {
    metadata: { namespace: NAMESPACE, name, labels },
    spec: { replicas: 1, template: { metadata: {} } },
    status: { observedGeneration: 9, ...Object.fromEntries(counts.map((count) => [count, 1])) },
  };
}

const { signal } = new AbortController();

Deno.test("the operator and its webhook server are restarted, and nobody else", async () => {
  const cluster = new MemoryCluster();
  await cluster.create(DEPLOYMENTS, deployment("manager", "devworkspace-controller"));
  await cluster.create(DEPLOYMENTS, deployment("webhooks", "devworkspace-webhook-server"));
  await cluster.create(DEPLOYMENTS, deployment("other", "pipelines"));
  await restartOperator(cluster, { namespace: NAMESPACE, clock: new FakeClock(), signal });
  assert.deepEqual(
    cluster.calls.filter((call) => call.startsWith("patch")).map((call) => call.split("/").at(-1)),
    ["manager", "webhooks"],
  );
});

Deno.test("where there is no operator that is said with the flag", async () => {
  const restarting = restartOperator(new MemoryCluster(), {
    namespace: NAMESPACE,
    clock: new FakeClock(),
    signal,
  });
  await assert.rejects(restarting, {
    name: "CannotRunError",
    message: /^--restart-operator: no Deployment of the DevWorkspace Operator is in openshift-/,
  });
});
