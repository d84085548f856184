/** Whole runs on an operator that is simulated: what each comes to, and by whose doing. */

import assert from "node:assert/strict";
import { accusedIn, simulated, verdictsOf } from "./simulated.ts";

const TEN = ["--max-devworkspaces", "10", "--max-restore-samples", "2"];
// As long as volumes are not bound, the operator gives workspaces up.
const PATIENT = ["--ignore-unrecoverable-events", "FailedScheduling"];

Deno.test("each workspace is created, stopped, backed up, and some are restored", async () => {
  const { code, stderr, report, files } = await simulated([...TEN, ...PATIENT]);
  assert.equal(code, 0, stderr);
  // Those that take no time on a simulated clock are not among them.
  const names = report!.stages.map(({ name }) => name);
  assert.deepEqual(names, ["load", "stop", "watch", "restore"]);
  const verdicts = verdictsOf(report!);
  for (const subject of ["backup.ok.ratio >= 95%", "restore.ok.ratio >= 95%"]) {
    assert.equal(verdicts[subject], "pass", subject);
  }
  const summary = [...files].find(([name]) => name.endsWith("_backup_summary.txt"))?.[1] ?? "";
  assert.match(summary, /Total backup Jobs: 10\nSucceeded: 10\nFailed: 0/);
  assert.equal(files.size, 9, [...files.keys()].join());
});

Deno.test("backups that are to fail pass if each does, again and again, and none succeeds", async () => {
  const { code, stderr, report, files } = await simulated([
    ...[...TEN, ...PATIENT, "--dwoc-config-type", "incorrect", "--backup-wait-minutes", "10"],
  ]);
  assert.equal(code, 0, stderr);
  const verdicts = verdictsOf(report!);
  assert.equal(verdicts["backupJobs.total / backup.total > 1"], "pass");
  assert.equal(verdicts["backup.failed{reason=failed}.ratio >= 95%"], "pass");
  assert.ok(report!.stages.every(({ name }) => name !== "restore"));
  const metrics = [...files].find(([name]) => name.endsWith("_backup_jobs_metrics.txt"))?.[1];
  assert.match(metrics ?? "", /: 30\nSucceeded: 0\nFailed: 30\nRunning\/Pending: 0\n/);
});

Deno.test("a registry that is away fails the run, is accused of it, and what is not restored passes nothing", async () => {
  const { code, report } = await simulated([
    ...[...TEN, ...PATIENT, "--sandbox-fault", "registry-unreachable"],
    ...["--backup-wait-minutes", "4"],
  ]);
  assert.equal(code, 3);
  const verdicts = verdictsOf(report!);
  assert.equal(verdicts["backup.ok.ratio >= 95%"], "fail");
  assert.equal(verdicts["restore.ok.ratio >= 95%"], "inconclusive");
  assert.ok(accusedIn(report!).includes("registry"), accusedIn(report!).join());
});

Deno.test("workspaces without backups are a load alone, judged by the same limits", async () => {
  const { code, stderr, report } = await simulated([
    ...[...TEN, ...PATIENT, "--run-backup-test-hook", "false"],
    "--judge-usage=false", // it is over before there is a reading
  ]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(report!.stages.map(({ name }) => name), ["load"]);
  assert.ok(Object.keys(verdictsOf(report!)).every((subject) => !subject.startsWith("backup")));
});

Deno.test("a marker that nobody can write is told, and the restores are judged without", async () => {
  const { code, stderr } = await simulated([...TEN, ...PATIENT, "--restore-marker"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /--restore-marker has no effect: a simulation has no pods to write it into/);
});

Deno.test("nothing of the run is left on the cluster, and the configuration is as it was", async () => {
  const { code, stderr, report } = await simulated([...TEN, ...PATIENT, "--separate-namespaces"]);
  assert.equal(code, 0, stderr);
  assert.equal(verdictsOf(report!)["cleanup"], undefined);
  assert.ok(report!.warnings.every(({ code }) => code !== "not-cleaned" && code !== "kept"));
});
