/** Lists of kubeconfig files, as kubectl reads them: by asking the kubectl of this machine. @module */

import assert from "node:assert/strict";
import {
  dataOrFile,
  type Kubeconfig,
  loadKubeconfig,
  parseKubeconfig,
} from "../../../kube/kubeconfig/kubeconfig.ts";
import { hasPeer, TempDir } from "../../support/scaletool.ts";
import { scriptedWorld } from "../scripted_world.ts";

/** What both say, in kubectl's form. */
function comparable(config: Kubeconfig, readTextFile: (path: string) => string) {
  const flat = (data: string | undefined, path: string | undefined) => {
    const text = dataOrFile({ data, path, what: "x", readTextFile });
    return text === undefined ? undefined : btoa(text);
  };
  const sorted = <T, R>(map: ReadonlyMap<string, T>, of: (value: T) => R) =>
    [...map].map(([name, value]): [string, R] => [name, of(value)])
      .toSorted(([one], [other]) => one < other ? -1 : 1);
  return JSON.parse(JSON.stringify({
    current: config.currentContext ?? "",
    contexts: sorted(config.contexts, (context) => context),
    clusters: sorted(config.clusters, (cluster) => ({
      server: cluster.server ?? "",
      ca: flat(cluster["certificate-authority-data"], cluster["certificate-authority"]),
      insecure: cluster["insecure-skip-tls-verify"] || undefined,
      proxy: cluster["proxy-url"],
    })),
    users: sorted(config.users, (user) => ({
      cert: flat(user["client-certificate-data"], user["client-certificate"]),
      key: flat(user["client-key-data"], user["client-key"]),
      token: user.token,
      username: user.username,
      as: user.as,
      groups: user["as-groups"].length > 0 ? user["as-groups"] : undefined,
      exec: user.exec?.command,
      args: user.exec?.args,
    })),
  }));
}

async function kubectlView(KUBECONFIG: string, cwd: string): Promise<Kubeconfig> {
  const { success, stdout, stderr } = await new Deno.Command("kubectl", {
    args: ["config", "view", "--merge", "--flatten", "--raw", "-o", "json"],
    env: { KUBECONFIG },
    cwd,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  // Files are inlined, and what else is relative stays so: all of it is from one folder here.
  return parseKubeconfig(new TextDecoder().decode(stdout), { path: `${cwd}/sub/shown` });
}

Deno.test("several lists of files come to what kubectl makes of them", async () => {
  if (!hasPeer("kubectl")) return;
  await using folder = new TempDir();
  const write = (name: string, text: string) => Deno.writeTextFileSync(folder.file(name), text);
  Deno.mkdirSync(folder.file("sub"));
  write("sub/ca.pem", "authority\n");
  write("u.crt", "certificate\n");
  write("u.key", "key\n");
  write(
    "one",
    `
current-context: ""
clusters: [{name: c, cluster: {server: https://one, certificate-authority: sub/ca.pem}}]
users: [{name: u, user: {client-certificate: u.crt, client-key: ./u.key}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  );
  write(
    "sub/two",
    `
current-context: why
clusters:
- {name: c, cluster: {server: https://two, proxy-url: http://p, certificate-authority: ca.pem}}
- {name: d, cluster: {server: https://d, certificate-authority: ca.pem}}
- {name: e, cluster: {server: https://e, insecure-skip-tls-verify: yes}}
users:
- {name: u, user: {token: two, as: somebody}}
- {name: v, user: {username: me, password: p, as: w, as-groups: [g, h]}}
- name: w
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ../bin/x, args: [a],
      interactiveMode: Never}
contexts:
- {name: x, context: {cluster: d, user: v, namespace: dev}}
- {name: why, context: {cluster: d, user: v, namespace: prod}}
`,
  );
  write("three.json", '{"kind":"Config","apiVersion":"v1","current-context":"z","users":null}');
  write("empty", "");
  const lists = [
    ["one"],
    ["sub/two"],
    ["one", "sub/two"],
    ["sub/two", "one", "one"],
    ["missing", "three.json", "one", "also/missing", "sub/two", "empty"],
    ["missing"],
    ["", "empty", "three.json"],
  ];
  for (const list of lists) {
    const KUBECONFIG = list.map((name) => name && folder.file(name)).join(":");
    const read = (path: string) => Deno.readTextFileSync(path);
    const { config } = loadKubeconfig({
      ...scriptedWorld({ env: { KUBECONFIG } }),
      readTextFile: read,
    });
    const theirs = await kubectlView(KUBECONFIG, folder.path);
    assert.deepEqual(comparable(config, read), comparable(theirs, read), KUBECONFIG);
  }
});
