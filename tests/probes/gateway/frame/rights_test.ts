/** Who may run a gateway probe: what is missing is named before any load, and what is granted suffices. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../../kube/object.ts";
import { NAMESPACES, type Resource } from "../../../../kube/resource.ts";
import { GatewayCluster, objectsIn } from "../../../support/gateway_cluster.ts";

const PROBE = [
  ...["gateway", "attached-routes", "--gateways", "gateways/sandbox", "--routes", "10"],
  ...["--repeat", "1", "--hold", "100ms", "--backend", "gateways/backend:80"],
];
const AS = ["--as", "system:serviceaccount:scaletest:scaletool-gateway-attached-routes"];

/** What is printed for the probe, in the cluster. */
async function grant(
  cluster: GatewayCluster,
  changed: (object: KubeObject) => KubeObject = (object) => object,
): Promise<void> {
  const { stdout } = await cluster.print(["manifests", "rbac", "--for", ...PROBE]);
  await cluster.kube.write("POST", NAMESPACES, { metadata: { name: "scaletest" } });
  await cluster.kube.write("POST", NAMESPACES, { metadata: { name: "scaletest-sim" } });
  for (const document of parseAllDocuments(stdout)) {
    const object = changed(document.toJS() as KubeObject);
    await cluster.kube.write("POST", resourceOf(object), object);
  }
}

function resourceOf({ apiVersion = "", kind = "", metadata }: KubeObject): Resource {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const namespaced = metadata.namespace !== undefined;
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced };
}

/** Without a verb on a kind, wherever that is granted. */
function without(verb: string, plural: string) {
  return (object: KubeObject): KubeObject => {
    const rules = object["rules"] as { resources: string[]; verbs: string[] }[] | undefined;
    return rules === undefined ? object : {
      ...object,
      rules: rules.map((rule) =>
        rule.resources.includes(plural)
          ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) }
          : rule
      ),
    };
  };
}

Deno.test("the rights that are printed for a probe are all that it takes", async () => {
  await using cluster = await GatewayCluster.start();
  await grant(cluster);
  const before = await objectsIn(cluster);
  const done = await cluster.run([...PROBE, ...AS, "--out", cluster.out()]);
  assert.doesNotMatch(done.stderr, /forbidden|may not|cannot/i);
  assert.doesNotMatch(done.stdout, /^FAIL/m);
  assert.ok(done.code === 0 || done.code === 4, done.stderr + done.stdout);
  assert.deepEqual(await objectsIn(cluster), before);
});

Deno.test("one who may do nothing is told each right before any load, and doctor says the same", async () => {
  await using cluster = await GatewayCluster.start();
  const before = await objectsIn(cluster);
  const writes: string[] = [];
  cluster.onCall = (call) => {
    if (!/^GET |^POST \/apis\/authentication|^POST \/apis\/authorization/.test(call)) {
      writes.push(call);
    }
  };
  const done = await cluster.run([...PROBE, "--as", "nobody", "--out", cluster.out()]);
  assert.equal(done.code, 1, done.stderr);
  const lines = done.stderr.trim().split("\n").filter((line) => line.startsWith("scaletool: "));
  assert.equal(lines.length, 1, done.stderr);
  const doctor = await cluster.run(["doctor", ...PROBE, "--as", "nobody"]);
  assert.notEqual(doctor.code, 0);
  const rights = [
    "get gateways.gateway.networking.k8s.io in namespace gateways",
    "watch gateways.gateway.networking.k8s.io in namespace gateways",
    "get gatewayclasses.gateway.networking.k8s.io",
    "create httproutes.gateway.networking.k8s.io in namespace scaletest",
    "watch httproutes.gateway.networking.k8s.io in namespace scaletest",
    "delete httproutes.gateway.networking.k8s.io in namespace scaletest",
    "create services in namespace scaletest-sim",
    "create endpointslices.discovery.k8s.io in namespace scaletest-sim",
    "create referencegrants.gateway.networking.k8s.io in namespace scaletest-sim",
    "create referencegrants.gateway.networking.k8s.io in namespace gateways",
    'get services "backend" in namespace gateways',
  ];
  for (const right of rights) {
    assert.ok(done.stderr.includes(right), `${right} in ${done.stderr}`);
    assert.ok(doctor.stdout.includes(right), `${right} in ${doctor.stdout}`);
  }
  assert.deepEqual(writes, []);
  assert.deepEqual(await objectsIn(cluster), before);
});

for (
  const [verb, plural] of [
    ["create", "httproutes"],
    ["watch", "gateways"],
    ["get", "gatewayclasses"],
    ["delete", "endpointslices"],
  ] as const
) {
  Deno.test(`one who may not ${verb} ${plural} is told so, and nothing else`, async () => {
    await using cluster = await GatewayCluster.start();
    await grant(cluster, without(verb, plural));
    const before = await objectsIn(cluster);
    const done = await cluster.run([...PROBE, ...AS, "--out", cluster.out()]);
    assert.equal(done.code, 1, done.stderr);
    assert.match(done.stderr, new RegExp(`^scaletool: .*${verb} ${plural}`));
    assert.doesNotMatch(done.stderr, /scaletool: .*list httproutes/);
    assert.deepEqual(await objectsIn(cluster), before);
  });
}
