import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { resolveTarget } from "../../kube/config/target.ts";
import { connectCluster } from "../../kube/connect.ts";
import { clusterValues } from "../kube/scripted_world.ts";
import { hasPeer, TempDir } from "../support/scaletool.ts";
import { applyManifest } from "./apply_manifest.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  CONFIG_MAPS,
  FLUNDERS,
  untilThereAre,
} from "./cluster_state.ts";
import { CommandRun, shell } from "./command_run.ts";
import {
  allManifests,
  asInPod,
  type Manifest,
  manifestsOf,
  type PodTemplate,
  resourceFiles,
  type Rule,
  textOf,
  workloads,
} from "./manifest_files.ts";
import {
  type Account,
  canMount,
  kubeconfigFor,
  PodRun,
  tokenOf,
  untilAllowed,
} from "./service_account.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

const NAMESPACE = "scaletest";
Deno.test.beforeAll(async () => {
  if (ignore) return;
  const isForReal = ({ kind }: Manifest) => !["ReplicaSet", "Job", "Service"].includes(kind);
  for (const manifest of allManifests().filter(isForReal)) await applyManifest(plane(), manifest);
});

for (const file of resourceFiles()) {
  Deno.test(`the API server takes ${file} without a warning`, { ignore }, async () => {
    for (const manifest of manifestsOf(textOf(file))) {
      await applyManifest(plane(), manifest, "&dryRun=All");
    }
  });
}

async function podStatus(
  { metadata, spec }: PodTemplate,
): Promise<{ status: number; text: string; warning: string | null }> {
  const { status, body, headers } = await plane().request(
    "admin",
    `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All&fieldValidation=Strict`,
    { method: "POST", body: { metadata: { ...metadata, generateName: "pod-" }, spec } },
  );
  return { status, text: JSON.stringify(body), warning: headers.get("warning") };
}

for (const [command, { pod }] of workloads()) {
  Deno.test(
    `Pod Security "restricted" lets in the pod of ${command}, and none without its security context`,
    {
      ignore,
    },
    async () => {
      assert.deepEqual(
        { ...await podStatus(pod), text: "" },
        { status: 201, text: "", warning: null },
      );
      const { securityContext: _, ...spec } = pod.spec;
      const { status, text } = await podStatus({ ...pod, spec: spec as PodTemplate["spec"] });
      assert.equal(status, 403, text);
      assert.match(text, /violates PodSecurity \\"restricted:latest\\"/);
    },
  );
}

Deno.test(
  "kubectl applies the whole base with kustomize",
  { ignore: ignore || !hasPeer("kubectl") },
  async () => {
    await shell(
      "kubectl kustomize deploy/base | kubectl apply --server-side --dry-run=server -f -",
      plane().kubeconfig("admin"),
    );
  },
);

/** Short uses of each command, and what a watcher's is worth that sees no event: nothing. */
const USES: Readonly<Record<string, { args: readonly string[]; codes: readonly number[] }>> = {
  cmdriver: {
    args: ["--rate=50/s", "--n=8", "--ttl=10ms", "--waitBeforeTerminate=0"],
    codes: [0, 4],
  },
  cmdriverclosed: { args: ["--rate=50", "--n=8", "--threads=2"], codes: [0, 4] },
  "flunder-driver": { args: ["--rate=50/s", "--n=8", "--ttl=10ms"], codes: [0, 4] },
  "cm-logger": { args: ["--duration=300ms"], codes: [0, 4] },
  "flunder-logger": { args: ["--duration=300ms"], codes: [4] },
  // Nobody writes any.
  "flunder-watch": { args: ["--duration=300ms", "--threshold=events.total >= 0"], codes: [0, 4] },
};

/** The pod's arguments made short, on loopback. */
function useOf(command: string, runId: string): { args: string[]; env: Record<string, string> } {
  const container = workloads().get(command)!.pod.spec.containers[0]!;
  const { args, env } = asInPod(container, { name: runId, namespace: NAMESPACE });
  const local = args.map((text) => text.replace(/0\.0\.0\.0:\d+$/, "127.0.0.1:0"));
  return { args: [...local, ...USES[command]!.args, "--run-id", runId], env };
}

