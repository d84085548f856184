import assert from "node:assert/strict";
import { DEV_WORKSPACES } from "../../../../kube/devworkspace/kinds.ts";
import { createRng } from "../../../../core/load/rng.ts";
import {
  EVENTS,
  JOBS,
  PERSISTENT_VOLUME_CLAIMS,
  RESOURCE_QUOTAS,
} from "../../../../kube/resource.ts";
import { statusError } from "../../../support/memory_cluster.ts";
import { BackupWorld } from "./backup_world.ts";

/** Calls that list Jobs and are no watch. */
function jobLists({ cluster }: BackupWorld): string[] {
  return cluster.calls.filter((call) => call.startsWith("GET") && /\/jobs\?(?!.*watch)/.test(call));
}

Deno.test("backups are followed from stop to annotation, and each workspace has one sample", async () => {
  await using world = await BackupWorld.with(["a", "b"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  for (const name of ["a", "b"]) await world.stop(name);
  const settled = world.settled();
  await world.passUntil(60_000);
  await world.makeJob("ja", "a");
  await world.makeJob("jb", "b");
  await world.tick();
  await world.passUntil(62_000);
  await world.endJob("ja", "Complete");
  await world.note("a", true);
  await world.endJob("jb", "Complete");
  await world.deleteJob("ja");
  assert.equal(await world.advance(settled), true);
  await world.pass(1_000);
  world.run.rotate();
  const { counters, gauges, backups } = world.read;
  assert.deepEqual(backups, { "correct ok": 2 });
  const expected = { backupJobs: 2, backupJobsSucceeded: 2, backupPods: 2, ticks: 1 };
  assert.deepEqual(counters, expected);
  assert.equal(gauges["backupJobsVisible"], 1);
  assert.equal(gauges["jobsPerWorkspaceMost"], 1);
  assert.equal(gauges["workspacesStopped"], 2);
  assert.deepEqual(world.warnings, []);
  assert.deepEqual(
    jobLists(world).length,
    1,
    "with everybody accounted for nothing is listed again",
  );
});

Deno.test("R2 is told at once, with the remedy, and the remedy mends it", async () => {
  await using world = await BackupWorld.with(["a", "b"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  for (const name of ["a", "b"]) await world.stop(name);
  await world.passUntil(60_000);
  await world.makeJob("jb", "b");
  await world.tick();
  assert.deepEqual(world.warnings, [
    "backup-lost: The tick that ended at 2026-01-01T00:01:00Z has made no backup of 1 workspace " +
    "(ns/a): it could not make their Jobs (Secret, volume, API); no later tick makes up for it: " +
    "start and stop them again",
  ]);
  assert.equal(world.miss("a"), "lost-by-error");
  await world.passUntil(70_000);
  await world.restart("a");
  assert.equal(world.miss("a"), undefined);
  await world.passUntil(120_000);
  await world.makeJob("ja", "a");
  await world.tick();
  await world.endJob("ja", "Complete");
  assert.equal(world.outcome("a"), "backed-up");
  assert.equal(world.warnings.length, 1);
});

Deno.test("R1: stopped while the tick ran, or in its last second", async () => {
  await using world = await BackupWorld.with(["a", "b", "c"]);
  world.watch.inForce();
  await world.passUntil(60_000);
  await world.makeJob("jc", "c");
  await world.passUntil(65_000);
  await world.stop("a");
  await world.passUntil(69_100);
  await world.stop("b");
  await world.passUntil(69_200);
  await world.tick();
  assert.deepEqual(["a", "b"].map((name) => world.miss(name)), ["lost-in-tick", "lost-in-tick"]);
  assert.match(world.warnings[0]!, /2 workspaces \(ns\/a, ns\/b\): they were stopped while it ran/);
  await world.pass(1_000);
  world.run.rotate();
  assert.equal(world.read.counters["lostInTick"], 2);
});

Deno.test("a Job that its watch has not told of yet is found by a list, and nobody is lost", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  world.cluster.cut(JOBS);
  await world.passUntil(60_000);
  await world.makeJob("ja", "a");
  await world.tick();
  assert.deepEqual(world.warnings, []);
  assert.equal(world.watch.book.totals.jobs, 1);
});

Deno.test("as long as Jobs cannot be listed nobody is called lost", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  const { cluster } = world;
  let isBroken = true;
  cluster.before = (call) => {
    if (isBroken && call.includes("/jobs?")) throw statusError(500, "InternalError");
  };
  await world.passUntil(60_000);
  await world.tick();
  await world.pass(5_000);
  assert.equal(world.miss("a"), undefined);
  assert.equal(world.warnings.length, 1);
  assert.match(world.warnings[0]!, /^backup-jobs-unlisted: /);
  isBroken = false;
  await world.pass(1_000);
  assert.equal(world.miss("a"), "lost-by-error");
});

Deno.test("after a lost watch the Jobs of a new list count, and a long gap is told", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  world.cluster.cut(JOBS);
  await world.passUntil(60_000);
  await world.makeJob("ja", "a");
  await world.endJob("ja", "Failed");
  await world.passUntil(190_000);
  world.cluster.mend();
  // A watch that has failed often waits for up to a minute.
  await world.pass(90_000);
  assert.equal(world.outcome("a"), "failed");
  assert.equal(world.watch.book.totals.jobsFailed, 1);
  assert.match(world.warnings.join(), /backup-jobs-unseen: The watch of backup Jobs was lost for/);
});

Deno.test("a Job that ended and was deleted in a short gap is known by its annotation", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  await world.passUntil(60_000);
  await world.makeJob("ja", "a");
  world.cluster.cut(JOBS);
  await world.endJob("ja", "Complete");
  await world.note("a", true);
  await world.deleteJob("ja");
  await world.passUntil(90_000);
  world.cluster.mend();
  // A watch that has failed often waits for up to a minute.
  await world.pass(90_000);
  assert.equal(world.outcome("a"), "backed-up");
  assert.equal(world.watch.book.totals.jobsVisible, 0);
  assert.deepEqual(world.warnings, []);
});

