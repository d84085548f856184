/** Which server, how it is trusted, and as whom. @module */

import assert from "node:assert/strict";
import type { ClusterValues } from "../../../kube/cluster_flags.ts";
import { type ClusterTarget, resolveTarget, systemWorld } from "../../../kube/config/target.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { CA, FILES, HOME, OTHER_CA } from "./sample_kubeconfig.ts";
import { clusterValues, type Script, ScriptedPlugins, scriptedWorld } from "../scripted_world.ts";

const POD = "/var/run/secrets/kubernetes.io/serviceaccount";
const POD_FILES = { [`${POD}/token`]: "pod\n", [`${POD}/ca.crt`]: CA, [`${POD}/namespace`]: "ns" };
const POD_ENV = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

function target(values: Partial<ClusterValues> = {}, script: Script = { files: FILES }) {
  return resolveTarget(clusterValues(values), scriptedWorld(script));
}

/** Everything but the credentials, which become what they send. */
async function shown({ credentials, proxyFor, ...rest }: ClusterTarget) {
  const proxy = proxyFor?.(rest.server);
  return { ...rest, ...(proxy && { proxy }), sends: await credentials.current() };
}

Deno.test("the current context gives server, trust, user, namespace and names", async () => {
  assert.deepEqual(await shown(target()), {
    server: "https://dev:6443",
    caPem: CA,
    insecure: false,
    tlsServerName: "dev.example",
    proxy: { url: "http://proxy:1", from: "proxy-url of the kubeconfig's cluster" },
    impersonation: [["Impersonate-User", "other"]],
    namespace: "team",
    names: { context: "dev", cluster: "dev", user: "me", source: "home", paths: [HOME] },
    sends: { authorization: "Bearer mine" },
  });
});

Deno.test("--context, --cluster and --user choose by name, each for itself", async () => {
  const cases: [Partial<ClusterValues>, string, string | undefined, string | undefined][] = [
    [{ context: "prod" }, "https://prod/k8s/clusters/c-1", "Bearer admins", undefined],
    [{ cluster: "prod" }, "https://prod/k8s/clusters/c-1", "Bearer mine", "team"],
    [{ user: "admin" }, "https://dev:6443", "Bearer admins", "team"],
    [{ context: "prod", user: "me" }, "https://prod/k8s/clusters/c-1", "Bearer mine", undefined],
    [{ context: "anonymous" }, "https://prod/k8s/clusters/c-1", undefined, undefined],
    [{ context: "vain", cluster: "dev" }, "https://dev:6443", "Bearer mine", undefined],
    [{ context: "lost", cluster: "dev", user: "me" }, "https://dev:6443", "Bearer mine", undefined],
    [{ context: "lost", server: "https://s", token: "t" }, "https://s", "Bearer t", undefined],
    // Without TLS nobody is told who we are.
    [{ cluster: "plain" }, "http://plain:8080", undefined, "team"],
    [{ cluster: "plain", token: "t" }, "http://plain:8080", undefined, "team"],
  ];
  for (const [values, server, authorization, namespace] of cases) {
    const found = await shown(target(values));
    assert.deepEqual(
      [found.server, found.sends.authorization, found.namespace],
      [server, authorization, namespace],
      JSON.stringify(values),
    );
  }
});

Deno.test("flags about trust displace the kubeconfig's, as in kubectl", () => {
  const of = ({ server, caPem, insecure, tlsServerName, proxyFor }: ClusterTarget) => [
    server,
    caPem,
    insecure,
    tlsServerName,
    proxyFor?.("https://s")?.url,
  ];
  const dev = "https://dev:6443";
  const proxy = "http://proxy:1";
  const cases: [Partial<ClusterValues>, unknown[]][] = [
    [{ "insecure-skip-tls-verify": true }, [dev, undefined, true, "dev.example", proxy]],
    [{ "certificate-authority": "/flag.pem" }, [dev, OTHER_CA, false, "dev.example", proxy]],
    [{ cluster: "open", "certificate-authority": "/flag.pem" }, [
      "https://open",
      OTHER_CA,
      false,
      undefined,
      undefined,
    ]],
    [{ cluster: "open" }, ["https://open", undefined, true, undefined, undefined]],
    [{ "tls-server-name": "x" }, [dev, CA, false, "x", proxy]],
    // The name was meant for the other address.
    [{ server: "https://s" }, ["https://s", CA, false, undefined, proxy]],
    [{ server: "https://s", "tls-server-name": "x" }, ["https://s", CA, false, "x", proxy]],
    [{ "proxy-url": "socks5://p:1" }, [dev, CA, false, "dev.example", "socks5://p:1"]],
    [{ server: "", context: "", token: "", "proxy-url": "", "certificate-authority": "" }, [
      dev,
      CA,
      false,
      "dev.example",
      proxy,
    ]],
  ];
  for (const [values, expected] of cases) {
    assert.deepEqual(of(target(values)), expected, JSON.stringify(values));
  }
});

