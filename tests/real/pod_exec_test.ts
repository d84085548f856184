import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { Exec, KubeConfig, type V1Status } from "@kubernetes/client-node";
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

Deno.test.beforeAll(async () => {
  if (!ignore) await startPod(plane());
});

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

Deno.test(
  "exec: client-node is told the same output and end",
  // Its socket outlives the call.
  { ignore, sanitizeOps: false, sanitizeResources: false },
  async () => {
    const config = new KubeConfig();
    config.loadFromFile(plane().kubeconfig("load"));
    const output = { out: "", err: "" };
    const into = (side: "out" | "err") =>
      new Writable({
        write(chunk, _encoding, done) {
          output[side] += chunk;
          done();
        },
      });
    const { promise, resolve } = Promise.withResolvers<V1Status>();
    const { namespace, pod } = POD;
    const command = ["sh", "-c", "echo out; echo err >&2"];
    const [out, err] = [into("out"), into("err")];
    const exec = new Exec(config);
    await exec.exec(namespace, pod, "main", command, out, err, null, false, resolve);
    assert.equal((await promise).status, "Success");
    assert.deepEqual(output, { out: "out\n", err: "err\n" });
  },
);
