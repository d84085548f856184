import assert from "node:assert/strict";
import { join } from "node:path";
import { Recorder } from "../../../../core/measure/recorder.ts";
import { Totals } from "../../../../core/measure/totals.ts";
import type { JobAccount, WorkspaceAccount } from "../../../../probes/backup/accounting/account.ts";
import type { BackupRunData, BackupsData } from "../../../../probes/backup/files/backup_data.ts";
import { backupFiles, writeBackupFiles } from "../../../../probes/backup/files/backup_files.ts";

const START = Date.parse("2026-03-14T09:26:53.589Z");

/** As that of a run, it has nothing of its own: all of it is its class's. */
function job(name: string, given: Partial<JobAccount> = {}): JobAccount {
  return Object.create({
    uid: `uid-${name}`,
    namespace: "ns",
    name,
    seenAtMs: 60_000,
    endedAtMs: 62_000,
    end: { kind: "succeeded", reason: "", message: "" },
    pods: 1,
    failedPods: 0,
    isGone: true,
    ...given,
  });
}

const FAILED = {
  end: { kind: "failed", reason: "BackoffLimitExceeded", message: "the limit" } as const,
  endedAtMs: 200_000,
  pods: 2,
  failedPods: 2,
};

function workspace(name: string, given: Partial<WorkspaceAccount> = {}): WorkspaceAccount {
  return {
    namespace: "ns",
    name,
    runningAtMs: 10_000,
    stoppedAtMs: 30_000,
    jobs: [],
    outcome: undefined,
    outcomeAtMs: undefined,
    staleOutcomes: 0,
    miss: undefined,
    ...given,
  };
}

const WORKSPACES = [
  workspace("one", { jobs: [job("j1")], outcome: "backed-up", outcomeAtMs: 62_000 }),
  workspace("two", {
    jobs: [job("j2", FAILED), job("j3", { end: undefined, endedAtMs: undefined })],
    outcome: "failed",
    miss: "failed",
  }),
  workspace("three", { miss: "lost-in-tick" }),
];

/** Two creates, one of which failed; a restore; usage of the operator and of backup pods. */
function totals(): Totals {
  const recorder = new Recorder({ startMs: 0 });
  const sample = { dueMs: 0, sentMs: 0, doneMs: 500 };
  recorder.record({ op: "createWorkspace", ...sample, outcome: { kind: "ok" } });
  recorder.record({
    op: "createWorkspace",
    ...sample,
    outcome: { kind: "failed", reason: "quota" },
  });
  recorder.record({ op: "workspaceReady", ...sample, outcome: { kind: "ok" } });
  recorder.record({ op: "restore", ...sample, outcome: { kind: "ok" } });
  for (
    const [component, cores, memory] of [["operator", 0.2, 80], ["operator", 0.4, 100], [
      "backup",
      0.05,
      20,
    ]] as const
  ) {
    const at = { atMs: 100, tags: { component } };
    recorder.gauge("componentCpuCores", cores, at);
    recorder.gauge("componentMemoryBytes", memory * 2 ** 20, at);
  }
  recorder.count("componentRestarts", 0, { atMs: 100, tags: { component: "operator" } });
  const all = new Totals();
  for (const interval of recorder.rotate(1_000)) all.add(interval);
  return all;
}

const BACKUPS: BackupsData = {
  configType: "correct",
  workspaces: WORKSPACES,
  podLogs: [
    { namespace: "ns", pod: "j2-x", job: "j2", text: "pushing\nno such host\n", error: "" },
    { namespace: "ns", pod: "j2-y", job: "j2", text: undefined, error: "404" },
    { namespace: "other", pod: "j2-z", job: "j2", text: "of another", error: "" },
  ],
  errorPatterns: [{ pattern: "no such host", count: 1, example: "no such host" }],
  podMeans: { pods: 4, cpuCores: 0.05, memoryBytes: 20 * 2 ** 20 },
};

function data(given: Partial<BackupRunData> = {}): BackupRunData {
  return {
    name: "nightly",
    target: "https://cluster:6443",
    hasSeparateNamespaces: true,
    startedAt: new Date(START),
    wallOf: (atMs) => new Date(START + atMs),
    nowMs: 300_000,
    totals: totals(),
    backups: BACKUPS,
    failed: [],
    workspaceLog: "NAMESPACE\n",
    eventLog: "NAMESPACE\n",
    ...given,
  };
}

function textsOf(given: Partial<BackupRunData> = {}): Record<string, string> {
  return Object.fromEntries(backupFiles(data(given)).map(({ name, text }) => [name, text]));
}

const TS = "20260314_092653";

Deno.test("all files of the scripts are there, under their names", () => {
  assert.deepEqual(Object.keys(textsOf()).sort(), [
    "2026-03-14_09-26-53_dw_watch.log",
    "2026-03-14_09-26-53_events.log",
    `${TS}_backup_jobs_failures.log`,
    `${TS}_backup_jobs_metrics.txt`,
    `${TS}_backup_jobs_watch.log`,
    `${TS}_backup_summary.txt`,
    "backup_test.csv",
    "dw_failure_report.csv",
    "load_test.csv",
  ]);
  const withoutBackups = textsOf({
    backups: undefined,
    workspaceLog: undefined,
    eventLog: undefined,
  });
  assert.deepEqual(Object.keys(withoutBackups), ["dw_failure_report.csv", "load_test.csv"]);
});

