/** Whether this is a pod, and as whom it reaches its cluster. @module */

import assert from "node:assert/strict";
import { inCluster, noClusterError, podNamespace } from "../../../kube/config/in_cluster.ts";
import { EMPTY_CLUSTER, EMPTY_USER } from "../../../kube/kubeconfig/schema.ts";
import { type Script, scriptedWorld } from "../scripted_world.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const SERVICE = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
const FILES = {
  [`${FOLDER}/token`]: "t\n",
  [`${FOLDER}/ca.crt`]: "ca",
  [`${FOLDER}/namespace`]: "team\n",
};

Deno.test("a pod with a service account has all that is needed", () => {
  assert.deepEqual(inCluster(scriptedWorld({ files: FILES, env: SERVICE })), {
    cluster: {
      ...EMPTY_CLUSTER,
      server: "https://10.0.0.1:443",
      "certificate-authority": `${FOLDER}/ca.crt`,
    },
    user: { ...EMPTY_USER, tokenFile: `${FOLDER}/token` },
    namespace: "team",
    paths: [`${FOLDER}/token`, `${FOLDER}/ca.crt`],
  });
});

Deno.test("an IPv6 service address is put in brackets, and another folder is looked into", () => {
  const pod = inCluster({
    ...scriptedWorld({
      files: { "/sa/token": "t" },
      env: { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" },
    }),
    serviceAccountDir: "/sa",
  });
  assert.ok(!("missing" in pod));
  assert.equal(pod.cluster.server, "https://[fd00::1]:6443");
  assert.equal(pod.cluster["certificate-authority"], undefined);
  assert.equal(pod.namespace, undefined);
  assert.deepEqual(pod.paths, ["/sa/token"]);
});

Deno.test("without the variables or the token it says what is missing", () => {
  const noPod = "this is no pod (KUBERNETES_SERVICE_HOST and _PORT are not set)";
  const noToken = (why: string) =>
    `this pod has no service account token ("${FOLDER}/token": ${why})`;
  const cases: [Script, string][] = [
    [{ files: FILES }, noPod],
    [{ files: FILES, env: { ...SERVICE, KUBERNETES_SERVICE_PORT: "" } }, noPod],
    [{ env: SERVICE }, noToken("no such file")],
    [
      { env: SERVICE, files: { [`${FOLDER}/token`]: new Deno.errors.PermissionDenied() } },
      noToken("permission denied"),
    ],
  ];
  for (const [script, missing] of cases) {
    assert.deepEqual(inCluster(scriptedWorld(script)), { missing });
  }
});

Deno.test("POD_NAMESPACE counts before the service account's namespace", () => {
  const cases: [Script, string | undefined][] = [
    [{}, undefined],
    [{ files: FILES }, "team"],
    [{ files: FILES, env: { POD_NAMESPACE: "other" } }, "other"],
    [{ files: FILES, env: { POD_NAMESPACE: "" } }, "team"],
    [{ files: { [`${FOLDER}/namespace`]: "\n" } }, undefined],
  ];
  for (const [script, expected] of cases) {
    assert.equal(podNamespace(scriptedWorld(script)), expected);
  }
});

Deno.test("when there is no cluster, all that was looked for and the ways to name one are said", () => {
  const missing = "this is no pod";
  const ways = "and this is no pod; give --kubeconfig FILE, set KUBECONFIG or give --server URL";
  const cases: [Parameters<typeof noClusterError>[0], string][] = [
    [
      { lookedFor: ["/home/me/.kube/config"], missing, fromVariable: false },
      `there is no kubeconfig with a cluster at "/home/me/.kube/config", ${ways}`,
    ],
    [
      { lookedFor: ["/a", "/b"], missing, fromVariable: true },
      `there is no kubeconfig with a cluster at "/a", "/b" (KUBECONFIG), ${ways}`,
    ],
    [
      { lookedFor: [], missing, fromVariable: false },
      `there is no home folder for a .kube/config, ${ways}`,
    ],
  ];
  for (const [given, expected] of cases) {
    assert.equal(noClusterError(given).message, `Cannot find a cluster: ${expected}`);
  }
});
