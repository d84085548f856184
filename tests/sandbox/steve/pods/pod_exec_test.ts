import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { execInPod } from "../../../../kube/exec/pod_exec.ts";
import { WAL_PATH } from "../../../../sandbox/steve/pods/pod_command.ts";
import { SteveUnderTest } from "../steve_under_test.ts";

const PODS = "/api/v1/namespaces/cattle-system/pods?labelSelector=app%3Drancher";

async function podsOf(steve: SteveUnderTest): Promise<string[]> {
  const { items } = await (await steve.get(PODS)).json() as {
    items: { metadata: { name: string }; status: { phase: string } }[];
  };
  assert.ok(items.every(({ status }) => status.phase === "Running"));
  return items.map(({ metadata }) => metadata.name);
}

function run(
  steve: SteveUnderTest,
  { pod, command, protocols }: {
    pod: string;
    command: readonly string[];
    protocols?: readonly string[];
  },
) {
  return execInPod((path, offered) => steve.socket(path, protocols ?? offered), {
    namespace: "cattle-system",
    pod,
    container: "rancher",
    command,
    timeoutMs: 5_000,
    clock: new SystemClock(),
  });
}

Deno.test("each replica tells the size of a file of its own", async () => {
  await using steve = await SteveUnderTest.start({ rancher: { replicas: 2 } });
  const pods = await podsOf(steve);
  assert.equal(pods.length, 2);
  const sizes: number[] = [];
  for (const pod of pods) {
    const { stdout, exitCode, protocol } = await run(steve, {
      pod,
      command: ["stat", "-c", "%s", WAL_PATH],
    });
    assert.deepEqual([exitCode, protocol], [0, "v5.channel.k8s.io"]);
    sizes.push(Number(stdout.trim()));
  }
  assert.ok(sizes[0]! > 300_000 && sizes[1]! > sizes[0]!, String(sizes));
});

Deno.test("a client that speaks only v4 is answered too, with the exit code", async () => {
  await using steve = await SteveUnderTest.start({ rancher: {}, wal: { exists: false } });
  const [pod = ""] = await podsOf(steve);
  const protocols = ["v4.channel.k8s.io"];
  const { stdout, stderr, exitCode, protocol } = await run(steve, {
    pod,
    command: ["stat", "-c", "%s", WAL_PATH],
    protocols,
  });
  assert.deepEqual([stdout, exitCode, protocol], ["", 1, "v4.channel.k8s.io"]);
  assert.match(stderr, /No such file or directory/);
});

Deno.test("a pod that is not there is 404", async () => {
  await using steve = await SteveUnderTest.start({ rancher: { replicas: 0 } });
  await assert.rejects(run(steve, { pod: "none", command: ["true"] }), { code: 404 });
});

Deno.test("what is stored in a cache makes the log longer", async () => {
  await using steve = await SteveUnderTest.start({ rancher: {} });
  const [pod = ""] = await podsOf(steve);
  const size = async () =>
    Number((await run(steve, { pod, command: ["stat", "-c", "%s", WAL_PATH] })).stdout);
  const before = await size();
  await steve.list("/v1/configmaps");
  assert.ok(await size() > before);
});
