import assert from "node:assert/strict";
import { hasPeer } from "../support/scaletool.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  createNamespaces,
  pass,
  untilThereAre,
} from "./cluster_state.ts";
import { type CommandRun, operationOf, shell, startCommand } from "./command_run.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok", "wardle"] });
const withoutKubectl = ignore || !hasPeer("kubectl");

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "stall", "doomed", "rights", "outage");
});

/** A run that has the name of its namespace. */
function start(
  namespace: string,
  args: readonly string[],
  options: Parameters<typeof startCommand>[2] = {},
): CommandRun {
  const [command, ...rest] = args;
  const place = ["--namespace", namespace, "--run-id", namespace];
  return startCommand(plane(), [command!, ...place, ...rest], options);
}

Deno.test(
  "a store that stands still for 5 s delays no arrival, and the response time shows it",
  { ignore },
  async () => {
    await using run = start("stall", [
      "cmdriver",
      "--lambda",
      "20",
      "--n",
      "200",
      "--ttl",
      "500ms",
    ]);
    await untilThereAre(5, { plane: plane(), runId: "stall" });
    plane().suspend("etcd");
    try {
      await pass(5_000);
    } finally {
      plane().resume("etcd");
    }
    await run.endsWell();
    const creates = run.writes.filter(({ op }) => op === "create");
    assert.equal(creates.length, 200);
    assert.deepEqual(new Set(creates.map(({ error }) => error)), new Set([""]));
    const lagsMs = creates.map(({ dueMs, beforeMs }) => beforeMs - dueMs!);
    assert.ok(Math.max(...lagsMs) < 1_000, `up to ${Math.max(...lagsMs)} ms late`);
    const waited = creates.filter(({ beforeMs, afterMs }) => afterMs - beforeMs > 1_000);
    assert.ok(waited.length >= 40, `${waited.length} creates were sent into the stall`);
    const { response, lag } = operationOf(run.report, "create");
    assert.ok(response!.p99! > 4_000, `response p99 ${response!.p99} ms`);
    assert.ok(lag!.p99! < 1_000, `lag p99 ${lag!.p99} ms`);
    await assertNothingLeft(plane(), { runId: "stall" });
  },
);

Deno.test(
  "a namespace that is deleted under a driver is a failure of the run",
  { ignore },
  async () => {
    await using run = start("doomed", [
      ...["cmdriver", "--lambda", "40", "--ttl", "1s", "--duration", "4s"],
    ]);
    await untilThereAre(10, { plane: plane(), runId: "doomed" });
    await plane().admin("/api/v1/namespaces/doomed", { method: "DELETE" });
    await run.endsWith(3);
    const { failed, failures, ok } = operationOf(run.report, "create");
    assert.ok(ok > 0 && failed > 0, `${ok} ok, ${failed} failed`);
    assert.deepEqual(Object.keys(failures), ["forbidden"]);
    const errors = new Set(run.writes.map(({ error }) => error).filter((error) => error !== ""));
    assert.ok([...errors].some((error) => /because it is being terminated/.test(error)));
    const finding = run.report.findings.find(({ subject }) => subject.startsWith("create."));
    assert.equal(finding?.verdict, "fail");
    await assertNothingLeft(plane(), { runId: "doomed" });
  },
);

Deno.test(
  "rights that are withdrawn fail the run, and the printed command cleans up",
  { ignore: withoutKubectl },
  async () => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/rights";
    const apiGroup = "rbac.authorization.k8s.io";
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }];
    await plane().admin(`${rbac}/roles`, {
      method: "POST",
      body: { metadata: { name: "r" }, rules },
    });
    await plane().admin(`${rbac}/rolebindings`, {
      method: "POST",
      body: {
        metadata: { name: "b" },
        roleRef: { apiGroup, kind: "Role", name: "r" },
        subjects: [{ apiGroup, kind: "User", name: "nobody" }],
      },
    });
    await using run = start(
      "rights",
      ["cmdriver", "--lambda", "40", "--ttl", "1m", "--duration", "2s"],
      { user: "nobody" },
    );
    await untilThereAre(10, { plane: plane(), runId: "rights" });
    await plane().admin(`${rbac}/rolebindings/b`, { method: "DELETE" });
    const { stderr } = await run.endsWith(3);
    const { failures } = operationOf(run.report, "create");
    assert.ok((failures["forbidden"] ?? 0) > 0, JSON.stringify(failures));
    const subjects = run.report.findings.filter(({ verdict }) => verdict === "fail")
      .map(({ subject }) => subject);
    assert.deepEqual(subjects.sort(), ["cleanup", "create.failed.count <= 0"]);
    const commands = commandsIn(stderr);
    assert.equal(commands.length, 1, stderr);
    await shell(commands[0]!, plane().kubeconfig("admin"));
    await assertNothingLeft(plane(), { runId: "rights" });
  },
);

Deno.test(
  "an API server that goes for good fails the run in time, and the printed command cleans up",
  { ignore: withoutKubectl },
  async () => {
    await using run = start("outage", [
      ...["cmdriver", "--lambda", "40", "--ttl", "1m", "--duration", "3s"],
      ...["--cleanup-timeout", "2s"],
    ]);
    await untilThereAre(10, { plane: plane(), runId: "outage" });
    await plane().stop("apiserver", { graceMs: 0 });
    let stderr: string;
    try {
      ({ stderr } = await run.endsWith(3));
    } finally {
      await plane().restart("apiserver", { graceMs: 0 });
    }
    const { failed, failures } = operationOf(run.report, "create");
    assert.ok(failed > 0, JSON.stringify(failures));
    assert.equal(run.report.end?.reason, "duration");
    assert.match(stderr, /not done within 2s \(--cleanup-timeout\)|not tried|cut off/);
    const commands = commandsIn(stderr);
    assert.ok(commands.length >= 1, stderr);
    for (const command of commands) await shell(command, plane().kubeconfig("admin"));
    await assertNothingLeft(plane(), { runId: "outage" });
  },
);

/** The command lines that a run has printed for what it could not clean up. */
function commandsIn(stderr: string): string[] {
  return [...stderr.matchAll(/^not cleaned: .*; finish with: (kubectl .*)$/gm)]
    .map(([, command]) => command!);
}
