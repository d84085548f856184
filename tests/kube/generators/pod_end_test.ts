import assert from "node:assert/strict";
import { createTrouble, endOf, hasBegun, troubleOf } from "../../../kube/generators/pod_end.ts";
import type { KubeObject } from "../../../kube/object.ts";

function pod(status: unknown, metadata: KubeObject["metadata"] = {}): KubeObject {
  return { metadata: { name: "p", ...metadata }, status };
}

function withState(state: unknown, rest: object = {}): KubeObject {
  return pod({ ...rest, containerStatuses: [{ name: "scaletool", state }] });
}

const terminated = (exitCode: number, reason = "Error") => ({ terminated: { exitCode, reason } });

Deno.test("a container that ends with 0 has ended in order", () => {
  const ended = withState(terminated(0, "Completed"), { phase: "Succeeded" });
  assert.deepEqual(endOf(ended), { isOrderly: true, why: "exit code 0", exitCode: 0 });
});

Deno.test("a pod that runs or waits has no end", () => {
  assert.equal(endOf(withState({ running: {} }, { phase: "Running" })), undefined);
  assert.equal(endOf(withState({ waiting: { reason: "ContainerCreating" } })), undefined);
  assert.equal(endOf(pod({ phase: "Pending" })), undefined);
});

Deno.test("every end says why in the cluster's own word", () => {
  const whys = [
    withState(terminated(137, "OOMKilled"), { phase: "Failed" }),
    pod({ phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." }),
    pod({
      phase: "Failed",
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    }),
    pod({
      phase: "Failed",
      conditions: [{
        type: "DisruptionTarget",
        status: "True",
        reason: "DeletionByPodGC",
        message: "PodGC: node no longer exists",
      }],
    }),
    pod({ containerStatuses: [{ name: "c", state: terminated(143) }] }, {
      deletionTimestamp: "2026-01-01T00:00:00Z",
    }),
    withState(terminated(137)),
    withState(terminated(4)),
    withState(terminated(128, "StartError")),
    pod({ phase: "Failed" }),
  ].map((one) => endOf(one)?.why);
  assert.deepEqual(whys, [
    "OOMKilled: it took more memory than its limit",
    "Evicted: The node was low on resource: memory",
    "DeadlineExceeded: Pod was active on the node longer than the specified deadline",
    "DeletionByPodGC: PodGC: node no longer exists",
    "the pod was deleted",
    "exit code 137 (SIGKILL)",
    "exit code 4",
    "exit code 128 (StartError)",
    "the pod is over, and no container says why",
  ]);
});

Deno.test("what keeps a pod from its beginning is told, and whether waiting helps", () => {
  const waiting = (reason: string, message = "") => withState({ waiting: { reason, message } });
  assert.deepEqual(troubleOf(waiting("ImagePullBackOff", 'Back-off pulling image "x"')), {
    why: 'ImagePullBackOff: Back-off pulling image "x"',
    isHopeless: true,
  });
  assert.equal(troubleOf(waiting("ErrImageNeverPull"))?.isHopeless, true);
  assert.equal(troubleOf(waiting("CreateContainerConfigError"))?.isHopeless, true);
  assert.equal(troubleOf(waiting("ContainerCreating")), undefined);
  assert.deepEqual(
    troubleOf(pod({
      conditions: [{
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/1 nodes are available: 1 Insufficient cpu.",
      }],
    })),
    { why: "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu", isHopeless: false },
  );
  const running = withState({ running: {} });
  assert.equal(troubleOf(running), undefined);
  assert.equal(hasBegun(running), true);
});

Deno.test("a pod that may not be made is told of in the server's words", () => {
  const quota = createTrouble(
    'Error creating: pods "a-0-x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
  );
  assert.equal(quota.isHopeless, true);
  assert.match(quota.why, /^pods "a-0-x" is forbidden: exceeded quota: q/);
  const early = createTrouble(
    'Error creating: pods "a-0-" is forbidden: error looking up service account ns/a: serviceaccount "a" not found',
  );
  assert.equal(early.isHopeless, false);
  const late = createTrouble(
    "Error creating: Internal error occurred: resource quota evaluation timed out",
  );
  assert.equal(late.isHopeless, false);
});
