/** What goes wrong while routes are attached is told with its cause, and hangs nothing. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { GATEWAYS, HTTP_ROUTES, REFERENCE_GRANTS } from "../../../../kube/gateway_api/kinds.ts";
import { NAMESPACES, SERVICES } from "../../../../kube/resource.ts";
import type { Report } from "../../../../core/report/report.ts";
import { GatewayCluster, type GatewayClusterOptions } from "../../../support/gateway_cluster.ts";

const PROBE = ["gateway", "attached-routes", "--gateways", "gateways/sandbox"];
const SMALL = ["--routes", "20", "--repeat", "2", "--simulate", "none", "--hold", "300ms"];

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
    assert.equal(total(done, "unversionedAcceptances"), 23, "20, two more, and the pilot");
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
    void cluster.implementation.close();
  };
  const done = await used(cluster, [...SMALL, "--timeout", "1s", "--repeat", "1"]);
  assert.equal(done.code, 3, done.stderr);
  const all = done.report.summary.operations.find(({ op }) => op === "attachAll");
  assert.deepEqual(all?.failures, { stalled: 1 });
  assert.ok(failed(done).includes("attachAll.failed.count <= 0"), failed(done).join());
  assert.ok(failed(done).includes("underCounts.total <= 0"), failed(done).join());
  assert.match(JSON.stringify(done.report), /"component":"controller"/);
  assert.match(JSON.stringify(done.report), /"component":"data plane"/);
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});

Deno.test("an API server that is away for a while costs the writes of that time, and the count is found again", async () => {
  await using cluster = await GatewayCluster.start({ historyLimit: 5 });
  let creates = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  cluster.onCall = (call) => {
    if (!/^POST .*\/httproutes/.test(call) || ++creates !== 22) return;
    cluster.cutOff();
    setTimeout(() => {
      cluster.reconnect();
      resolve();
    }, 700);
  };
  const done = await used(cluster, [...SMALL, "--repeat", "3", "--write-concurrency", "2"]);
  await promise;
  assert.ok(done.code === 3 || done.code === 0, done.stderr);
  assert.equal(total(done, "underCounts"), 0, JSON.stringify(failed(done)));
  assert.equal(total(done, "overCounts"), 0);
  assert.equal(total(done, "residue"), 0);
  assert.match(warning(done, "writes-incomplete"), /Watches were lost/);
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});

void [REFERENCE_GRANTS, NAMESPACES, SERVICES];
