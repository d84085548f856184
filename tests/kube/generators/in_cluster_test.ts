import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { Scaletool, TempDir } from "../../support/scaletool.ts";

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "http://127.0.0.1:1" } }]
users: [{ name: u, user: { token: hunter2 } }]
contexts: [{ name: x, context: { cluster: c, user: u, namespace: perf } }]
current-context: x
`;

/** The program with a kubeconfig whose server nobody is asked for. */
async function run(...args: readonly string[]) {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("config"), KUBECONFIG);
  Deno.writeTextFileSync(dir.file("ca.pem"), "the CA");
  const env = { KUBECONFIG: dir.file("config") };
  await using program = new Scaletool(args, { cwd: dir.path, env });
  return await program.finished();
}

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["pods without a cluster", ["cmdriver", "--pods", "4"], /--pods needs --in-cluster/],
  [
    "pods and processes",
    ["cmdriver", "--in-cluster", "--processes", "2"],
    /--processes and --in-cluster do not go together/,
  ],
  [
    "pods on a sandbox",
    ["cmdriver", "--in-cluster", "--sandbox"],
    /--in-cluster and --sandbox do not go together: no pod reaches a sandbox/,
  ],
  [
    "resources that are none",
    ["cmdriver", "--in-cluster", "--pods-limits", "memory:1Gi"],
    /--pods-limits must be such as cpu=250m,memory=192Mi, not "memory:1Gi"/,
  ],
  [
    "names that are too long",
    ["cmdriver", "--in-cluster", "--pods", "200", "--run-id", "a".repeat(50)],
    /Cannot name 200 pods after run "a+": .*; use a shorter --run-id/,
  ],
  [
    "a kubeconfig for a client that needs none",
    ["httperf", "--kubeconfig", "config"],
    /--kubeconfig needs --in-cluster/,
  ],
  [
    "connection flags of report without a run",
    ["report", "--context", "x", "dir"],
    /--context needs --attach/,
  ],
  [
    "two runs to report",
    ["report", "--attach", "a", "dir"],
    /--attach names the run; leave out "dir"/,
  ],
];

for (const [what, args, message] of REFUSED) {
  Deno.test(`${what}: refused in one line, and nothing is contacted`, async () => {
    const { code, stderr, stdout } = await run(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr.trim().split("\n").at(-1)!, message);
    assert.equal(stdout, "");
  });
}

Deno.test("a dry run prints the objects as YAML, without secrets and without a server", async () => {
  const { code, stdout, stderr } = await run(
    ...["cmdriver", "--in-cluster", "--pods", "3", "--dry-run", "--run-id", "r.1"],
    ...["--duration", "60s", "--service-account", "mine", "--lost-pod", "replace"],
  );
  assert.equal(code, 0, stderr);
  const documents = parseAllDocuments(stdout) as { toJS(): Record<string, unknown> }[];
  const objects = documents.map((one) => one.toJS());
  assert.deepEqual(objects.map(({ kind }) => kind), ["Job", "Secret", "ConfigMap"]);
  const [{ metadata, spec } = {}] = objects as {
    metadata: { name: string; namespace: string };
    spec: {
      completions: number;
      backoffLimitPerIndex: number;
      template: { spec: { serviceAccountName: string; activeDeadlineSeconds: number } };
    };
  }[];
  assert.deepEqual([metadata?.namespace, metadata?.name], ["perf", "scaletool-r-1"]);
  assert.deepEqual([spec?.completions, spec?.backoffLimitPerIndex], [3, 1]);
  assert.equal(spec?.template.spec.serviceAccountName, "mine");
  assert.equal(spec?.template.spec.activeDeadlineSeconds, 60 + 120 + 120);
  assert.doesNotMatch(stdout, /hunter2/);
});

Deno.test("a watcher makes nothing but its pods, and a dry run prints these", async () => {
  const { code, stdout, stderr } = await run("cm-logger", "--in-cluster", "--dry-run");
  assert.equal(code, 0, stderr);
  assert.ok(parseAllDocuments(stdout).some((one) => one.get("kind") === "Job"), stdout);
  const alone = await run("cm-logger", "--dry-run");
  assert.match(alone.stderr, /--dry-run needs --in-cluster/);
});

Deno.test("httperf's clients take files and connection flags along", async () => {
  const { code, stdout, stderr } = await run(
    ...["httperf", "--in-cluster", "--dry-run", "--base-url", "https://blocks:8080"],
    ...["--ca", "ca.pem", "--pods-namespace", "there"],
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /ca: \/etc\/scaletool\/ca-ca\.pem/);
  assert.match(stdout, /ca-ca\.pem: \(6 characters of ca\.pem\)/);
  assert.match(stdout, /verbs:\n +- list\n +- watch\n/);
  assert.doesNotMatch(stdout, /ClusterRole/);
});
