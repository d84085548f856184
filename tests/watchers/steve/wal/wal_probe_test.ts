import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { SystemClock } from "../../../../core/load/clock.ts";
import {
  execProbe,
  execProbePermissions,
  fileProbe,
  metricsProbe,
  type WalProbe,
} from "../../../../watchers/steve/wal/wal_probe.ts";
import { PODS } from "../../../../kube/resource.ts";
import { MemoryCluster } from "../../../support/memory_cluster.ts";
import { TempDir } from "../../../support/scaletool.ts";
import { type Pod, serve } from "../../../kube/exec/scripted_pod.ts";

const NEVER = new AbortController().signal;

/** `name bytes` of each replica, or `name: why not`. */
async function read(probe: WalProbe): Promise<string[]> {
  const replicas = await probe.replicas(NEVER);
  return await Promise.all(replicas.map(async ({ name, readBytes }) => {
    try {
      return `${name} ${await readBytes(NEVER)}`;
    } catch (error) {
      assert.ok(error instanceof OperationFailedError, `${error}`);
      return `${name}: ${error.reason}, ${error.message}`;
    }
  }));
}

Deno.test("a file's size is read; one that is not there is no 0", async () => {
  await using dir = new TempDir();
  const path = dir.file("x.db-wal");
  const [absent] = await read(fileProbe(path));
  assert.match(absent!, /^local: not-found, There is no file ".*x\.db-wal"; expected/);
  Deno.writeFileSync(path, new Uint8Array(0));
  assert.deepEqual(await read(fileProbe(path)), ["local 0"]);
  Deno.writeFileSync(path, new Uint8Array(4_120));
  assert.deepEqual(await read(fileProbe(path)), ["local 4120"]);
  assert.match(
    (await read(fileProbe(dir.path)))[0]!,
    /^local: other, Cannot use ".*": it is no file$/,
  );
});

Deno.test("each page of metrics is a replica; one without the gauge, or before its first reading, is an error", async () => {
  const pages: Record<string, string> = {
    "http://a:1/metrics": "steve_sqlcache_db_bytes 4096\nsteve_sqlcache_db_wal_bytes 8272\n",
    "http://b:1/metrics": "go_goroutines 7\n",
    "http://c:1/metrics": "steve_sqlcache_db_bytes 0\nsteve_sqlcache_db_wal_bytes 0\n",
    "http://d:1/metrics": "steve_sqlcache_db_bytes 4096\nsteve_sqlcache_db_wal_bytes 0\n",
  };
  const fetchText = (url: string) => Promise.resolve(pages[url]!);
  const found = await read(metricsProbe({ urls: Object.keys(pages), fetchText }));
  assert.deepEqual([found[0], found[3]], ["a:1 8272", "d:1 0"]);
  assert.match(found[1]!, /^b:1: not-found, There is no steve_sqlcache_db_wal_bytes at http:\/\/b/);
  assert.equal(
    found[2],
    "c:1: not-found, Steve at http://c:1/metrics has not measured its files yet",
  );
});

const PATH = "/var/lib/rancher/x.db-wal";

/** Pods of a namespace, and what the command says in each. */
async function exec(
  script: (pod: Pod) => void,
  pods: readonly { name: string; phase?: string; isGoing?: boolean }[],
): Promise<string[]> {
  const cluster = new MemoryCluster();
  for (const { name, phase = "Running", isGoing = false } of pods) {
    const going = isGoing ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {};
    const metadata = { namespace: "ns", name, labels: { app: "rancher" }, ...going };
    cluster.put(PODS, { metadata, status: { phase } });
  }
  await using server = serve(script);
  return await read(execProbe({
    cluster,
    open: server.open,
    clock: new SystemClock(),
    namespace: "ns",
    labelSelector: "app=rancher",
    container: "rancher",
    path: PATH,
    timeoutMs: 30_000,
  }));
}

function ended(pod: Pod, { code = 0, out = "", err = "" }): void {
  if (out !== "") pod.send(1, out);
  if (err !== "") pod.send(2, err);
  const failure = {
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
  pod.send(3, JSON.stringify(code === 0 ? { status: "Success" } : failure));
}

Deno.test("every pod that runs is asked for the size of its own log", async () => {
  const asked: string[] = [];
  const found = await exec((pod) => {
    const { pathname, searchParams } = new URL(pod.request.url);
    asked.push(`${searchParams.get("container")} ${searchParams.getAll("command").at(-1)}`);
    pod.send(1);
    ended(pod, { out: pathname.includes("/r-1/") ? "4152\n" : "0\n", err: "note" });
  }, [
    { name: "r-1" },
    { name: "r-2" },
    { name: "r-3", phase: "Pending" },
    { name: "r-4", isGoing: true },
  ]);
  assert.deepEqual(found, ["r-1 4152", "r-2 0"]);
  assert.deepEqual(asked, [`rancher ${PATH}`, `rancher ${PATH}`]);
});

Deno.test("no file, a failed command and an answer that is no number are errors of their pod alone", async () => {
  const answers = [
    { code: 66 },
    { code: 2, err: "stat: denied\n" },
    { out: "many\n" },
    { out: "77\n" },
  ];
  const found = await exec((pod) => {
    const [, index] = /\/r-(\d)\//.exec(new URL(pod.request.url).pathname) ?? [];
    ended(pod, answers[Number(index)]!);
  }, answers.map((_, index) => ({ name: `r-${index}` })));
  assert.match(
    found[0]!,
    /^r-0: not-found, There is no file ".*x\.db-wal" in pod ns\/r-0; expected/,
  );
  assert.match(found[1]!, /^r-1: other, .* exit code 2, "stat: denied"$/);
  assert.match(found[2]!, /^r-2: other, .* exit code 0, "many"$/);
  assert.equal(found[3], "r-3 77");
});

Deno.test("no pod at all, and none that runs, are said with namespace and label", async () => {
  const text = 'No pod runs in namespace "ns" with label "app=rancher"';
  await assert.rejects(exec(() => {}, []), { message: text });
  const pods = [{ name: "a", phase: "Pending" }];
  await assert.rejects(exec(() => {}, pods), { message: `${text} (of 1)` });
});

Deno.test("the script tells the size of a real file, and of none", async () => {
  await using dir = new TempDir();
  const path = dir.file("it's a $(wal)");
  const sizeBy = async () => {
    const [line] = await exec((pod) => {
      const command = new URL(pod.request.url).searchParams.getAll("command");
      const { code, stdout } = new Deno.Command(command[0]!, {
        args: [...command.slice(1, -1), path],
      }).outputSync();
      ended(pod, { code, out: new TextDecoder().decode(stdout) });
    }, [{ name: "r" }]);
    return line!;
  };
  assert.match(await sizeBy(), /^r: not-found/);
  Deno.writeFileSync(path, new Uint8Array(12_345));
  assert.equal(await sizeBy(), "r 12345");
});

Deno.test("exec needs the right to list pods and to exec, asked either way", () => {
  const asked = execProbePermissions({ namespace: "ns" });
  assert.deepEqual(asked.map(({ verb, subresource }) => [verb, subresource]), [
    ["list", undefined],
    ["create", "exec"],
    ["get", "exec"],
  ]);
  assert.ok(asked.every(({ namespace }) => namespace === "ns"));
});
