import assert from "node:assert/strict";
import fc from "fast-check";
import { BookScript } from "./book_script.ts";
import { at } from "./objects.ts";

const COMPLETE = (time: string) => ({ type: "Complete", time });
const FAILED = (time: string) => ({ type: "Failed", time });

Deno.test("a workspace that ran and was stopped is backed up when its Job is complete", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  assert.equal(script.of("a").isExpected, true);
  assert.equal(script.book.isAnswered, false);
  script.job("j", { of: "a", created: "12:01:00", active: 1 })
    .job("j", { of: "a", created: "12:01:00", end: COMPLETE("12:01:01") });
  const { outcome, outcomeAtMs, miss, jobs: [job] } = script.of("a");
  assert.deepEqual([outcome, outcomeAtMs, miss], ["backed-up", 4, undefined]);
  assert.deepEqual([job!.seenAtMs, job!.endedAtMs, job!.pods], [3, 4, 1]);
  assert.equal(script.book.isAnswered, true);
});

Deno.test("conditions that come before the end do not end a Job, nor do failed pods", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  for (const type of ["FailureTarget", "SuccessCriteriaMet"]) {
    script.job("j", { of: "a", created: "12:01:00", failed: 1, end: { type, time: "12:01:20" } });
  }
  assert.equal(script.of("a").outcome, undefined);
  assert.equal(script.of("a").jobs[0]!.failedPods, 1);
});

Deno.test("a workspace that was never started is Stopped and yet none to be backed up", () => {
  const script = new BookScript().workspace("a", { phase: "Stopped", stopped: "12:00:00" });
  script.tick("12:01:00").confirm();
  assert.deepEqual(script.lost(), {});
  assert.equal(script.of("a").isExpected, false);
  script.book.close(100);
  assert.equal(script.of("a").miss, "never-stopped");
});

Deno.test("one that has failed is stopped by its condition, but not by its phase", () => {
  const script = new BookScript().workspace("a", { phase: "Running" })
    .workspace("a", { phase: "Failed", stopped: "12:00:00" });
  assert.equal(script.of("a").isExpected, false);
});

Deno.test("whoever stopped it may have seen it run, before the book did", () => {
  const script = new BookScript([]);
  script.book.know({ namespace: "ns", name: "a", runningAtMs: -9, stoppedAtMs: -5 });
  script.workspace("a", { phase: "Stopped", stopped: "12:00:20" });
  assert.equal(script.of("a").isExpected, true);
  assert.equal(script.of("a").stoppedAtMs, -5);
});

Deno.test("R2: stopped before a tick that made no Job for it, it is lost by an error", () => {
  const script = new BookScript().stopped("a", "12:00:59").tick("12:01:00").confirm();
  assert.deepEqual(script.lost(), { a: "lost-by-error" });
  assert.deepEqual(script.lost(), {}, "told once");
  assert.equal(script.book.isAnswered, true);
});

for (const stop of ["12:01:00", "12:01:07", "12:01:10"]) {
  Deno.test(`R1: stopped at ${stop}, in a tick from :00 to :10, it is lost in the tick`, () => {
    const script = new BookScript().stopped("a", stop).tick("12:01:10").confirm();
    assert.deepEqual(script.lost(), { a: "lost-in-tick" });
  });
}

Deno.test("stopped after a tick's last second it waits for the next one", () => {
  const script = new BookScript().stopped("a", "12:01:11").tick("12:01:10").confirm();
  assert.deepEqual(script.lost(), {});
  script.job("j", { of: "a", created: "12:02:00" }).tick("12:02:00").confirm();
  assert.deepEqual(script.lost(), {});
});

Deno.test("nobody is lost in a tick as long as not all its Jobs are known", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  assert.equal(script.book.hasSuspects, false);
  script.tick("12:01:00");
  assert.equal(script.book.hasSuspects, true);
  assert.deepEqual(script.lost(), {});
  script.job("j", { of: "a", created: "12:01:00" }).confirm();
  assert.deepEqual(script.lost(), {});
  assert.equal(script.book.hasSuspects, false);
});

Deno.test("a stop that is told after the tick is judged by that tick", () => {
  const script = new BookScript().workspace("a", { phase: "Running" }).tick("12:01:10").confirm();
  script.workspace("a", { phase: "Stopped", stopped: "12:01:05" });
  assert.deepEqual(script.lost(), { a: "lost-in-tick" });
});

