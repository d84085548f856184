/** `backup run` as a user runs it, on the real operator. */
import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { eventually } from "../support/eventually.ts";
import { type CommandRun, startCommand } from "./command_run.ts";
import { devWorkspaceOfFile } from "./devworkspace/devworkspace_of_file.ts";
import { CONFIGS } from "./devworkspace/objects.ts";
import { OPERATOR } from "./devworkspace/operator.ts";

const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  rules: [
    { level: "Metadata", verbs: ["create"], resources: [{ group: "batch", resources: ["jobs"] }] },
    { level: "None" },
  ],
};
const auditDir = Deno.makeTempDirSync({ prefix: "scaletool-audit-" });
Deno.writeTextFileSync(`${auditDir}/policy.json`, JSON.stringify(AUDIT_POLICY));

const { ignore, plane } = await devWorkspaceOfFile({
  apiserverArgs: [
    `--audit-policy-file=${auditDir}/policy.json`,
    `--audit-log-path=${auditDir}/audit.log`,
  ],
});

Deno.test.afterAll(() => Deno.removeSync(auditDir, { recursive: true }));

const SECRET = `/api/v1/namespaces/${OPERATOR.namespace}/secrets/push`;
const PASSWORD = "not-to-be-told";

function start(name: string, args: readonly string[]): CommandRun {
  return startCommand(plane(), [
    ...["backup", "run", "--dwo-namespace", OPERATOR.namespace, "--namespace", name],
    ...["--registry-secret", "push", "--registry-path", "registry.test/user"],
    ...["--backup-wait-minutes", "2", ...args],
  ], { env: { QUAY_USERNAME: "user", QUAY_PASSWORD: PASSWORD } });
}

/** Checks of what no part of this cluster measures are left out: there is no metrics API. */
function assertHeld({ findings }: Report): void {
  const others = findings.filter(({ subject }) => !/^component(Cpu|Memory)/.test(subject))
    .filter(({ verdict }) => verdict !== "pass");
  assert.deepEqual(others, []);
}

function counter({ summary }: Report, name: string): number {
  return summary.counters.find((one) => one.name === name)?.total ?? 0;
}

function backupsOf({ summary }: Report) {
  const { ok, failures } = summary.operations.find(({ op }) => op === "backup")!;
  return { ok, failures };
}

/** How many Jobs the API server says that it has created in a namespace. */
function createdJobs(namespace: string): number {
  return Deno.readTextFileSync(`${auditDir}/audit.log`).split("\n")
    .filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter(({ stage, objectRef, responseStatus }) =>
      stage === "ResponseComplete" && objectRef.namespace === namespace &&
      responseStatus.code === 201
    ).length;
}

async function configOf(): Promise<{ readonly config: { readonly workspace: object } }> {
  return await plane().admin(`${CONFIGS}/${OPERATOR.config}`);
}

async function reported(run: CommandRun): Promise<Report> {
  const { stdout, stderr } = await run.finished();
  assert.ok(!`${stdout}${stderr}`.includes(PASSWORD));
  return run.report;
}

Deno.test(
  "20 workspaces are backed up, three of them restored, and the operator's configuration is as it was",
  { ignore },
  async () => {
    const before = (await configOf()).config;
    await using run = start("good", [
      ...[
        "--max-devworkspaces",
        "20",
        "--max-restore-samples",
        "3",
        "--backup-schedule",
        "@every 5s",
      ],
    ]);
    const report = await reported(run);
    assertHeld(report);
    assert.deepEqual(backupsOf(report), { ok: 20, failures: {} });
    assert.equal(counter(report, "workspacesRestored"), 3);
    assert.equal(counter(report, "backupJobs"), createdJobs("good"));
    assert.deepEqual((await configOf()).config, before);
    assert.equal((await plane().request("admin", SECRET)).status, 404);
  },
);

Deno.test(
  "20 workspaces with a registry that is not there fail as they should",
  { ignore },
  async () => {
    await using run = start("bad", [
      ...["--max-devworkspaces", "20", "--dwoc-config-type", "incorrect"],
      ...["--backup-schedule", "@every 10s"],
    ]);
    const report = await reported(run);
    assertHeld(report);
    assert.deepEqual(backupsOf(report), { ok: 0, failures: { failed: 20 } });
    assert.equal(counter(report, "backupJobs"), createdJobs("bad"));
    assert.equal(counter(report, "backupJobsSucceeded"), 0);
  },
);

Deno.test(
  "backups that are configured first lose what stops during ticks",
  { ignore },
  async () => {
    await using run = start("first", [
      ...["--max-devworkspaces", "20", "--configure-first", "--verify-restore=false"],
      ...["--backup-schedule", "@every 1s", "--backup-wait-minutes", "1"],
    ]);
    const report = await reported(run);
    const { failures } = backupsOf(report);
    assert.ok(failures["lost-in-tick"]! > 0, JSON.stringify(failures));
    assert.equal(counter(report, "lostInTick"), failures["lost-in-tick"]);
  },
);

Deno.test(
  "a Secret that goes before the first tick loses all backups, which is told",
  { ignore },
  async () => {
    await using run = start("secret", [
      ...["--max-devworkspaces", "3", "--verify-restore=false", "--backup-schedule", "@every 8s"],
      ...["--backup-wait-minutes", "1"],
    ]);
    await eventually(
      "the configuration is in force",
      async () => "backupCronJob" in (await configOf()).config.workspace,
    );
    await plane().admin(SECRET, { method: "DELETE" });
    const report = await reported(run);
    assert.deepEqual(backupsOf(report), { ok: 0, failures: { "lost-by-error": 3 } });
    assert.equal(createdJobs("secret"), 0);
  },
);
