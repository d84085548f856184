import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { SystemClock } from "../../core/load/clock.ts";
import { eventually } from "../support/eventually.ts";
import { TempDir } from "../support/scaletool.ts";
import { cluster, spawnCluster } from "./cluster_command.ts";
import { ControlPlane, createFakeNode, requireControlPlane } from "./control_plane.ts";
import { COMPONENT_NAMES } from "./components.ts";
import { listeningAddresses, processesIn } from "./listeners.ts";

const ignore = !await requireControlPlane();
const clock = new SystemClock();
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

let plane: ControlPlane;

Deno.test.beforeAll(async () => {
  if (!ignore) plane = await ControlPlane.start();
});

Deno.test.afterAll(async () => {
  if (!ignore) await plane[Symbol.asyncDispose]();
});

Deno.test("every component listens on 127.0.0.0/8 only", { ignore }, () => {
  const addresses = COMPONENT_NAMES.map((name) => [name, listeningAddresses(plane.pid(name))]);
  const count = { etcd: 2, apiserver: 1, kcm: 1, scheduler: 1, kwok: 1, wardle: 1 };
  const expected = Object.entries(count).map(([name, ports]) => [
    name,
    Array<string>(ports).fill("127.0.0.1"),
  ]);
  assert.deepEqual(addresses, expected);
});

Deno.test("the apiserver is ready and of the version that was pinned", { ignore }, async () => {
  assert.equal((await plane.request("load", "/readyz")).body, "ok");
  const { gitVersion } = await plane.admin<{ gitVersion: string }>("/version");
  assert.equal(gitVersion, "v1.36.3");
});

Deno.test(
  "users may do what they are meant to, with an expired certificate nothing",
  {
    ignore,
  },
  async () => {
    assert.equal((await plane.request("nobody", "/apis")).status, 200);
    assert.equal((await plane.request("nobody", CONFIG_MAPS)).status, 403);
    assert.equal((await plane.request("load", CONFIG_MAPS)).status, 200);
    assert.equal(await statusByKubeconfig(plane.kubeconfig("cert-user")), 200);
    assert.equal(await statusByKubeconfig(plane.kubeconfig("cert-user-expired")), 401);
  },
);

/** The status of a list of configmaps by the client certificate of a kubeconfig. */
async function statusByKubeconfig(path: string): Promise<number> {
  const { clusters, users } = parse(Deno.readTextFileSync(path));
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  const { "client-certificate-data": cert, "client-key-data": key } = users[0].user;
  const pem = (base64: string) => Buffer.from(base64, "base64").toString();
  using client = Deno.createHttpClient({ caCerts: [pem(ca)], cert: pem(cert), key: pem(key) });
  const response = await fetch(`${server}${CONFIG_MAPS}`, { client });
  await response.body?.cancel();
  return response.status;
}

Deno.test("only the owner can read keys, tokens and kubeconfigs", { ignore }, () => {
  const modes = ["pki", "kubeconfig"].flatMap((folder) =>
    [...Deno.readDirSync(`${plane.dir}/${folder}`)].map(({ name }) =>
      Deno.statSync(`${plane.dir}/${folder}/${name}`).mode! & 0o777
    )
  );
  assert.ok(modes.length > 15, `only ${modes.length} files were looked at`);
  assert.deepEqual(new Set(modes), new Set([0o600]));
});