Deno.test("a Job that comes to light afterwards takes the loss back", () => {
  const script = new BookScript().stopped("a", "12:00:20").tick("12:01:00").confirm();
  assert.deepEqual(script.lost(), { a: "lost-by-error" });
  script.job("j", { of: "a", created: "12:01:00" });
  assert.equal(script.of("a").miss, undefined);
});

Deno.test("a tick that began a period before, as Jobs of it show, is as long as that", () => {
  const script = new BookScript(["a", "b"]).stopped("a", "12:01:30")
    .job("j", { of: "b", created: "12:01:01" }).tick("12:02:20").confirm();
  assert.deepEqual(script.lost(), { a: "lost-in-tick" });
});

Deno.test("such a Job may be seen after the tick's end was", () => {
  const script = new BookScript(["a", "b"]).stopped("a", "12:01:30").tick("12:02:20")
    .job("j", { of: "b", created: "12:01:01" }).confirm();
  assert.deepEqual(script.lost(), { a: "lost-in-tick" });
});

Deno.test("where the schedule does not tell, a tick's first Job of anybody does, else its second", () => {
  const blind = () => new BookScript(["a"], { tickStartOf: () => undefined });
  const withJob = blind().stopped("a", "12:00:07")
    .job("j", { of: "somebody", created: "12:00:05" }).tick("12:00:09").confirm();
  assert.deepEqual(withJob.lost(), { a: "lost-in-tick" });
  const without = blind().stopped("a", "12:00:07").tick("12:00:09").confirm();
  assert.deepEqual(without.lost(), { a: "lost-by-error" });
  const sameSecond = blind().stopped("a", "12:00:09").tick("12:00:09").confirm();
  assert.deepEqual(sameSecond.lost(), { a: "lost-in-tick" });
});

Deno.test("Jobs of others are in no account", () => {
  const script = new BookScript().job("j", { of: "somebody", created: "12:00:05" });
  assert.equal(script.book.totals.jobs, 0);
});

Deno.test("the remedy: started and stopped again, a lost workspace is owed a backup anew", () => {
  const script = new BookScript().stopped("a", "12:00:20").tick("12:01:00").confirm();
  assert.deepEqual(script.lost(), { a: "lost-by-error" });
  script.stopped("a", "12:01:40");
  assert.equal(script.of("a").miss, undefined);
  assert.equal(script.book.isAnswered, false);
  script.job("j", { of: "a", created: "12:02:00", end: COMPLETE("12:02:02") });
  assert.equal(script.of("a").outcome, "backed-up");
});

Deno.test("stopped again after a backup, the backup before does not count for the new stop", () => {
  const script = new BookScript().stopped("a", "12:00:20")
    .job("j", { of: "a", created: "12:01:00", end: COMPLETE("12:01:02") }).tick("12:01:01");
  assert.equal(script.of("a").outcome, "backed-up");
  script.stopped("a", "12:01:40").tick("12:02:00").confirm();
  assert.deepEqual(script.lost(), { a: "lost-by-error" });
});

Deno.test("S1: an annotation that goes back is stale, counted once, and never a failure", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  const stopped = { phase: "Stopped", stopped: "12:00:20" };
  const bad = { ...stopped, backup: { successful: false, finished: "12:01:30" } };
  const good = { ...stopped, backup: { successful: true, finished: "12:02:02" } };
  script.workspace("a", bad);
  assert.equal(script.of("a").miss, "failed");
  script.workspace("a", good).workspace("a", bad).workspace("a", bad);
  assert.deepEqual([script.of("a").outcome, script.of("a").staleOutcomes], ["backed-up", 1]);
  const again = { ...stopped, backup: { successful: true, finished: "12:04:02" } };
  script.workspace("a", again).workspace("a", bad);
  assert.deepEqual([script.of("a").outcome, script.of("a").staleOutcomes], ["backed-up", 2]);
  assert.equal(script.of("a").outcomeAtMs, 4, "when a success was first known");
});

Deno.test("an annotation that is later than its Job's end is not stale", () => {
  const script = new BookScript().stopped("a", "12:00:20")
    .job("j", { of: "a", created: "12:01:00", end: FAILED("12:01:30") })
    .job("k", { of: "a", created: "12:02:00", end: COMPLETE("12:02:02") })
    .workspace("a", {
      phase: "Stopped",
      stopped: "12:00:20",
      backup: { successful: false, finished: "12:01:30" },
    });
  assert.deepEqual([script.of("a").outcome, script.of("a").staleOutcomes], ["backed-up", 0]);
});