Deno.test("a lost workspace without a volume has nothing to back up", async () => {
  await using world = await BackupWorld.with(["a"]);
  const volume = { namespace: "ns", name: "storage-workspace-a" };
  await world.cluster.delete(PERSISTENT_VOLUME_CLAIMS, volume);
  await world.passUntil(10_000);
  await world.stop("a");
  await world.passUntil(60_000);
  await world.tick();
  assert.equal(world.miss("a"), "nothing-to-back-up");
  assert.match(world.warnings[0]!, /they have no volume/);
});

Deno.test("a used-up quota of Jobs is why", async () => {
  await using world = await BackupWorld.with(["a"]);
  const quota = { namespace: "ns", name: "q" };
  const limit = { "count/jobs.batch": "0" };
  await world.cluster.create(RESOURCE_QUOTAS, { metadata: quota, spec: { hard: limit } });
  await world.passUntil(10_000);
  await world.stop("a");
  await world.passUntil(60_000);
  await world.tick();
  assert.equal(world.miss("a"), "job-refused");
});

Deno.test("S1: an outcome that goes back is counted, and the workspace stays backed up", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  await world.passUntil(60_000);
  await world.note("a", false);
  await world.passUntil(120_000);
  await world.note("a", true);
  assert.equal(world.outcome("a"), "backed-up");
  const back = { type: "merge" } as const;
  const annotations = {
    "controller.devfile.io/last-backup-successful": "false",
    "controller.devfile.io/last-backup-finished-at": "2026-01-01T00:01:00Z",
  };
  const ref = { namespace: "ns", name: "a" };
  await world.cluster.patch(DEV_WORKSPACES, ref, {
    body: { metadata: { annotations } },
    options: back,
  });
  await world.pass(1_000);
  world.run.rotate();
  assert.equal(world.read.counters["staleOutcomes"], 1);
  assert.equal(world.outcome("a"), "backed-up");
});

