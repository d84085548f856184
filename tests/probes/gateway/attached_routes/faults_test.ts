/** What goes wrong while routes are attached is told with its cause, and hangs nothing. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { GATEWAYS, HTTP_ROUTES } from "../../../../kube/gateway_api/kinds.ts";
import { NAMESPACES, type Resource } from "../../../../kube/resource.ts";
import type { Report } from "../../../../core/report/report.ts";
import { GatewayCluster, type GatewayClusterOptions } from "../../../support/gateway_cluster.ts";

const PROBE = ["gateway", "attached-routes", "--gateways", "gateways/sandbox"];
const SMALL = ["--routes", "20", "--repeat", "2", "--simulate", "none", "--hold", "300ms"];

const RESOURCE_QUOTAS: Resource = {
  group: "",
  version: "v1",
  plural: "resourcequotas",
  kind: "ResourceQuota",
  namespaced: true,
};

interface Used {
  readonly code: number;
  readonly stderr: string;
  readonly report: Report;
}

async function used(cluster: GatewayCluster, args: readonly string[] = SMALL): Promise<Used> {
  const out = cluster.out();
  const { code, stderr } = await cluster.run([...PROBE, ...args, "--out", out]);
  return { code, stderr, report: JSON.parse(Deno.readTextFileSync(`${out}/result.json`)) };
}

function warning({ report }: Used, code: string): string {
  return report.warnings.filter((one) => one.code === code).map(({ message }) => message).join();
}

function failed({ report }: Used): string[] {
  return report.findings.filter(({ verdict }) => verdict === "fail").map(({ subject }) => subject);
}

function total({ report }: Used, name: string): number {
  return report.summary.counters.filter((one) => one.name === name)
    .reduce((sum, { total }) => sum + total, 0);
}

function without(field: "observedGeneration", value?: number) {
  return (object: KubeObject): KubeObject =>
    JSON.parse(JSON.stringify(object, (name, old) => name === field ? value : old));
}

const UNVERSIONED: readonly [how: string, rewritten: GatewayClusterOptions["rewritten"]][] = [
  ["observedGeneration 0", without("observedGeneration", 0)],
  ["no observedGeneration, as a Go client writes 0", without("observedGeneration")],
];

for (const [how, rewritten] of UNVERSIONED) {
  Deno.test(`a controller that writes ${how} is told as such, and not as one that accepts nothing`, async () => {
    await using cluster = await GatewayCluster.start({ rewritten: rewritten! });
    const done = await used(cluster);
    assert.equal(done.code, 3, done.stderr);
    assert.deepEqual(failed(done), ["unversionedAcceptances.total <= 0"]);
    assert.equal(total(done, "unversionedAcceptances"), 22, "20, and two more");
    assert.equal(total(done, "unaccepted"), 0);
    const said = warning(done, "unversioned-status");
    assert.match(
      said,
      /The controller of Gateway gateways\/sandbox writes observedGeneration 0, or none/,
    );
    assert.match(said, /accepts routes without saying of which generation .*e\.g\. scaletest\//);
    const accept = done.report.summary.operations.find(({ op }) => op === "accept");
    assert.deepEqual([accept?.ok, accept?.failed], [2, 0]);
    assert.match(JSON.stringify(done.report), /"component":"controller"/);
  });
}

Deno.test("a Gateway whose status stays at an earlier generation is gone on with, and that is said", async () => {
  await using cluster = await GatewayCluster.start({
    rewritten: (object) => {
      if (object["kind"] !== GATEWAYS.kind) return object;
      return without("observedGeneration", 1)(object);
    },
  });
  await cluster.kube.patch(GATEWAYS, {
    namespace: "gateways",
    name: "sandbox",
    patch: { spec: { listeners: [await changedListener(cluster)] } },
  });
  const done = await used(cluster);
  assert.equal(done.code, 0, done.stderr);
  assert.match(
    warning(done, "unversioned-status"),
    /still speaks of an earlier generation after 2s/,
  );
});

async function changedListener(cluster: GatewayCluster) {
  const gateway = await cluster.kube.get(GATEWAYS, { namespace: "gateways", name: "sandbox" });
  const { listeners: [first] } = gateway["spec"] as { listeners: Record<string, unknown>[] };
  return { ...first, hostname: "*.example.com" };
}

Deno.test("routes have host names that their listener takes, and one that it takes alone they share", async () => {
  for (
    const [hostname, more] of [["*.b.test", []], ["gw.test", ["--hostnames", "shared"]]] as const
  ) {
    await using cluster = await GatewayCluster.start();
    await cluster.kube.patch(GATEWAYS, {
      namespace: "gateways",
      name: "sandbox",
      patch: { spec: { listeners: [{ ...await changedListener(cluster), hostname }] } },
    });
    const done = await used(cluster, [...SMALL, ...more]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(total(done, "unserved"), 0);
  }
});

Deno.test("an address of type Hostname is looked up", async () => {
  await using cluster = await GatewayCluster.start({
    rewritten: (object) => {
      const status = object["status"] as { addresses?: unknown };
      if (status?.addresses === undefined) return object;
      return {
        ...object,
        status: { ...status, addresses: [{ type: "Hostname", value: "localhost" }] },
      };
    },
  });
  const done = await used(cluster);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.report.manifest.facts["Gateway gateways/sandbox"] ?? "", /at localhost:\d+$/);
});

Deno.test("a controller that dies while routes are added fails the waits for it, and hangs nothing", async () => {
  await using cluster = await GatewayCluster.start();
  let creates = 0;
  cluster.onCall = (call) => {
    if (!/^POST .*\/httproutes/.test(call) || ++creates !== 12) return;
    cluster.killController();
  };
  const done = await used(cluster, [...SMALL, "--timeout", "1s", "--repeat", "1"]);
  assert.equal(done.code, 3, done.stderr);
  const all = done.report.summary.operations.find(({ op }) => op === "attachAll");
  assert.deepEqual(all?.failures, { stalled: 1 });
  // Whether lag of our own explains that wait is this machine's business; a count has no such doubt.
  assert.ok(failed(done).includes("underCounts.total <= 0"), failed(done).join());
  assert.match(JSON.stringify(done.report), /"component":"controller"/);
  assert.match(JSON.stringify(done.report), /"component":"data plane"/);
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});

Deno.test("an API server that is away for a while costs the writes of that time, and the count is found again", async () => {
  await using cluster = await GatewayCluster.start({ historyLimit: 5 });
  let creates = 0;
  cluster.onCall = (call) => {
    if (!/^POST .*\/httproutes/.test(call) || ++creates !== 12) return;
    cluster.cutOff();
    void forgetEvents(cluster).then(() => cluster.reconnect());
  };
  const done = await used(cluster, [...SMALL, "--repeat", "3", "--write-concurrency", "2"]);
  assert.equal(done.code, 3, done.stderr);
  const made = done.report.summary.operations.find(({ op }) => op === "create");
  assert.ok(made!.failed > 0, "the creates of that time");
  assert.deepEqual(
    ["underCounts", "overCounts", "residue", "countFlaps"].map((name) => total(done, name)),
    [0, 0, 0, 0],
  );
  assert.match(warning(done, "writes-incomplete"), /Watches were lost/);
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});

Deno.test("a quota of routes fails the creates beyond it with its words, and all that was made is removed", async () => {
  await using cluster = await GatewayCluster.start();
  await cluster.kube.write("POST", NAMESPACES, { metadata: { name: "scaletest" } });
  await quota(cluster, 8);
  const done = await used(cluster);
  assert.equal(done.code, 3, done.stderr);
  const made = done.report.summary.operations.find(({ op }) => op === "create");
  assert.deepEqual([made?.ok, made?.failures], [7, { forbidden: 15 }], "7 and the pilot are 8");
  assert.ok(failed(done).includes("create.failed.count <= 0"), failed(done).join());
  assert.equal(total(done, "underCounts"), 0);
  assert.match(warning(done, "failed-writes"), /exceeded quota: few, .*limited: .*httproutes.*=8/);
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});

Deno.test("a quota that does not even let the first route in ends the run before any load, in one line", async () => {
  await using cluster = await GatewayCluster.start();
  await cluster.kube.write("POST", NAMESPACES, { metadata: { name: "scaletest" } });
  await quota(cluster, 0);
  const { code, stderr } = await cluster.run([...PROBE, ...SMALL, "--out", cluster.out()]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^scaletool: .*exceeded quota: few, .*limited: .*=0/m);
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});

async function quota({ kube }: GatewayCluster, most: number): Promise<void> {
  await kube.write("POST", RESOURCE_QUOTAS, {
    metadata: { name: "few", namespace: "scaletest" },
    spec: { hard: { "count/httproutes.gateway.networking.k8s.io": `${most}` } },
  });
}

/** More writes to the Gateway than the server remembers. */
async function forgetEvents({ kube }: GatewayCluster): Promise<void> {
  for (let write = 0; write < 10; write++) {
    const patch = { metadata: { annotations: { write: `${write}` } } };
    await kube.patch(GATEWAYS, { namespace: "gateways", name: "sandbox", patch });
  }
}