Deno.test("failing Jobs are tried again with each tick: failed, until one succeeds", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  for (const minute of [1, 2, 3]) {
    const created = `12:0${minute}:00`;
    script.job(`j${minute}`, { of: "a", created, failed: 2, end: FAILED(`12:0${minute}:30`) })
      .tick(created).confirm();
    assert.equal(script.of("a").miss, "failed");
  }
  assert.deepEqual(script.lost(), {});
  const { jobs, jobsFailed, podsFailed, ticks, mostJobsOfAWorkspace } = script.book.totals;
  assert.deepEqual([jobs, jobsFailed, podsFailed, ticks, mostJobsOfAWorkspace], [3, 3, 6, 3, 3]);
  assert.equal(script.of("a").outcomeAtMs, 3, "when it was first known to fail");
  script.job("j4", { of: "a", created: "12:04:00", end: COMPLETE("12:04:02") });
  assert.deepEqual([script.of("a").outcome, script.of("a").miss], ["backed-up", undefined]);
});

Deno.test("a Job that hangs is one miss, and one whose pods nobody starts another", () => {
  const script = new BookScript(["a", "b", "c"]);
  for (const name of ["a", "b", "c"]) {
    script.stopped(name, "12:00:20").job(`j${name}`, { of: name, created: "12:01:00", active: 1 });
  }
  const pod = { namespace: "ns", hasFailed: false };
  script.book.podSeen({ ...pod, uid: "1", job: "ja", hasStarted: true });
  script.book.podSeen({ ...pod, uid: "2", job: "jb", hasStarted: false });
  script.book.podsRefused({ namespace: "ns", name: "jc" });
  assert.equal(script.book.markOverdue(50, 60).length, 0);
  assert.equal(script.book.markOverdue(500, 60).length, 3);
  assert.equal(script.book.markOverdue(600, 60).length, 0);
  const misses = ["a", "b", "c"].map((name) => script.of(name).miss);
  assert.deepEqual(misses, ["hung", "pending", "job-refused"]);
  script.job("ja", { of: "a", created: "12:01:00", end: COMPLETE("12:09:00") });
  assert.deepEqual([script.of("a").miss, script.of("a").outcome], [undefined, "backed-up"]);
});

Deno.test("a pod that is seen before its Job counts with it, and is kept when both are gone", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  const pod = { namespace: "ns", job: "j", uid: "1", hasStarted: true };
  script.book.podSeen({ ...pod, hasFailed: false });
  script.book.podSeen({ ...pod, hasFailed: true });
  script.job("j", { of: "a", created: "12:01:00" });
  script.book.podSeen({ ...pod, uid: "2", hasFailed: true });
  script.jobGone("j", { of: "a", created: "12:01:00", failed: 1 });
  const { pods, podsFailed, jobs, jobsVisible } = script.book.totals;
  assert.deepEqual([pods, podsFailed, jobs, jobsVisible], [2, 2, 1, 0]);
});

Deno.test("a Job that was deleted before its end makes no backup, and no tick another Job", () => {
  const script = new BookScript().stopped("a", "12:00:20")
    .job("j", { of: "a", created: "12:01:00" }).tick("12:01:00").confirm();
  assert.deepEqual(script.lost(), {});
  script.jobGone("j", { of: "a", created: "12:01:00" });
  assert.deepEqual(script.lost(), { a: "lost-by-error" });
});

Deno.test("the end of a Job may be told by its deletion alone", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  script.jobGone("j", { of: "a", created: "12:01:00", end: COMPLETE("12:01:03") });
  assert.equal(script.of("a").outcome, "backed-up");
  assert.equal(script.book.totals.jobsSucceeded, 1);
});

Deno.test("what is known of a lost workspace says more than times do", () => {
  const script = new BookScript(["a", "b", "c"]);
  for (const name of ["a", "b", "c"]) script.stopped(name, "12:00:20");
  script.book.hasNoVolume({ namespace: "ns", name: "a" });
  script.tick("12:01:00").confirm().lost();
  script.book.jobsRefused({ namespace: "ns", name: "b" });
  const misses = ["a", "b", "c"].map((name) => script.of(name).miss);
  assert.deepEqual(misses, ["nothing-to-back-up", "job-refused", "lost-by-error"]);
});

