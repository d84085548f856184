/**
 * Runs of backup that are ended from outside, in every stage: by a signal, after which the run itself puts
 * all back, and by kill -9, after which the commands for that do.
 * @module
 */

import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { JOBS } from "../../kube/resource.ts";
import { DevWorkspaceCluster, MOMENT, type SentCall } from "../support/devworkspace_cluster.ts";
import { eventually } from "../support/eventually.ts";
import { type Finished, Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

const RUN_ID = "r1";

/** By what it is known, and what makes it last. */
interface Stage {
  readonly isMeant: (call: SentCall) => boolean;
  readonly flags?: readonly string[];
}

/** No tick ever comes. */
const NO_TICK = ["--backup-schedule", "@every 10h"];

const STAGES: Readonly<Record<string, Stage>> = {
  load: { isMeant: MOMENT.load },
  stop: { isMeant: MOMENT.stop },
  configure: { isMeant: MOMENT.configure, flags: NO_TICK },
  restore: { isMeant: MOMENT.restore },
  "give back": { isMeant: MOMENT.giveBack },
};

function start(cluster: DevWorkspaceCluster, dir: TempDir, flags: readonly string[] = []) {
  return new Scaletool([
    ...["backup", "run", ...cluster.backupFlags, "--max-devworkspaces", "4"],
    ...["--run-id", RUN_ID, "--out", dir.file("run"), ...flags],
  ], { cwd: dir.path });
}

function resultIn(dir: TempDir): Report {
  return JSON.parse(Deno.readTextFileSync(`${dir.file("run")}/result.json`));
}

/** After a signal, which is no defect of the program that it would have to tell of. */
async function assertPutBack(
  { code, stderr }: Pick<Finished, "code" | "stderr">,
  cluster: DevWorkspaceCluster,
  before: unknown,
): Promise<void> {
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /^scaletool:/m);
  assert.deepEqual(await cluster.configuration(), before);
  assert.deepEqual(await cluster.leftOf(RUN_ID), []);
}

for (const [stage, { isMeant, flags }] of Object.entries(STAGES)) {
  Deno.test(`SIGINT in ${stage}: all is put back, and what was measured is reported`, async () => {
    await using dir = new TempDir();
    await using cluster = await DevWorkspaceCluster.start();
    const before = await cluster.configuration();
    const reached = cluster.reached(isMeant);
    await using program = start(cluster, dir, flags);
    await reached;
    program.kill("SIGINT");
    const { code, stderr } = await program.finished();
    await assertPutBack({ code, stderr }, cluster, before);
    const { end, exitCode } = resultIn(dir);
    assert.deepEqual([end?.reason, exitCode], ["interrupted", 130]);
  });
}

Deno.test("SIGINT while ticks are waited for: nothing is held against workspaces that were not waited for", async () => {
  await using dir = new TempDir();
  await using cluster = await DevWorkspaceCluster.start();
  const before = await cluster.configuration();
  await using program = start(cluster, dir, NO_TICK);
  await program.line(/^configure: done/m);
  program.kill("SIGINT");
  const { code, stderr } = await program.finished();
  await assertPutBack({ code, stderr }, cluster, before);
  const { summary: { operations }, findings } = resultIn(dir);
  const [backups] = operations.filter(({ op }) => op === "backup");
  assert.deepEqual([backups!.failed, backups!.cancelled], [0, 4]);
  assert.deepEqual(findings.filter(({ verdict }) => verdict === "fail"), []);
});

for (const [stage, { isMeant, flags }] of Object.entries(STAGES)) {
  if (stage === "give back") continue; // it is put back by then
  for (const command of [["backup", "restore-config"], ["cleanup"]]) {
    Deno.test(`kill -9 in ${stage}: ${command.join(" ")} puts back what it is for`, async () => {
      await using dir = new TempDir();
      await using cluster = await DevWorkspaceCluster.start();
      const before = await cluster.configuration();
      const reached = cluster.reached(isMeant);
      await using program = start(cluster, dir, flags);
      await reached;
      program.kill("SIGKILL");
      await program.finished();
      const of = ["--run-id", RUN_ID, "--kubeconfig", cluster.kubeconfig];
      const { code, stderr, stdout } = await scaletool([...command, ...of], { cwd: dir.path });
      assert.equal(code, 0, stderr + stdout);
      assert.deepEqual(await cluster.configuration(), before);
      if (command[0] === "cleanup") assert.deepEqual(await cluster.leftOf(RUN_ID), []);
    });
  }
}

Deno.test("an API server that goes away while backups are made and comes back fails no backup", async () => {
  await using dir = new TempDir();
  await using cluster = await DevWorkspaceCluster.start();
  const before = await cluster.configuration();
  await using program = start(cluster, dir, ["--verify-restore", "false"]);
  await program.line(/^configure: done/m);
  cluster.away();
  await eventually("a backup that nobody saw", async () => (await cluster.list(JOBS)).length === 4);
  cluster.back();
  const { code, stderr } = await program.finished();
  const { summary: { operations }, findings } = resultIn(dir);
  const [backups] = operations.filter(({ op }) => op === "backup");
  assert.deepEqual([backups!.ok, backups!.failed], [4, 0], stderr);
  assert.deepEqual(findings.filter(({ verdict }) => verdict === "fail"), [], stderr);
  assert.ok([0, 4].includes(code), stderr);
  assert.deepEqual(await cluster.configuration(), before);
  assert.deepEqual(await cluster.leftOf(RUN_ID), []);
});

Deno.test("a second SIGINT cuts off what is in flight, and all is put back all the same", async () => {
  await using dir = new TempDir();
  await using cluster = await DevWorkspaceCluster.start();
  const before = await cluster.configuration();
  // Else the load could be over before the second one, which would cut off the undoing.
  const reached = cluster.held(MOMENT.restore);
  await using program = start(cluster, dir);
  await reached;
  program.kill("SIGINT");
  await program.line(/^SIGINT: stopping/m);
  program.kill("SIGINT");
  await program.line(/^SIGINT: cutting off what is in flight/m);
  const { code, stderr } = await program.finished();
  await assertPutBack({ code, stderr }, cluster, before);
});