Deno.test("a server is a URL, or a host and port for plain HTTP", () => {
  const cases: [string, string | undefined][] = [
    ["https://s", "https://s"],
    ["HTTPS://S:443///", "https://s"],
    ["https://[::1]:6443/a/b/?query#part", "https://[::1]:6443/a/b"],
    ["localhost:8080", "http://localhost:8080"],
    ["localhost", "http://localhost"],
    ["ftp://s", undefined],
    ["s/path", undefined],
    ["https://", undefined],
    ["not a server", undefined],
  ];
  for (const [server, expected] of cases) {
    if (expected !== undefined) assert.equal(target({ server }).server, expected);
    else {
      assert.throws(() => target({ server }), {
        name: "UsageError",
        message: `--server must be a URL such as https://host:6443, not "${server}"`,
      });
    }
  }
});

Deno.test("--server is enough where there is no kubeconfig", async () => {
  assert.deepEqual(await shown(target({ server: "https://s", token: "t", as: "a" }, {})), {
    server: "https://s",
    insecure: false,
    impersonation: [["Impersonate-User", "a"]],
    names: { source: "flag", paths: [] },
    sends: { authorization: "Bearer t" },
  });
});

Deno.test("a pod without a kubeconfig reaches its own cluster, with the flags' changes", async () => {
  const script = { files: POD_FILES, env: POD_ENV };
  const pod = {
    // 443 is what https means.
    server: "https://10.0.0.1",
    caPem: CA,
    insecure: false,
    impersonation: [],
    namespace: "ns",
    names: { source: "in-cluster", paths: [`${POD}/token`, `${POD}/ca.crt`] },
    sends: { authorization: "Bearer pod" },
  };
  assert.deepEqual(await shown(target({}, script)), pod);
  assert.deepEqual(
    await shown(target({ token: "t", as: "a" }, script)),
    {
      ...pod,
      impersonation: [["Impersonate-User", "a"]],
      sends: { authorization: "Bearer t" },
    },
  );
  const { caPem: _, ...unverified } = pod;
  assert.deepEqual(await shown(target({ "insecure-skip-tls-verify": true }, script)), {
    ...unverified,
    insecure: true,
  });
});

Deno.test("a kubeconfig and --server count before the pod, which then only gives the namespace", () => {
  const script = { files: { ...FILES, ...POD_FILES }, env: POD_ENV };
  const cases: [Partial<ClusterValues>, string, string, string][] = [
    [{}, "home", "https://dev:6443", "team"],
    [{ context: "prod" }, "home", "https://prod/k8s/clusters/c-1", "ns"],
    [{ server: "https://s" }, "home", "https://s", "team"],
  ];
  for (const [values, source, server, namespace] of cases) {
    const found = target(values, script);
    assert.deepEqual([found.names.source, found.server, found.namespace], [
      source,
      server,
      namespace,
    ]);
  }
  const empty = { files: { ...POD_FILES, "/empty": "" }, env: POD_ENV };
  assert.equal(target({ server: "https://s" }, empty).server, "https://s");
  assert.throws(() => target({ kubeconfig: "/empty" }, empty), {
    name: "CannotRunError",
    message: 'No context is chosen: kubeconfig "/empty" has no current-context; choose with ' +
      "--context: there is none",
  });
});

Deno.test("a plugin that asks for the cluster is told what the requests will use", async () => {
  const plugins = new ScriptedPlugins([{
    stdout: JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "t" },
    }),
  }]);
  const config = `
current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters:
- name: c
  cluster:
    server: https://c/
    certificate-authority: ca.pem
    disable-compression: true
    extensions:
    - {name: other, extension: {a: 1}}
    - {name: client.authentication.k8s.io/exec, extension: {audience: me}}
users:
- name: u
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never,
      provideClusterInfo: true}
`;
  const found = target({ "proxy-url": "http://p" }, {
    files: { ...FILES, [HOME]: config },
    plugins,
  });
  assert.equal(plugins.runs.length, 0);
  assert.deepEqual(await found.credentials.current(), { authorization: "Bearer t" });
  const info = JSON.parse(plugins.runs[0]?.env.KUBERNETES_EXEC_INFO ?? "");
  assert.deepEqual(info.spec.cluster, {
    server: "https://c",
    "certificate-authority-data": btoa(CA),
    "proxy-url": "http://p",
    "disable-compression": true,
    config: { audience: "me" },
  });
});

Deno.test("this machine's world has its variables and files", () => {
  const world = systemWorld(new FakeClock());
  assert.equal(world.env("PATH"), Deno.env.get("PATH"));
  assert.match(world.readTextFile(new URL(import.meta.url).pathname), /this machine's world/);
  assert.throws(() => world.readTextFile("/no/such/file"), Deno.errors.NotFound);
});
