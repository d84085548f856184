/** deploy/base as a user applies it, on a real node. */

import assert from "node:assert/strict";
import { execInPod, type ExecResult } from "../../../kube/exec/pod_exec.ts";
import deno from "../../../deno.json" with { type: "json" };
import { SystemClock } from "../../../core/load/clock.ts";
import { connectCluster } from "../../../kube/connect.ts";
import { resolveTarget, systemWorld } from "../../../kube/config/target.ts";
import { clusterValues } from "../../kube/scripted_world.ts";
import { applyManifest } from "../apply_manifest.ts";
import { assertNothingLeft, eventually, FLUNDERS, untilThereAre } from "../cluster_state.ts";
import { allManifests, workloads } from "../manifest_files.ts";
import { nodeOfFile } from "./node_of_file.ts";
import { processOf } from "./machine.ts";
import { createPod, endOf, hasEnded, logOf, type Pod, untilPod } from "./pods.ts";
import { deletePod, FollowedLog } from "./streams.ts";

const { ignore, plane } = await nodeOfFile();

const NAMESPACE = "scaletest";
const REPLICA_SETS = ["cm-logger", "flunder-logger", "flunder-watch"];
const REPLICAS = 2;

async function podsOf(component: string): Promise<Pod[]> {
  const selector = encodeURIComponent(`app.kubernetes.io/component=${component}`);
  const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`;
  return (await plane().admin<{ items: Pod[] }>(path)).items;
}

async function scale(name: string, replicas: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets/${name}/scale`;
  await plane().admin(path, { method: "PATCH", body: { spec: { replicas } } });
}

/** Lets a Job begin, as docs/deploy.md says; the name of its pod, once there is one. */
async function begin(job: string): Promise<{ namespace: string; name: string }> {
  const path = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/${job}`;
  await plane().admin(path, { method: "PATCH", body: { spec: { suspend: false } } });
  let pods: Pod[] = [];
  await eventually(`the pod of ${job}`, async () => (pods = await podsOf(job)).length > 0);
  return { namespace: NAMESPACE, name: pods[0]!.metadata.name };
}

Deno.test.beforeAll(async () => {
  if (ignore) return;
  for (const manifest of allManifests()) await applyManifest(plane(), manifest);
});

let cmdriver: { namespace: string; name: string };
let followed: FollowedLog;

Deno.test("a Job that is told to begins, and its log is had while it runs", {
  ignore,
}, async () => {
  cmdriver = await begin("cmdriver");
  await untilPod(plane(), cmdriver, "runs", ({ status }) => status.phase === "Running");
  followed = new FollowedLog(plane(), cmdriver);
  await followed.until(/create \d+\/s/);
});

for (const name of REPLICA_SETS) {
  Deno.test(`${REPLICAS} replicas of ${name} become ready by their probes, within their limits`, {
    ignore,
  }, async () => {
    await scale(name, REPLICAS);
    await eventually(`${name} is ready`, async () => {
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets/${name}`;
      const { status } = await plane().admin<{ status: { readyReplicas?: number } }>(path);
      return status.readyReplicas === REPLICAS;
    });
    for (const { status } of await podsOf(name)) {
      const [container] = status.containerStatuses!;
      assert.deepEqual(container!.lastState, {}, "it was ended and begun again");
    }
    if (name !== "cm-logger") await scale(name, 0);
  });
}

Deno.test('Pod Security "restricted" is enforced', { ignore }, async () => {
  const { status, body } = await plane().request("admin", `/api/v1/namespaces/${NAMESPACE}/pods`, {
    method: "POST",
    body: {
      metadata: { name: "privileged" },
      spec: { containers: [{ name: "main", image: "scaletool", securityContext: {} }] },
    },
  });
  assert.equal(status, 403, JSON.stringify(body));
});

async function execIn(pod: string, command: readonly string[]): Promise<ExecResult> {
  const clock = new SystemClock();
  const values = { ...clusterValues(), kubeconfig: plane().kubeconfig("load") };
  using session = await connectCluster({
    identity: { runId: "exec", command: "test" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
  return await execInPod((path, protocols) => session.cluster.webSocket(path, protocols), {
    namespace: NAMESPACE,
    pod,
    command,
    clock,
    timeoutMs: 60_000,
  });
}

Deno.test("exec runs the program in a container without a shell, with its exit code", {
  ignore,
}, async () => {
  const [pod] = await podsOf("cm-logger");
  const name = pod!.metadata.name;
  const version = await execIn(name, ["scaletool", "version"]);
  assert.equal(version.exitCode, 0);
  assert.ok(version.stdout.startsWith(`scaletool ${deno.version} `), version.stdout);
  assert.match((await execIn(name, ["scaletool", "--help"])).stdout, /^Usage: scaletool COMMAND/);
  const wrong = await execIn(name, ["scaletool", "sideways"]);
  assert.deepEqual([wrong.exitCode, wrong.stdout], [2, ""]);
  assert.match(wrong.stderr, /sideways/);
});

Deno.test("a pod that is deleted ends its run in order, with nothing left", {
  ignore,
}, async () => {
  const pod = await begin("flunder-driver");
  await untilThereAre(5, { plane: plane(), runId: pod.name, collection: FLUNDERS });
  const log = new FollowedLog(plane(), pod);
  const end = await deletePod(plane(), pod);
  assert.equal(end?.exitCode, 143);
  const lines = await log.ended;
  assert.ok(lines.some((line) => line.startsWith("SIGTERM: stopping and cleaning up")), `${lines}`);
  await assertNothingLeft(plane(), { runId: pod.name });
});

Deno.test("a signal in the first moment of a pod ends it", { ignore }, async () => {
  const pod = await begin("cmdriverclosed");
  let pid: number | undefined;
  await eventually("the program", () => (pid = processOf("scaletool", pod.name)) !== undefined);
  Deno.kill(pid!, "SIGTERM");
  const ended = await untilPod(plane(), pod, "has ended", hasEnded);
  assert.equal(endOf(ended)?.exitCode, 143);
  await assertNothingLeft(plane(), { runId: pod.name });
});

Deno.test("a memory limit that is too small is told of a pod", { ignore }, async () => {
  const { pod: { spec } } = workloads().get("cm-logger")!;
  const [container] = spec.containers;
  const memory = "24Mi";
  await createPod(plane(), {
    name: "small",
    namespace: NAMESPACE,
    args: container!.args,
    spec: { ...spec },
    container: {
      ...container,
      resources: { requests: { memory }, limits: { memory } },
    },
  });
  const ended = await untilPod(
    plane(),
    { namespace: NAMESPACE, name: "small" },
    "has ended",
    hasEnded,
  );
  assert.equal(endOf(ended)?.reason, "OOMKilled");
});

Deno.test("Job cmdriver comes to its end through its service account", { ignore }, async () => {
  const ended = await untilPod(plane(), cmdriver, "has ended", hasEnded);
  const log = await logOf(plane(), cmdriver);
  assert.equal((await followed.ended).join("\n") + "\n", log, "followed since its begin");
  // A machine may be too busy for a verdict.
  const code = endOf(ended)!.exitCode;
  assert.ok([0, 4].includes(code), log);
  await eventually("what the Job says", async () => {
    const path = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/cmdriver`;
    const { status } = await plane().admin<{ status: Record<string, unknown> }>(path);
    return status[code === 0 ? "succeeded" : "failed"] === 1;
  });
  assert.match(log, /system:serviceaccount:scaletest:scaletool-cmdriver/);
  await assertNothingLeft(plane(), { runId: cmdriver.name });
});