function runAs(command: string, { token, runId }: { token: string; runId: string }): CommandRun {
  const { args, env } = useOf(command, runId);
  const given = ["--kubeconfig", "account.yaml", ...args.slice(1)];
  return new CommandRun([command, ...given], {
    kubeconfig: "/nowhere",
    env,
    files: { "account.yaml": kubeconfigFor(plane(), token) },
  });
}

function rolesOf(command: string): Manifest[] {
  return manifestsOf(textOf(`rbac-${command}.yaml`));
}

/** What the command cannot do without: the rule about its objects. */
function objectRule(command: string): Rule {
  const role = rolesOf(command).find(({ kind, metadata }) =>
    kind === "Role" && metadata.namespace === NAMESPACE
  );
  return role!.rules![0]!;
}

/** Another account with the same rights, but for those that `change` takes away. */
async function cloneAccount(
  command: string,
  { suffix, change }: { suffix: string; change: (rule: Rule) => Rule },
): Promise<Account> {
  const name = `scaletool-${command}`;
  for (const manifest of rolesOf(command)) {
    const text = JSON.stringify(manifest).replaceAll(name, name + suffix);
    const { rules, ...rest } = JSON.parse(text) as Manifest;
    await applyManifest(
      plane(),
      rules === undefined ? rest : { ...rest, rules: rules.map(change) },
    );
  }
  return { namespace: NAMESPACE, name: name + suffix };
}

async function untilEffective(account: Account, { apiGroups, resources, verbs }: Rule) {
  for (const verb of verbs) {
    await untilAllowed(plane(), account, {
      verb,
      group: apiGroups[0]!,
      resource: resources[0]!,
      namespace: NAMESPACE,
    });
  }
}

for (const [command, { codes }] of Object.entries(USES)) {
  Deno.test(`${command} runs with exactly its role`, { ignore }, async () => {
    const account = { namespace: NAMESPACE, name: `scaletool-${command}` };
    await untilEffective(account, objectRule(command));
    await using run = runAs(command, {
      token: await tokenOf(plane(), account),
      runId: `role-${command}`,
    });
    const { code, stderr, stdout } = await run.finished();
    assert.ok(codes.includes(code), `exit code ${code}: ${stderr}\n${stdout}`);
    assert.ok(run.report.findings.every(({ verdict }) => verdict !== "fail"), stdout);
    const codesOfWarnings = run.report.warnings.map((warning) => warning.code);
    assert.ok(!codesOfWarnings.includes("no-record"), stderr);
    await assertNothingLeft(plane(), { runId: `role-${command}` });
  });

  for (const verb of objectRule(command).verbs) {
    Deno.test(`${command} without "${verb}" says so before any load`, { ignore }, async () => {
      const rule = objectRule(command);
      const verbs = rule.verbs.filter((one) => one !== verb);
      const [resource] = rule.resources;
      const account = await cloneAccount(command, {
        suffix: `-without-${verb}`,
        change: (one) => one.resources[0] === resource ? { ...one, verbs } : one,
      });
      await untilEffective(account, { ...rule, verbs });
      const runId = `without-${verb}-${command}`;
      await using run = runAs(command, { token: await tokenOf(plane(), account), runId });
      const { stderr } = await run.endsWith(1);
      const [group] = rule.apiGroups;
      const what = `${resource}${group === "" ? "" : `.${group}`} in namespace ${NAMESPACE}`;
      const user = `system:serviceaccount:${NAMESPACE}:${account.name}`;
      const says = `scaletool: User "${user}" may not ${verb} ${what}; grant it with: kubectl `;
      assert.ok(stderr.includes(says), stderr);
      assert.deepEqual(run.runDirectories, []);
    });
  }
}

Deno.test(
  "a driver that may not write its record runs, and says what that costs",
  { ignore },
  async () => {
    const account = await cloneAccount("cmdriver", {
      suffix: "-without-record",
      change: (rule) => rule.resources[0] === "leases" ? { ...rule, verbs: ["get"] } : rule,
    });
    await untilEffective(account, objectRule("cmdriver"));
    const token = await tokenOf(plane(), account);
    await using run = runAs("cmdriver", { token, runId: "unrecorded" });
    await run.endsWell();
    const warning = run.report.warnings.find(({ code }) => code === "no-record");
    assert.match(
      warning?.message ?? "",
      /^There is no run record \(.*leases.*forbidden.*\): after a/,
    );
  },
);