Deno.test("the metrics count each Job that was ever seen, by its condition", () => {
  const rule = "=".repeat(36);
  assert.equal(
    textsOf()[`${TS}_backup_jobs_metrics.txt`],
    `${rule}\nBackup Job Metrics\nTimestamp: Sat, 14 Mar 2026 09:31:53 GMT\n${rule}\n
Total backup Jobs: 3\nSucceeded: 1\nFailed: 1\nRunning/Pending: 1\n
Success rate: 33.33%\nFailure rate: 33.33%\nAverage Job duration: 1m11s\n`,
  );
  const none = textsOf({ backups: { ...BACKUPS, workspaces: [] } });
  assert.ok(none[`${TS}_backup_jobs_metrics.txt`]!.endsWith("Running/Pending: 0\n"));
  assert.equal(none[`${TS}_backup_jobs_failures.log`], "No failed backup Jobs\n");
});

Deno.test("each failed Job is told with the logs of its own pods", () => {
  const text = textsOf()[`${TS}_backup_jobs_failures.log`]!;
  assert.match(text, /^Job: j2 \(namespace: ns\)\nWorkspace: two\n/m);
  assert.match(text, /^Pods: 2, failed: 2$/m);
  assert.match(text, /^Condition: Failed, BackoffLimitExceeded: the limit$/m);
  assert.match(
    text,
    /^Pod logs for j2-x:\npushing\nno such host\n\nPod logs for j2-y:\nnot read: 404$/m,
  );
  assert.doesNotMatch(text, /of another|j1|j3/);
});

Deno.test("the sections of the summary that the scripts leave empty are filled in", () => {
  const text = textsOf()[`${TS}_backup_summary.txt`]!;
  assert.match(
    text,
    /^Resource Usage\nBackup Job pods resource usage: 4 pods, Avg CPU: 50m, Avg Memory: 20Mi\nOperator/m,
  );
  assert.match(
    text,
    /^Operator, Avg CPU: 300m, Avg Memory: 90Mi, Max CPU: 400m, Max Memory: 100Mi$/m,
  );
  assert.match(text, /^etcd: no metrics available$/m);
  assert.match(text, /^Failed Jobs Details\nFailed backup Jobs\n-+\nJob: j2 /m);
  assert.match(text, /^Missed, lost-in-tick: 1$/m);
  assert.match(text, /^1 x no such host, e\.g\. no such host$/m);
});

Deno.test("the watch log of Jobs has a row for each change, in the order of time", () => {
  const rows = textsOf()[`${TS}_backup_jobs_watch.log`]!.trimEnd().split("\n").map((line) =>
    line.split(/ {2,}/).join("|")
  );
  assert.deepEqual(rows, [
    "NAMESPACE|NAME|STATUS|COMPLETIONS|DURATION|AGE",
    "ns|j1|Running|0/1|0s|0s",
    "ns|j2|Running|0/1|0s|0s",
    "ns|j3|Running|0/1|0s|0s",
    "ns|j1|Complete|1/1|2s|2s",
    "ns|j2|Failed|0/1|2m20s|2m20s",
  ]);
});

function cellsOf(csv: string): Record<string, string> {
  const [titles, row] = csv.split("\n").map((line) => line.split(","));
  assert.equal(titles!.length, row!.length);
  return Object.fromEntries(titles!.map((title, index) => [title, row![index]!]));
}

Deno.test("the tables have the columns of the scripts, and an empty cell where nothing is known", () => {
  const { "load_test.csv": load, "backup_test.csv": backup } = textsOf();
  const loads = cellsOf(load!);
  assert.equal(Object.keys(loads).length, 20);
  assert.equal(loads["DevWorkspaces Created"], "1");
  assert.equal(loads["Create Failed (%)"], "50.00");
  assert.equal(loads["Create Duration (Avg ms)"], "500.00");
  assert.equal(loads["Delete Duration (Avg ms)"], "");
  assert.equal(loads["Operator CPU Violations"], ">0");
  assert.equal(loads["Operator Memory Violations"], "0");
  assert.equal(loads["Etcd Pod Restarts"], "");
  const backups = cellsOf(backup!);
  assert.equal(Object.keys(backups).length, 28);
  const shown = ["Config Type", "Backup Jobs Total", "Backup Pods Total", "Workspaces Backed Up"];
  assert.deepEqual(shown.map((title) => backups[title]), ["correct", "3", "4", "1"]);
  assert.equal(backups["Backup Success Rate (%)"], "33.33");
  assert.equal(backups["Restore Success Rate (%)"], "100.00");
});

Deno.test("a failure is a row of quoted cells that no spreadsheet calculates", () => {
  const failed = [{ namespace: "ns", name: "dw", phase: "Failed", message: '=1+1 "x",\ny' }];
  assert.equal(
    textsOf({ failed })["dw_failure_report.csv"],
    `"ns","dw","Failed","'=1+1 ""x"",\ny"\n`,
  );
});

Deno.test("files are written, and a place that takes none is a warning", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const logs = join(folder, "a", "logs");
    assert.equal(writeBackupFiles(logs, data()), undefined);
    assert.equal(writeBackupFiles(logs, data()), undefined);
    assert.equal([...Deno.readDirSync(logs)].length, 9);
    Deno.writeTextFileSync(join(folder, "file"), "");
    assert.match(
      writeBackupFiles(join(folder, "file"), data())!,
      /^Not all files can be written to ".*file" \(--logs-dir\): /,
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