Deno.test("a route of somebody else that comes meanwhile ends the run without a verdict, and is named", async () => {
  await using cluster = await GatewayCluster.start();
  let creates = 0;
  cluster.onCall = (call) => {
    if (!/^POST .*\/scaletest\/httproutes/.test(call) || ++creates !== 12) return;
    void cluster.kube.write("POST", HTTP_ROUTES, {
      metadata: { namespace: "gateways", name: "theirs" },
      spec: { parentRefs: [{ name: "sandbox" }], hostnames: ["theirs.example.com"] },
    });
  };
  const done = await used(cluster);
  assert.equal(done.code, 4, done.stderr);
  assert.deepEqual(failed(done), []);
  const told = done.report.findings.find(({ subject }) => /^nobody else/.test(subject));
  assert.equal(told?.observed, "gateways/theirs");
  assert.deepEqual(await cluster.names(HTTP_ROUTES), ["gateways/theirs"]);
});

Deno.test("a route of somebody else that was there before, or is for another Gateway, is no matter", async () => {
  await using cluster = await GatewayCluster.start();
  const route = (name: string, gateway: string) =>
    cluster.kube.write("POST", HTTP_ROUTES, {
      metadata: { namespace: "gateways", name },
      spec: { parentRefs: [{ name: gateway }], hostnames: [`${name}.example.com`] },
    });
  await route("theirs", "sandbox");
  let creates = 0;
  cluster.onCall = (call) => {
    if (!/^POST .*\/scaletest\/httproutes/.test(call) || ++creates !== 12) return;
    void route("elsewhere", "other");
  };
  const done = await used(cluster);
  assert.deepEqual(failed(done), [], done.stderr);
  assert.ok(!done.report.findings.some(({ subject }) => /^nobody else/.test(subject)));
  assert.deepEqual(done.report.tables[0]?.rows[0]?.cells[0]?.value, 20);
});
