import assert from "node:assert/strict";
import { StatusError } from "../../../kube/status_error.ts";
import { DEPLOYMENTS } from "../../../kube/resource.ts";
import { restartDeployment, rolloutOf } from "../../../kube/rollout/restart_deployment.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const REF = { namespace: "infra", name: "controller" };

function deployment(status: Record<string, number>) {
  return {
    metadata: { ...REF, generation: 7 },
    spec: { replicas: 2, template: { metadata: { annotations: { kept: "yes" } } } },
    status,
  };
}

const DONE = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

Deno.test("a rollout is done when its controller has seen the change and all pods are new, ready and alone", () => {
  const isDone = (status: Record<string, number>) => rolloutOf(deployment(status), 7).isDone;
  assert.equal(isDone({ observedGeneration: 7, ...DONE }), true);
  assert.equal(isDone({ observedGeneration: 6, ...DONE }), false);
  assert.equal(isDone({ observedGeneration: 7 }), false);
  for (const [name, count] of [["replicas", 3], ["updatedReplicas", 1], ["availableReplicas", 1]]) {
    assert.equal(
      isDone({ observedGeneration: 7, ...DONE, [name as string]: count as number }),
      false,
    );
  }
});

Deno.test("a Deployment is restarted as kubectl does it, and looked at until it is rolled out", async () => {
  const clock = new FakeClock();
  const cluster = new MemoryCluster();
  await cluster.create(DEPLOYMENTS, deployment({ observedGeneration: 0 }));
  const { signal } = new AbortController();
  let isOver = false;
  const restarting = restartDeployment(cluster, REF, { clock, signal, timeoutMs: 60_000 })
    .then(() => isOver = true);
  await clock.advance(1_000);
  assert.equal(isOver, false);
  const found = await cluster.get(DEPLOYMENTS, REF);
  const { annotations } =
    (found as unknown as ReturnType<typeof deployment>).spec.template.metadata;
  assert.deepEqual(Object.keys(annotations), ["kept", "kubectl.kubernetes.io/restartedAt"]);
  const status = { observedGeneration: found.metadata.generation ?? 7, ...DONE };
  await cluster.patch(DEPLOYMENTS, REF, { body: { status }, options: { type: "merge" } });
  await clock.advance(1_000);
  await restarting;
});

Deno.test("one that is not rolled out in time is told with what was missing", async () => {
  const clock = new FakeClock();
  const cluster = new MemoryCluster();
  await cluster.create(
    DEPLOYMENTS,
    deployment({ observedGeneration: 99, ...DONE, readyReplicas: 1 }),
  );
  const { signal } = new AbortController();
  const failed = assert.rejects(
    restartDeployment(cluster, REF, { clock, signal, timeoutMs: 2_000 }),
    { reason: "stalled", message: /^was not rolled out after 2s: of 2 wanted: .*readyReplicas 1,/ },
  );
  await clock.advance(3_000);
  await failed;
});

Deno.test("an API that does not tell for a while is asked again, and a refused patch is the end", async () => {
  const clock = new FakeClock();
  const cluster = new MemoryCluster();
  await cluster.create(DEPLOYMENTS, deployment({ observedGeneration: 99, ...DONE }));
  const { signal } = new AbortController();
  cluster.fail("get", statusError(503, "ServiceUnavailable"), { times: 2 });
  const restarting = restartDeployment(cluster, REF, { clock, signal, timeoutMs: 60_000 });
  await clock.advance(2_000);
  await restarting;
  cluster.fail("patch", statusError(403, "Forbidden"));
  await assert.rejects(
    restartDeployment(cluster, REF, { clock, signal, timeoutMs: 60_000 }),
    StatusError,
  );
});