Deno.test(
  "`load` is governed by API Priority and Fairness, `admin` is not",
  { ignore },
  async () => {
    const schemas = await plane.admin<{ items: { metadata: { name: string; uid: string } }[] }>(
      "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    );
    const nameOf = new Map(schemas.items.map(({ metadata }) => [metadata.uid, metadata.name]));
    const schemaOf = async (user: "load" | "admin") => {
      const { headers } = await plane.request(user, CONFIG_MAPS);
      return nameOf.get(headers.get("x-kubernetes-pf-flowschema-uid") ?? "");
    };
    assert.equal(await schemaOf("load"), "global-default");
    assert.equal(await schemaOf("admin"), "exempt");
  },
);

Deno.test("a flunder can be created and deleted through the aggregator", { ignore }, async () => {
  const path = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders";
  const body = { metadata: { name: "f" } };
  assert.equal((await plane.request("load", path, { method: "POST", body })).status, 201);
  assert.equal((await plane.request("load", `${path}/f`)).status, 200);
  assert.equal((await plane.request("load", `${path}/f`, { method: "DELETE" })).status, 200);
  assert.equal((await plane.request("load", `${path}/f`)).status, 404);
});

Deno.test("a Deployment of 3 pods becomes Ready on a fake node", { ignore }, async () => {
  await createFakeNode(plane, "fake");
  const path = "/apis/apps/v1/namespaces/default/deployments";
  const labels = { app: "three" };
  const pod = { metadata: { labels }, spec: { containers: [{ name: "c", image: "none" }] } };
  const spec = { replicas: 3, selector: { matchLabels: labels }, template: pod };
  await plane.admin(path, { method: "POST", body: { metadata: { name: "three" }, spec } });
  await eventually("3 pods Ready", async () => {
    const found = await plane.admin<{ status: { readyReplicas?: number } }>(`${path}/three`);
    return found.status.readyReplicas === 3;
  });
});

Deno.test(
  "with etcd suspended a write waits, and is done when it is resumed",
  { ignore },
  async () => {
    plane.suspend("etcd");
    let isAnswered = false;
    const body = { metadata: { name: "late" } };
    const write = plane.request("load", CONFIG_MAPS, { method: "POST", body })
      .finally(() => isAnswered = true);
    await clock.sleepUntil(clock.now() + 300);
    const wasAnswered = isAnswered;
    plane.resume("etcd");
    assert.equal((await write).status, 201);
    assert.equal(wasAnswered, false);
  },
);

Deno.test("the apiserver restarts on the data that it had", { ignore }, async () => {
  const body = { metadata: { name: "kept" }, data: { answer: "42" } };
  await plane.admin(CONFIG_MAPS, { method: "POST", body });
  const before = plane.pid("apiserver");
  await plane.stop("apiserver", { graceMs: 0 });
  await assert.rejects(plane.request("load", "/readyz"));
  await plane.restart("apiserver");
  assert.notEqual(plane.pid("apiserver"), before);
  const kept = await plane.admin<{ data: unknown }>(`${CONFIG_MAPS}/kept`);
  assert.deepEqual(kept.data, { answer: "42" });
});

Deno.test(
  "a second cluster runs beside the first and is gone when disposed",
  { ignore },
  async () => {
    let dir: string;
    {
      await using small = await ControlPlane.start({
        without: ["scheduler", "kwok", "wardle"],
        apiserverArgs: ["--max-requests-inflight=7"],
      });
      dir = small.dir;
      assert.notEqual(small.server, plane.server);
      assert.equal(processesIn(dir).length, 3);
      assert.throws(() => small.pid("wardle"), /Cannot find wardle: it was not started/);
      const args = Deno.readTextFileSync(`/proc/${small.pid("apiserver")}/cmdline`).split("\0");
      assert.ok(args.includes("--max-requests-inflight=7"), args.join(" "));
      // Suspended, it could not end by itself.
      small.suspend("kcm");
    }
    assertGone(dir);
    assert.equal((await plane.request("load", "/readyz")).status, 200);
  },
);

Deno.test("a component that dies fails the start with the end of its log", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  await assert.rejects(
    ControlPlane.start({ dir, apiserverArgs: ["--no-such-flag"] }),
    /Cannot start apiserver: it died; its log ends:\n[^]*unknown flag: --no-such-flag/,
  );
  assertGone(dir);
});

Deno.test("nothing of a cluster is left when its owner is killed", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const url = new URL("control_plane.ts", import.meta.url).href;
  const owner = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
      const { ControlPlane } = await import(${JSON.stringify(url)});
      const small = { dir: ${JSON.stringify(dir)}, without: ["scheduler", "kwok", "wardle"] };
      await ControlPlane.start(small);
      console.log("started");
      await new Response(Deno.stdin.readable).text();
    `,
    ],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = owner.stdout.getReader();
  await reader.read();
  assert.ok(processesIn(dir).length >= 3, "the cluster is not there");
  owner.kill("SIGKILL");
  await owner.status;
  await reader.cancel();
  await owner.stdin.abort().catch(() => {});
  await eventually("the end of all", () => processesIn(dir).length === 0 && !isThere(dir));
});

Deno.test("a cluster outlives `cluster up`, and `down` ends it", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const up = await cluster(["up", "--dir", dir]);
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, new RegExp(`^export KUBECONFIG=${dir}/kubeconfig/load.yaml\n# server: `));
  const again = await cluster(["up", "--dir", dir]);
  assert.deepEqual([again.code, again.stdout], [0, up.stdout]);
  assert.match(again.stderr, /^a cluster is up already in /);
  const status = await cluster(["status", "--dir", dir]);
  assert.equal(status.code, 0, status.stdout);
  assert.equal(status.stdout.match(/^\w+ +\d+ +yes +yes +\d+$/gm)?.length, 6, status.stdout);
  Deno.kill(Number(Deno.readTextFileSync(`${dir}/pid/kcm`)), "SIGKILL");
  const broken = await cluster(["status", "--dir", dir]);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /^kcm +\d+ +no +no +-$/m);
  assert.equal((await cluster(["down", "--dir", dir])).code, 0);
  assertGone(dir);
  assert.equal((await cluster(["status", "--dir", dir])).code, 1);
});

Deno.test("an interrupted `cluster up` leaves nothing running", { ignore }, async () => {
  await using parent = new TempDir();
  const dir = parent.file("cluster");
  const child = spawnCluster(["up", "--dir", dir]);
  await eventually("etcd", () => processesIn(dir).length > 0);
  child.kill("SIGINT");
  const { code, stderr } = await child.output();
  assert.equal(code, 130);
  assert.match(new TextDecoder().decode(stderr), /Interrupted: nothing is left running\n$/);
  assertGone(dir);
});

for (const args of [[], ["sideways"], ["up", "extra"], ["up", "--dri", "x"], ["up", "--dir="]]) {
  Deno.test(`\`cluster ${args.join(" ")}\` is refused with exit code 2 and one line`, async () => {
    const { code, stdout, stderr } = await cluster(args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^cluster: [^\n]+\n$/);
  });
}

Deno.test("`cluster` leaves a directory alone that is not a cluster's", { ignore }, async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("precious"), "");
  assert.equal((await cluster(["up", "--dir", dir.path])).code, 1);
  assert.equal((await cluster(["down", "--dir", dir.path])).code, 0);
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["precious"]);
});

function assertGone(dir: string): void {
  assert.deepEqual(processesIn(dir), []);
  assert.equal(isThere(dir), false, `${dir} is still there`);
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