Deno.test("where backups are to fail the wait goes on until three ticks have tried again, and their Jobs are over", async () => {
  await using world = await BackupWorld.with(["a"], { type: "incorrect", secrets: ["hunter2"] });
  world.cluster.log = (pod) =>
    `pushing\n2026-01-01T00:00:0${
      pod.length % 10
    }Z error: dial tcp 10.0.0.1:443 (hunter2): refused\n`;
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  const settled = world.settled();
  let isSettled = false;
  settled.then(() => isSettled = true);
  for (const minute of [1, 2, 3]) {
    assert.equal(isSettled, false);
    await world.passUntil(minute * 60_000);
    const job = `devworkspace-backup-j${minute}`;
    await world.makeJob(job, "a");
    await world.tick();
    await world.pass(5_000);
    assert.equal(isSettled, false, "its Job is not over");
    for (const pod of ["x", "yy"]) await world.failPod(`${job}-${pod}`, job);
    await world.endJob(job, "Failed");
    await world.pass(2_000);
  }
  assert.equal(await world.advance(settled), true);
  world.run.rotate();
  assert.deepEqual(world.read.backups, { "incorrect failed": 1 });
  const { ticks, backupJobsFailed, backupPodsFailed } = world.read.counters;
  assert.deepEqual([ticks, backupJobsFailed, backupPodsFailed], [3, 3, 6]);
  const { logs, patterns } = world.watch;
  assert.equal(logs.length, 6);
  assert.ok(logs.every(({ text }) => text!.includes("***") && !text!.includes("hunter2")));
  assert.deepEqual(patterns.all.map(({ pattern, count }) => [pattern, count]), [
    ["TIME error: dial tcp ADDRESS (***): refused", 6],
    ["BackoffLimitExceeded: Job has reached the specified backoff limit", 3],
  ]);
});

Deno.test("a Job that hangs has a limit of its own", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  const settled = world.settled({ hungAfterMs: 30_000 });
  await world.passUntil(60_000);
  await world.makeJob("ja", "a");
  await world.tick();
  assert.equal(await world.advance(settled), true);
  assert.ok(world.cluster.clock.now() < 95_000);
  world.run.rotate();
  assert.deepEqual(world.read.backups, { "correct pending": 1 });
});

Deno.test("a Job whose pods are refused is told apart from one that nobody starts", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  const settled = world.settled({ hungAfterMs: 30_000 });
  await world.passUntil(60_000);
  await world.makeJob("ja", "a");
  await world.cluster.create(EVENTS, {
    metadata: { namespace: "ns", name: "ja.1" },
    reason: "FailedCreate",
    involvedObject: { kind: "Job", namespace: "ns", name: "ja" },
  });
  assert.equal(await world.advance(settled), true);
  world.run.rotate();
  assert.deepEqual(world.read.backups, { "correct job-refused": 1 });
});

Deno.test("whatever becomes of the watch, as many Jobs are counted as the server has made", async () => {
  await using world = await BackupWorld.with(["a", "b", "c"]);
  const rng = createRng(15);
  const isCut = () => world.cluster.cutResource === JOBS;
  const made: string[] = [];
  for (let step = 0; step < 200; step++) {
    const choice = rng.integerBelow(10);
    if (choice < 6) {
      const name = `j${step}`;
      await world.makeJob(name, "abc"[rng.integerBelow(3)]!);
      made.push(name);
    } else if (choice === 6) {
      if (isCut()) world.cluster.mend();
      else world.cluster.cut(JOBS);
    } else if (!isCut() && made.length > 0) {
      // What is deleted in a gap nobody can know: Jobs live for two minutes after their end.
      await world.pass(90_000);
      await world.deleteJob(made.splice(rng.integerBelow(made.length), 1)[0]!);
    }
    await world.pass(rng.integerBelow(2_000));
  }
  world.cluster.mend();
  await world.pass(90_000);
  const creates = world.cluster.calls.filter((call) => /^POST .*\/jobs/.test(call)).length;
  assert.ok(creates > 100);
  assert.equal(world.watch.book.totals.jobs, creates);
  assert.equal(world.watch.book.totals.jobsVisible, made.length);
});

Deno.test("without a tick the wait ends by its limit, and says so", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  assert.equal(await world.advance(world.settled({ timeoutMs: 90_000 })), false);
  world.run.rotate();
  assert.deepEqual(world.read.backups, { "correct no-tick": 1 });
});

Deno.test("a stop of the run ends the wait, and what is open is cancelled", async () => {
  await using world = await BackupWorld.with(["a"]);
  world.watch.inForce();
  await world.passUntil(10_000);
  await world.stop("a");
  const settled = world.settled();
  await world.pass(1_000);
  world.run.stop("interrupted");
  await assert.rejects(world.advance(settled));
  world.run.rotate();
  assert.deepEqual(world.read.backups, { "correct cancelled": 1 });
});

Deno.test("it writes nothing, and leaves nobody waiting", async () => {
  const world = await BackupWorld.with(["a"]);
  world.cluster.calls.length = 0;
  await world.pass(5_000);
  await world[Symbol.asyncDispose]();
  assert.deepEqual(world.cluster.calls.filter((call) => !call.startsWith("GET")), []);
  assert.equal(world.cluster.clock.sleeperCount, 0);
});
