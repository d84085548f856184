/** Which kubeconfig files are read, and what they come to. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { CannotRunError } from "../../../core/errors.ts";
import {
  dataOrFile,
  type Kubeconfig,
  loadKubeconfig,
  mergeKubeconfigs,
  parseKubeconfig,
} from "../../../kube/kubeconfig/kubeconfig.ts";
import { EMPTY_CLUSTER, EMPTY_USER } from "../../../kube/kubeconfig/schema.ts";
import { scriptedWorld } from "../scripted_world.ts";

function clusterFile(name: string, server: string, more = ""): string {
  return `clusters: [{name: ${name}, cluster: {server: "${server}"}}]\n${more}`;
}

function cannotRun(message: string) {
  return (error: unknown) => {
    assert.ok(error instanceof CannotRunError, String(error));
    assert.equal(error.message, message);
    return true;
  };
}

Deno.test("--kubeconfig counts alone, then KUBECONFIG, then the file in the home folder", () => {
  const files = {
    "/f": clusterFile("flag", "https://f"),
    "/e": clusterFile("variable", "https://e"),
    "/home/me/.kube/config": clusterFile("home", "https://h"),
  };
  const cases: [string | undefined, string, string, string[]][] = [
    ["/f", "/e", "flag", ["flag"]],
    [undefined, "/e", "KUBECONFIG", ["variable"]],
    [undefined, "", "home", ["home"]],
    [undefined, "/missing", "KUBECONFIG", []],
    [undefined, "/missing:/e::/f:/e", "KUBECONFIG", ["variable", "flag"]],
  ];
  for (const [explicit, KUBECONFIG, source, clusters] of cases) {
    const loaded = loadKubeconfig({ ...scriptedWorld({ files, env: { KUBECONFIG } }), explicit });
    assert.equal(loaded.source, source);
    assert.deepEqual([...loaded.config.clusters.keys()].toSorted(), clusters.toSorted());
  }
});

Deno.test("what was looked for and what was there are told apart", () => {
  const world = scriptedWorld({ files: { "/b": "" }, env: { KUBECONFIG: "/a:/b" } });
  const { lookedFor, paths } = loadKubeconfig(world);
  assert.deepEqual({ lookedFor, paths }, { lookedFor: ["/a", "/b"], paths: ["/b"] });
  assert.deepEqual(loadKubeconfig({ ...scriptedWorld(), home: undefined }).lookedFor, []);
});

Deno.test("on Windows the list is split at semicolons, and backslashes are paths", () => {
  const files = {
    "C:\\a\\one": "users: [{name: u, user: {tokenFile: t\\k, exec: {command: bin\\x}}}]",
    "D:\\two": clusterFile("two", "https://two"),
  };
  const env = { KUBECONFIG: "C:\\a\\one;D:\\two" };
  const { config } = loadKubeconfig(scriptedWorld({ files, env, windows: true }));
  assert.equal(config.users.get("u")?.tokenFile, "C:\\a\\t\\k");
  assert.equal(config.users.get("u")?.exec?.command, "C:\\a\\bin\\x");
  assert.equal(config.clusters.get("two")?.server, "https://two");
  assert.deepEqual(loadKubeconfig(scriptedWorld({ windows: true })).lookedFor, [
    "C:\\Users\\me\\.kube\\config",
  ]);
});

Deno.test("the first file to name an entry gives the whole of it", () => {
  const files = {
    "/1": "users: [{name: red, user: {token: one}}]\ncurrent-context: ''",
    "/2":
      "users: [{name: red, user: {token: two, username: u}}, {name: blue, user: {token: b}}]\n" +
      "current-context: second",
    "/3": "current-context: third",
  };
  const { config } = loadKubeconfig(scriptedWorld({ files, env: { KUBECONFIG: "/1:/2:/3" } }));
  const { token, username } = config.users.get("red") ?? EMPTY_USER;
  assert.deepEqual({ token, username }, { token: "one", username: undefined });
  assert.equal(config.users.get("blue")?.token, "b");
  assert.equal(config.currentContext, "second");
});

Deno.test("merging keeps for each name what the first file says, whatever the files", () => {
  const entries = fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), fc.string());
  fc.assert(fc.property(fc.array(entries, { maxLength: 4 }), (files) => {
    const merged = mergeKubeconfigs(files.map((file): Kubeconfig => ({
      clusters: new Map(
        Object.entries(file).map(([name, server]) => [name, { ...EMPTY_CLUSTER, server }]),
      ),
      users: new Map(),
      contexts: new Map(),
      currentContext: undefined,
    })));
    const names = new Set(files.flatMap((file) => Object.keys(file)));
    assert.deepEqual([...merged.clusters.keys()].toSorted(), [...names].toSorted());
    for (const name of names) {
      const first = files.find((file) => Object.hasOwn(file, name));
      assert.equal(merged.clusters.get(name)?.server, first?.[name]);
    }
  }));
});

Deno.test("relative paths start from the folder of their file", () => {
  const { clusters, users } = parseKubeconfig(
    `
clusters:
- {name: c, cluster: {certificate-authority: ../ca.pem}}
- {name: absolute, cluster: {certificate-authority: /ca.pem}}
users:
- {name: u, user: {client-certificate: u.crt, client-key: ./u.key, tokenFile: t/token}}
- {name: slash, user: {exec: {command: ./plugin}}}
- {name: bare, user: {exec: {command: plugin}}}
`,
    { path: "/etc/kube/config", windows: false },
  );
  const user = users.get("u");
  assert.deepEqual(
    [
      clusters.get("c")?.["certificate-authority"],
      clusters.get("absolute")?.["certificate-authority"],
      user?.["client-certificate"],
      user?.["client-key"],
      user?.tokenFile,
      users.get("slash")?.exec?.command,
      users.get("bare")?.exec?.command,
    ],
    [
      "/etc/ca.pem",
      "/ca.pem",
      "/etc/kube/u.crt",
      "/etc/kube/u.key",
      "/etc/kube/t/token",
      "/etc/kube/plugin",
      "plugin",
    ],
  );
});

Deno.test("nothing, null, JSON, unknown fields and yes for true are read as kubectl reads them", () => {
  const cases: [string, string[]][] = [
    ["", []],
    ["# only a comment", []],
    ["apiVersion: v1\nkind: Config\nclusters: null\nusers:\ncontexts: []\npreferences: {}", []],
    ['{"clusters": [{"name": "a", "cluster": {"server": "s", "new": 1}}], "new": {}}', [
      "a s false",
    ]],
    ["clusters: [{name: a, cluster: {insecure-skip-tls-verify: yes}}]", ["a undefined true"]],
    ["clusters: [{name: a, cluster: {server: s, server: t}}]", ["a t false"]],
    ["clusters: [{name: a, cluster: {server: s}}]\n---\nclusters: [{name: b}]", ["a s false"]],
    ["---\nclusters: [{name: a, cluster: {server: s}}]\n--- {", ["a s false"]],
    ["x: &x {server: s}\nclusters: [{name: a, cluster: {<<: *x}}]", ["a s false"]],
  ];
  for (const [text, expected] of cases) {
    const { clusters } = parseKubeconfig(text, { path: "/k" });
    const shown = [...clusters].map(([name, cluster]) =>
      `${name} ${cluster.server} ${cluster["insecure-skip-tls-verify"]}`
    );
    assert.deepEqual(shown, expected, text);
  }
});

Deno.test("a file that cannot be used is named in one line that says what is wrong", () => {
  const cases: [string, string][] = [
    ["clusters: [\n- secret", "is neither YAML nor JSON: see line 2, column 1"],
    ["{", "is neither YAML nor JSON: see line 1, column 2"],
    ["a: *secret", "is neither YAML nor JSON: see line 1, column 4"],
    ["secret", "has the wrong shape: expected object, received string"],
    ["[]", "has the wrong shape: expected object, received array"],
    ["kind: Pod", 'has a wrong kind: expected one of "Config"|""'],
    ["clusters: {}", "has a wrong clusters: expected array, received object"],
    [
      "users: [{name: u, user: {token: 123}}]",
      "has a wrong users[0].user.token: expected string, received number",
    ],
    [
      "contexts: [{context: {}}]",
      "has a wrong contexts[0].name: expected string, received undefined",
    ],
    [
      "clusters: [{name: a, cluster: {insecure-skip-tls-verify: maybe}}]",
      "has a wrong clusters[0].cluster.insecure-skip-tls-verify: expected boolean, received string",
    ],
    ["users: [{name: u, user: {}}, {name: u, user: {}}]", 'has two users named "u"'],
  ];
  for (const [text, why] of cases) {
    assert.throws(
      () => parseKubeconfig(text, { path: "/k" }),
      cannotRun(`Cannot use kubeconfig "/k": it ${why}`),
      text,
    );
  }
});

Deno.test("a file that cannot be read is an error, and a missing one only if it was asked for", () => {
  const files = {
    "/locked": new Deno.errors.PermissionDenied("os error 13"),
    "/dir": new Error("x"),
  };
  const load = (explicit: string | undefined, KUBECONFIG = "") => () =>
    loadKubeconfig({ ...scriptedWorld({ files, env: { KUBECONFIG } }), explicit });
  const cases: [() => unknown, string][] = [
    [load("/missing"), '--kubeconfig: Cannot read kubeconfig "/missing": no such file'],
    [load("/locked"), '--kubeconfig: Cannot read kubeconfig "/locked": permission denied'],
    [load(undefined, "/missing:/locked"), 'Cannot read kubeconfig "/locked": permission denied'],
    [load(undefined, "/dir"), 'Cannot read kubeconfig "/dir": x'],
  ];
  for (const [act, message] of cases) assert.throws(act, cannotRun(message));
});

Deno.test("data counts before a file, and what is in neither is absent", () => {
  const { readTextFile } = scriptedWorld({ files: { "/f": "of the file" } });
  const read = (data?: string, path?: string) =>
    dataOrFile({ data, path, what: 'client-key of user "u"', readTextFile });
  assert.equal(read("b2YgdGhl\nIGRhdGE=\n", "/f"), "of the data");
  assert.equal(read(undefined, "/f"), "of the file");
  assert.equal(read(), undefined);
  assert.throws(
    () => read("%%%"),
    cannotRun('Cannot use the client-key of user "u": its data is no base64'),
  );
  assert.throws(
    () => read(undefined, "/g"),
    cannotRun('Cannot read the client-key of user "u", "/g": no such file'),
  );
});
