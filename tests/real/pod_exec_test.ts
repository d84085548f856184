import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { connectCluster } from "../../kube/connect.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../../kube/cluster_flags.ts";
import { execInPod } from "../../kube/exec/pod_exec.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { clusterOfFile, eventually } from "./cluster_state.ts";
import { type ControlPlane, createFakeNode } from "./control_plane.ts";

const { ignore, plane } = await clusterOfFile({ without: ["wardle"] });
const POD = { namespace: "default", pod: "shell" };

async function startPod(plane: ControlPlane): Promise<void> {
  await createFakeNode(plane, "node-a");
  await plane.admin("/api/v1/namespaces/default/pods", {
    method: "POST",
    body: {
      metadata: { name: POD.pod },
      spec: {
        nodeName: "node-a",
        automountServiceAccountToken: false,
        containers: [{ name: "main", image: "none" }],
      },
    },
  });
  await eventually("the pod is running", async () => {
    const path = `/api/v1/namespaces/default/pods/${POD.pod}`;
    const { status } = await plane.admin<{ status: { phase: string } }>(path);
    return status.phase === "Running";
  });
}

function valuesFor(kubeconfig: string): ClusterValues {
  const defaults = Object.entries(CLUSTER_FLAGS).map(([name, { defaultValue }]) => [
    name,
    defaultValue,
  ]);
  return { ...Object.fromEntries(defaults), kubeconfig } as ClusterValues;
}

Deno.test(
  "exec through a real API server: output and errors",
  { ignore },
  async () => {
    await startPod(plane());
    const clock = new SystemClock();
    const values = valuesFor(plane().kubeconfig("load"));
    using session = await connectCluster({
      identity: { runId: "exec", command: "test" },
      values,
      target: resolveTarget(values, systemWorld(clock)),
      clock,
    });
    const run = (command: readonly string[]) =>
      execInPod((path, protocols) => session.cluster.webSocket(path, protocols), {
        ...POD,
        command,
        clock,
        timeoutMs: 10_000,
      });
    assert.deepEqual(await run(["sh", "-c", "echo out; echo err >&2"]), {
      exitCode: 0,
      stdout: "out\n",
      stderr: "err\n",
      protocol: "v5.channel.k8s.io",
    });
    // kwok says an exit code as an internal error, and never ends an input, for kubectl neither: both
    // are tested with scripted peers.
    await assert.rejects(run(["sh", "-c", "exit 3"]), /exit status 3/);
    await assert.rejects(run(["no-such-program"]), /no-such-program/);
  },
);
