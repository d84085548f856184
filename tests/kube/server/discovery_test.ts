import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { discover, guessedResource, serverVersion } from "../../../kube/server/discovery.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES } from "../../../kube/resource.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

function listed(name: string, kind: string, namespaced: boolean) {
  return { name, singularName: "", namespaced, kind, verbs: ["get"] };
}

function testCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  cluster.answers.set("GET /api/v1", {
    kind: "APIResourceList",
    resources: [
      listed("configmaps", "ConfigMap", true),
      listed("namespaces", "Namespace", false),
      listed("namespaces/status", "Namespace", false),
      listed("pods/binding", "Binding", true),
    ],
  });
  cluster.answers.set("GET /apis/wardle.example.com/v1alpha1", {
    kind: "APIResourceList",
    resources: [listed("flunders", "Flunder", true), listed("fischers", "Fischer", false)],
  });
  cluster.answers.set("GET /apis/wardle.example.com", {
    kind: "APIGroup",
    versions: [
      { groupVersion: "wardle.example.com/v1alpha1", version: "v1alpha1" },
      { groupVersion: "wardle.example.com/v1beta1", version: "v1beta1" },
    ],
  });
  return cluster;
}

for (
  const [apiVersion, resource] of [
    ["v1", CONFIG_MAPS],
    ["v1", NAMESPACES],
    ["wardle.example.com/v1alpha1", FLUNDERS],
  ] as const
) {
  Deno.test(`discover finds ${resource.kind} of ${apiVersion}`, async () => {
    const { kind } = resource;
    assert.deepEqual(await discover(testCluster(), { apiVersion, kind }), resource);
  });
}

for (
  const { apiVersion, kind, message } of [
    {
      apiVersion: "v1",
      kind: "configmap",
      message:
        'Cannot find kind "configmap": the server\'s v1 has no such kind (did you mean "ConfigMap"?)',
    },
    {
      apiVersion: "wardle.example.com/v1alpha1",
      kind: "Flounder",
      message:
        'Cannot find kind "Flounder": the server\'s wardle.example.com/v1alpha1 has no such ' +
        'kind (did you mean "Flunder"?)',
    },
    {
      apiVersion: "v1",
      kind: "Binding",
      message: 'Cannot find kind "Binding": the server\'s v1 has no such kind',
    },
    {
      apiVersion: "v2",
      kind: "ConfigMap",
      message: 'Cannot find kind "ConfigMap": the server does not serve v2, but v1',
    },
    {
      apiVersion: "wardle.example.com/v1",
      kind: "Flunder",
      message: 'Cannot find kind "Flunder": the server does not serve wardle.example.com/v1, but ' +
        "wardle.example.com/v1alpha1, wardle.example.com/v1beta1",
    },
    {
      apiVersion: "none.example.com/v1",
      kind: "None",
      message:
        'Cannot find kind "None": the server does not serve none.example.com/v1; install its ' +
        "CustomResourceDefinition or APIService first",
    },
  ]
) {
  Deno.test(`discover says what is wrong with ${kind} of ${apiVersion}`, async () => {
    await assert.rejects(discover(testCluster(), { apiVersion, kind }), (error: unknown) => {
      assert.ok(error instanceof CannotRunError);
      assert.equal(error.message, message);
      return true;
    });
  });
}

Deno.test("discover passes other refusals on, so that they can be retried", async () => {
  const unavailable = statusError(503, "ServiceUnavailable", 1_000);
  const cluster = testCluster();
  cluster.fail("request", unavailable);
  await assert.rejects(discover(cluster, { apiVersion: "v1", kind: "ConfigMap" }), unavailable);
});

Deno.test("discover and serverVersion say so when a web page answers in the API server's place", async () => {
  const cluster = new MemoryCluster();
  cluster.answers.set("GET /api/v1", "<html>");
  cluster.answers.set("GET /version", "<html>");
  await assert.rejects(discover(cluster, { apiVersion: "v1", kind: "ConfigMap" }), {
    name: "UnusableAnswerError",
    message:
      'Cannot use the answer to GET /api/v1: it is no APIResourceList, but the text "<html>"; ' +
      "is it a Kubernetes API server, or a proxy or log-in page in front of it?",
  });
  await assert.rejects(serverVersion(cluster), {
    name: "UnusableAnswerError",
    message: /^Cannot use the answer to GET \/version: it is no version with a gitVersion, but /,
  });
});

Deno.test("serverVersion is the gitVersion", async () => {
  const cluster = new MemoryCluster();
  cluster.answers.set("GET /version", { major: "1", minor: "36", gitVersion: "v1.36.3" });
  assert.equal(await serverVersion(cluster), "v1.36.3");
});

const GUESSES = [
  ["v1", "ConfigMap", "", "v1", "configmaps"],
  ["apps/v1", "Deployment", "apps", "v1", "deployments"],
  ["networking.k8s.io/v1", "NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"],
  ["networking.k8s.io/v1", "IngressClass", "networking.k8s.io", "v1", "ingressclasses"],
] as const;

for (const [apiVersion, kind, group, version, plural] of GUESSES) {
  Deno.test(`kind ${kind} of ${apiVersion} is taken to be ${plural} of group "${group}"`, () => {
    assert.deepEqual(guessedResource({ apiVersion, kind }), {
      group,
      version,
      plural,
      kind,
      namespaced: true,
    });
  });
}
