import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { execInPod } from "../../../../kube/exec/pod_exec.ts";
import { answerCommand, WAL_PATH } from "../../../../sandbox/steve/pods/pod_exec.ts";
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

const GUARDED = `if [ -f ${WAL_PATH} ]; then stat -c %s ${WAL_PATH} 2>/dev/null; else echo 0; fi`;

const PARAMETER = '[ -f "$1" ] || exit 66; stat -c %s "$1"';

const CASES: readonly [
  argv: readonly string[],
  walBytes: number | undefined,
  expected: readonly [stdout: string, exitCode: number],
][] = [
  [["sh", "-c", GUARDED], 4_128_272, ["4128272\n", 0]],
  [["sh", "-c", GUARDED], undefined, ["0\n", 0]],
  [["stat", "-c", "%s", WAL_PATH], 7, ["7\n", 0]],
  [["stat", "-c", "%s", WAL_PATH], undefined, ["", 1]],
  [["sh", "-c", `wc -c < "${WAL_PATH}"`], 7, ["7\n", 0]],
  [["stat", "-c", "%s", "/elsewhere/informer_object_cache.db-wal"], 7, ["", 1]],
  [["sh", "-c", PARAMETER, "sh", WAL_PATH], 7, ["7\n", 0]],
  [["sh", "-c", PARAMETER, "sh", WAL_PATH], undefined, ["", 66]],
  [["sh", "-c", "echo hello"], 7, ["hello\n", 0]],
  [["sh", "-c", "exit 3"], 7, ["", 3]],
  [["frobnicate"], 7, ["", 127]],
];
for (const [argv, walBytes, [stdout, exitCode]] of CASES) {
  Deno.test(`"${argv.join(" ")}" with a file of ${walBytes} bytes`, () => {
    const answer = answerCommand(argv, { walBytes });
    assert.deepEqual([answer.stdout, answer.exitCode], [stdout, exitCode]);
    assert.equal(answer.stderr === "", exitCode !== 1 && exitCode !== 127);
  });
}
