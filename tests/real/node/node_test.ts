import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import deno from "../../../deno.json" with { type: "json" };
import { TempDir } from "../../support/scaletool.ts";
import { cluster, spawnCluster, variable } from "../cluster_command.ts";
import { eventually } from "../cluster_state.ts";
import { listeningAddresses, processesIn } from "../listeners.ts";
import { looksAt, NO_TRACES } from "./machine.ts";
import { nodeOfFile } from "./node_of_file.ts";
import { createPod, endOf, hasEnded, logOf, untilPod } from "./pods.ts";
import { RealNode } from "./real_node.ts";

const { ignore, plane, node } = await nodeOfFile();

/** What the kubelet would set for the whole machine. */
const SYSCTLS = ["vm/overcommit_memory", "kernel/panic", "net/ipv4/ip_forward"];

function sysctls(): string[] {
  return SYSCTLS.map((name) => Deno.readTextFileSync(`/proc/sys/${name}`));
}

const before = sysctls();

Deno.test("a pod of the image runs to its end, and its log is had", { ignore }, async () => {
  await createPod(plane(), { name: "version", args: ["version"] });
  const pod = await untilPod(plane(), { name: "version" }, "ends", hasEnded);
  assert.equal(endOf(pod)?.exitCode, 0);
  assert.equal(pod.spec.nodeName, node().name);
  assert.match(pod.status.podIP!, /^198\.1[89]\./);
  assert.ok((await logOf(plane(), { name: "version" })).startsWith(`scaletool ${deno.version} `));
});

Deno.test("a pod of an image that is not there asks no other machine for it", {
  ignore,
}, async () => {
  await createPod(plane(), {
    name: "stranger",
    args: [],
    container: { image: "registry.test/stranger:1" },
  });
  const message = await eventMessage("stranger", "Failed");
  assert.match(message, /127\.0\.0\.1:9/);
});

/** What an event of the pod says. */
async function eventMessage(pod: string, reason: string): Promise<string> {
  const selector = `involvedObject.name=${pod},reason=${reason}`;
  let message = "";
  await eventually(`event ${reason} of ${pod}`, async () => {
    const { items } = await plane().admin<{ items: { message: string }[] }>(
      `/api/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(selector)}`,
    );
    message = items[0]?.message ?? "";
    return message !== "";
  });
  return message;
}

Deno.test("the node listens on loopback addresses only, and leaves the machine as it is", {
  ignore,
}, () => {
  const addresses = processesIn(node().dir).flatMap(listeningAddresses);
  assert.ok(addresses.length >= 3, `${addresses}`);
  assert.deepEqual(addresses.filter((address) => !address.startsWith("127.")), []);
  assert.deepEqual(sysctls(), before);
});

Deno.test("two nodes have pods side by side, and nothing is left of one that has ended", {
  ignore,
}, async () => {
  const other = await RealNode.start(plane(), { address: "127.0.0.2" });
  const [look, lookAtFirst] = [looksAt(other.dir), looksAt(node().dir)];
  try {
    await Promise.all([node(), other].map(({ name }) =>
      createPod(plane(), {
        name: `on-${name}`,
        args: ["sandbox", "--listen", "127.0.0.1:0"],
        spec: { nodeName: name, automountServiceAccountToken: false },
      })
    ));
    const isRunning = ({ status }: { status: { phase: string } }) => status.phase === "Running";
    const pods = await Promise.all(
      [node(), other].map(({ name }) =>
        untilPod(plane(), { name: `on-${name}` }, "runs", isRunning)
      ),
    );
    assert.equal(new Set(pods.map(({ status }) => status.podIP)).size, 2);
    const { processes, cgroups, links } = look();
    assert.ok([processes, cgroups, links].every(({ length }) => length > 0));
  } finally {
    await other[Symbol.asyncDispose]();
  }
  assert.deepEqual(look(), NO_TRACES);
  const { processes, cgroups, links } = lookAtFirst();
  assert.ok([processes, cgroups, links].every(({ length }) => length > 0), "the other one stays");
});

Deno.test("nothing of a node is left when its owner is killed", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("node");
  const [planeUrl, nodeUrl, runDirUrl] = ["../gateway/plane.ts", "real_node.ts", "../run_dir.ts"]
    .map((path) => JSON.stringify(new URL(path, import.meta.url).href));
  const owner = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
      const { RunningPlane } = await import(${planeUrl});
      const { RealNode } = await import(${nodeUrl});
      const { RunDir } = await import(${runDirUrl});
      const plane = new RunningPlane(RunDir.open(${JSON.stringify(plane().dir)}));
      await RealNode.start(plane, { dir: ${JSON.stringify(dir)}, address: "127.0.0.3" });
      console.log("started");
      await new Response(Deno.stdin.readable).text();
    `,
    ],
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = owner.stdout.getReader();
  await reader.read();
  const look = looksAt(dir);
  const { processes, cgroups } = look();
  assert.ok(processes.length >= 3 && cgroups.length > 0);
  owner.kill("SIGKILL");
  await owner.status;
  await reader.cancel();
  await owner.stdin.abort().catch(() => {});
  await eventually("the end of all", () => look().folders.length === 0);
  assert.deepEqual(look(), NO_TRACES);
});

Deno.test("a node outlives `cluster up --node`, and `down` ends it", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const up = await cluster(["up", "--node", "--dir", dir]);
  assert.equal(up.code, 0, up.stderr);
  assert.equal(variable("NODE", up.stdout), "127.0.0.1");
  assert.equal(variable("IMAGE", up.stdout), `scaletool:${deno.version}`);
  const again = await cluster(["up", "--node", "--dir", dir]);
  assert.deepEqual([again.code, again.stdout], [0, up.stdout]);
  assert.match(again.stderr, /^image imported anew$/m);
  const status = await cluster(["status", "--dir", dir]);
  assert.equal(status.code, 0, status.stdout);
  assert.match(status.stdout, /^node +\d+ +yes +yes +\d+$/m);
  const look = looksAt(`${dir}/node`);
  assert.equal((await cluster(["down", "--dir", dir])).code, 0);
  assert.deepEqual(look(), NO_TRACES);
});

Deno.test("an interrupted `cluster up --node` leaves nothing running", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const child = spawnCluster(["up", "--node", "--dir", dir]);
  await eventually("the node's processes", () => processesIn(`${dir}/node`).length > 0);
  const look = looksAt(`${dir}/node`);
  child.kill("SIGINT");
  const { code, stderr } = await child.output();
  assert.equal(code, 130);
  assert.match(new TextDecoder().decode(stderr), /Interrupted: nothing is left running\n$/);
  assert.deepEqual(look(), NO_TRACES);
  assert.deepEqual(processesIn(dir), []);
});

for (const args of [["--only", "etcd,apiserver,kwok"], ["--devworkspace"]]) {
  Deno.test(`\`cluster up --node ${args.join(" ")}\` is refused with one line`, async () => {
    const { code, stdout, stderr } = await cluster(["up", "--node", ...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^cluster: Cannot use [^\n]+\n$/);
  });
}