const ignoredInPod = ignore || !canMount();

async function podRun(command: string, name: string, args: readonly string[] = []) {
  const account = { namespace: NAMESPACE, name: `scaletool-${command}` };
  await untilEffective(account, objectRule(command));
  const use = useOf(command, name);
  return new PodRun(plane(), {
    args: [...use.args, ...args],
    env: use.env,
    namespace: NAMESPACE,
    token: await tokenOf(plane(), account),
  });
}

for (const [command, { codes }] of Object.entries(USES)) {
  Deno.test(`${command} finds its cluster in a pod by the mounted service account alone`, {
    ignore: ignoredInPod,
  }, async () => {
    await using run = await podRun(command, `pod-${command}`, ["-o", "json"]);
    const { stdout } = await run.endsWith(...codes);
    const report = JSON.parse(stdout) as {
      manifest: { target: string; facts: Record<string, string> };
    };
    assert.ok(report.manifest.target.includes(plane().server), report.manifest.target);
    const user = report.manifest.facts["user"] ?? "";
    assert.ok(user.startsWith(`system:serviceaccount:${NAMESPACE}:scaletool-${command} (`), user);
    await assertNothingLeft(plane(), { runId: `pod-${command}` });
  });
}

Deno.test("a token, an authority and a namespace in a folder are all that a connection takes", {
  ignore,
}, async () => {
  await using dir = new TempDir();
  const account = { namespace: NAMESPACE, name: "scaletool-cm-logger" };
  Deno.writeTextFileSync(dir.file("token"), await tokenOf(plane(), account));
  Deno.writeTextFileSync(dir.file("namespace"), `${NAMESPACE}\n`);
  Deno.copyFileSync(plane().caFile, dir.file("ca.crt"));
  const { hostname, port } = new URL(plane().server);
  const env: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  };
  const clock = new SystemClock();
  const values = clusterValues();
  const target = resolveTarget(values, {
    env: (name) => env[name],
    readTextFile: (path) => Deno.readTextFileSync(path),
    home: undefined,
    clock,
    serviceAccountDir: dir.path,
  });
  assert.equal(target.names.source, "in-cluster");
  assert.equal(target.namespace, NAMESPACE);
  const identity = { runId: "in-cluster", command: "test" };
  using session = await connectCluster({ identity, values, target, clock });
  assert.equal(session.user?.username, `system:serviceaccount:${NAMESPACE}:scaletool-cm-logger`);
});

const ENDLESS = ["--rate=50/s", "--n=100000", "--ttl=1m"];

for (const [command, collection] of [["cmdriver", CONFIG_MAPS], ["flunder-driver", FLUNDERS]]) {
  Deno.test(`SIGTERM ends ${command} in a pod, with nothing left`, {
    ignore: ignoredInPod,
  }, async () => {
    const runId = `term-${command}`;
    await using run = await podRun(command!, runId, ENDLESS);
    await untilThereAre(20, { plane: plane(), runId, collection: collection! });
    run.kill("SIGTERM");
    await run.endsWith(143);
    await assertNothingLeft(plane(), { runId });
  });
}

Deno.test("SIGTERM ends a pod even if the API server says nothing any more", {
  ignore: ignoredInPod,
}, async () => {
  const runId = "term-silent";
  await using run = await podRun("cmdriver", runId, [...ENDLESS, "--cleanup-timeout=3s"]);
  await untilThereAre(20, { plane: plane(), runId });
  plane().suspend("apiserver");
  try {
    run.kill("SIGTERM");
    // While the server still says nothing; tests/deploy adds up what it may take.
    const { stderr } = await run.endsWith(143);
    assert.match(stderr, /not cleaned: /);
  } finally {
    plane().resume("apiserver");
  }
  await using cleanup = new CommandRun(["cleanup", "--run-id", runId], {
    kubeconfig: plane().kubeconfig("load"),
  });
  await cleanup.endsWith(0);
  await assertNothingLeft(plane(), { runId });
});