Deno.test("an operator that was away while the tick ran is why, one that was away before is not", () => {
  for (
    const [backAtMs, miss] of [[9_500, "operator-restarted"], [1_000, "lost-by-error"]] as const
  ) {
    const script = new BookScript().stopped("a", "12:00:20");
    script.book.operatorAway(500);
    script.book.operatorBack(backAtMs);
    script.nowMs = 10_000;
    script.tick("12:01:02").confirm();
    assert.deepEqual(script.lost(), { a: miss });
  }
});

Deno.test("an operator that missed the end of a Job does not undo the backup", () => {
  const script = new BookScript().stopped("a", "12:00:20").job("j", {
    of: "a",
    created: "12:01:00",
  });
  script.book.operatorAway(script.nowMs);
  script.job("j", { of: "a", created: "12:01:00", end: COMPLETE("12:01:20") });
  script.book.operatorBack(script.nowMs);
  script.tick("12:02:00").confirm();
  assert.deepEqual(script.lost(), {});
  assert.equal(script.of("a").outcome, "backed-up");
});

Deno.test("at the end of the wait whoever has nothing is told why", () => {
  const script = new BookScript(["a", "b", "c"]);
  script.stopped("a", "12:00:20").stopped("b", "12:00:20").job("j", {
    of: "b",
    created: "12:01:00",
  });
  script.book.inForce(script.nowMs);
  script.book.close(script.nowMs);
  const misses = ["a", "b", "c"].map((name) => script.of(name).miss);
  assert.deepEqual(misses, ["no-tick", "pending", "never-stopped"]);
  assert.equal(script.book.totals.misses["no-tick"], 1);
  script.book.operatorAway(script.nowMs);
  script.book.close(script.nowMs);
  assert.equal(script.of("a").miss, "operator-restarted");
});

Deno.test("a tick before the run is none of its ticks, and yet passes over whom it has passed over", () => {
  const script = new BookScript(["a"], { lastBackupTime: at("12:01:00") });
  script.stopped("a", "12:00:20").confirm();
  assert.equal(script.book.totals.ticks, 0);
  assert.deepEqual(script.lost(), { a: "lost-by-error" });
  script.tick("12:02:00");
  assert.equal(script.book.totals.ticks, 1);
});

Deno.test("a backup is due when it is in force and its workspace stopped, whichever is later", () => {
  const script = new BookScript(["a", "b"]).stopped("a", "12:00:20");
  assert.equal(script.book.dueAtMs(script.of("a")), undefined);
  script.book.inForce(10);
  script.nowMs = 20;
  script.stopped("b", "12:00:40");
  assert.equal(script.book.dueAtMs(script.of("a")), 10);
  assert.equal(script.book.dueAtMs(script.of("b")), 22);
});

Deno.test("a deleted workspace is waited for no longer, and another of its name is another one", () => {
  const script = new BookScript().stopped("a", "12:00:20");
  script.book.workspaceGone({ namespace: "ns", name: "a", uid: "uid-a" });
  assert.equal(script.book.isAnswered, true);
  assert.equal(script.of("a").miss, "nothing-to-back-up");
  script.workspace("a", { phase: "Running", uid: "other" });
  assert.equal(script.of("a").phase, "Stopped");
});

Deno.test("whatever the order in which the watches tell it, the account is the same", () => {
  type Step = (script: BookScript) => unknown;
  const ofWorkspaces: Step[] = [
    (script) => script.stopped("a", "12:00:20"),
    (script) => script.stopped("b", "12:01:03"),
    (script) => script.stopped("c", "12:00:30"),
  ];
  const ofJobs: Step[] = [
    (script) => script.job("j", { of: "a", created: "12:01:01", active: 1 }),
    (script) => script.job("j", { of: "a", created: "12:01:01", end: COMPLETE("12:01:03") }),
  ];
  const ofConfig: Step[] = [(script) => script.tick("12:01:05")];
  const streams = [ofWorkspaces, ofJobs, ofConfig];
  const turns = fc.shuffledSubarray([0, 0, 0, 1, 1, 2], { minLength: 6, maxLength: 6 });
  fc.assert(fc.property(turns, (order) => {
    const script = new BookScript(["a", "b", "c"]);
    const next = [0, 0, 0];
    for (const stream of order) {
      streams[stream]![next[stream]!++]!(script);
      assert.deepEqual(script.lost(), {}, "before all Jobs are known nobody is lost");
    }
    assert.deepEqual(script.confirm().lost(), { b: "lost-in-tick", c: "lost-by-error" });
    assert.equal(script.of("a").outcome, "backed-up");
  }));
});
