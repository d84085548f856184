import assert from "node:assert/strict";
import { containersOf, initContainersOf, isOverPod, isReadyPod } from "../../kube/pod_status.ts";
import type { KubeObject } from "../../kube/object.ts";

function pod(status: unknown, metadata: KubeObject["metadata"] = { name: "p" }): KubeObject {
  return { metadata, status };
}

Deno.test("a container waits, runs or has ended, and so had the one before it", () => {
  const killed = { exitCode: 137, reason: "OOMKilled", message: "too much" };
  const statuses = [
    { name: "a", state: { waiting: { reason: "CrashLoopBackOff" } }, restartCount: 3 },
    { name: "b", state: { running: {} }, lastState: { terminated: killed } },
    { name: "c", state: { terminated: { exitCode: 0 } } },
    { name: "d" },
  ];
  const end = { kind: "ended", ...killed };
  assert.deepEqual(containersOf(pod({ containerStatuses: statuses })), [
    {
      name: "a",
      restarts: 3,
      state: { kind: "waiting", reason: "CrashLoopBackOff", message: "" },
      lastEnd: undefined,
    },
    { name: "b", restarts: 0, state: { kind: "running" }, lastEnd: end },
    {
      name: "c",
      restarts: 0,
      state: { kind: "ended", exitCode: 0, reason: "", message: "" },
      lastEnd: undefined,
    },
    {
      name: "d",
      restarts: 0,
      state: { kind: "waiting", reason: "", message: "" },
      lastEnd: undefined,
    },
  ]);
});

Deno.test("what is no status says nothing", () => {
  for (const status of [undefined, null, 7, { initContainerStatuses: "x" }]) {
    assert.deepEqual(initContainersOf(pod(status)), []);
    assert.equal(isReadyPod(pod(status)), false);
    assert.equal(isOverPod(pod(status)), false);
  }
});

Deno.test("a pod takes part while it is ready and not about to go", () => {
  const status = { conditions: [{ type: "Ready", status: "True" }], phase: "Running" };
  assert.equal(isReadyPod(pod(status)), true);
  assert.equal(isReadyPod(pod(status, { deletionTimestamp: "2026-01-01T00:00:00Z" })), false);
  assert.equal(isReadyPod(pod({ conditions: [{ type: "Ready", status: "False" }] })), false);
  assert.equal(isOverPod(pod({ phase: "Failed" })), true);
  assert.equal(isOverPod(pod(status)), false);
});
