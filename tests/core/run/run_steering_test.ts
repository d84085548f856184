import assert from "node:assert/strict";
import { type ArrivalProcess, constant, poisson } from "../../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../../core/load/executor.ts";
import { changesOf, type RunPlan } from "../../../core/run/run_plan.ts";
import { CannotChangeError, type Steering } from "../../../core/run/steering.ts";
import type { Change } from "../../../core/run_log/change.ts";
import { Conducted } from "./conducted.ts";

/** A load of this model, each operation taking so long. */
function loadOf(model: LoadModel, tookMs = 5): Partial<RunPlan> {
  return {
    model: model.kind === "open"
      ? `open, ${model.arrivals.label}`
      : `closed, ${model.workers} workers`,
    targetRatePerSec: model.kind === "open" ? model.arrivals.ratePerSec ?? null : null,
    changes: changesOf(model),
    instrument: async (run) => {
      run.begin();
      await execute(run, {
        workload: {
          name: "requests",
          firstOp: "request",
          iterate: async (iteration) => {
            await iteration.timed(() => run.clock.sleepUntil(run.clock.now() + tookMs), {
              op: "request",
            });
          },
        },
        model,
      });
    },
  };
}

function open(arrivals: ArrivalProcess): LoadModel {
  return { kind: "open", arrivals, maxInFlight: Infinity, whenFull: "queue", catchUp: "burst" };
}

const CLOSED: LoadModel = { kind: "closed", workers: 2, thinkMs: 95 };

/** What it resolves or rejects with, without time passing. */
async function asked(
  { steering, clock }: { steering: Steering; clock: Conducted["clock"] },
  change: Change,
  by = "ctl",
): Promise<string> {
  const answer = steering.change(change, by).catch((error) => {
    assert.ok(error instanceof CannotChangeError, error);
    return `refused: ${error.message}`;
  });
  await clock.settle();
  return await answer;
}

Deno.test("a run is asked how it is, with what it can be asked for", async () => {
  await using conducted = new Conducted(loadOf(open(constant(10))), { duration: ["10s"] });
  const { clock, steering } = conducted;
  await clock.advance(2_500);
  const status = steering.status();
  assert.deepEqual({ ...status, runId: "", line: "" }, {
    runId: "",
    command: "driver",
    target: "https://127.0.0.1:6443",
    state: "running",
    elapsedMs: 2_500,
    line: "",
    targetRatePerSec: 10,
    workers: null,
    changes: ["rate", "pause", "resume", "stop", "mark"],
  });
  assert.match(status.line, /^2.5s of 10s {2}request 10\/s \(target 10\/s\)/);
  assert.equal(await asked(conducted, { kind: "pause" }), "paused");
  await clock.advance(500);
  assert.match(steering.status().line, /^3s of 10.5s {2}paused 500ms/);
  assert.equal(steering.status().state, "paused");
  assert.equal(await asked(conducted, { kind: "stop" }), "stopped");
  await clock.advance(0);
  assert.equal(await conducted.exitCode, 0);
  assert.equal(steering.status().state, "over");
  assert.equal(await asked(conducted, { kind: "mark", text: "late" }), "refused: The load is over");
});

Deno.test("a changed rate is in force at once, and what was asked for is the integral of all rates", async () => {
  await using conducted = new Conducted(loadOf(open(constant(10))), { duration: ["8s"] });
  const { clock, steering } = conducted;
  await clock.advance(4_000);
  assert.equal(await asked(conducted, { kind: "rate", ratePerSec: 30 }), "rate 10/s -> 30/s");
  assert.equal(steering.status().targetRatePerSec, 30);
  await clock.advance(2_000);
  assert.match(steering.status().line, /request 30\/s \(target 30\/s\)/);
  assert.equal(await asked(conducted, { kind: "rate", ratePerSec: 5 }, "page"), "rate 30/s -> 5/s");
  await clock.advance(2_100);
  assert.equal(await conducted.exitCode, 0);
  const { arrivals, validity, changes, marks, summary } = conducted.report;
  assert.deepEqual(arrivals, {
    targetPerSec: (4 * 10 + 2 * 30 + 2 * 5) / 8,
    achievedPerSec: summary.operations[0]!.total / 8,
    sent: summary.operations[0]!.total,
    spanMs: 8_000,
  });
  assert.ok(Math.abs(arrivals!.sent - 110) <= 1, `${arrivals!.sent}`);
  assert.deepEqual(validity.reasons, []);
  assert.deepEqual(changes.map(({ atMs, what, by }) => [atMs, what, by]), [
    [4_000, "rate 10/s -> 30/s", "ctl"],
    [6_000, "rate 30/s -> 5/s", "page"],
  ]);
  assert.deepEqual(marks, [
    { atMs: 4_000, label: "rate 10/s -> 30/s by ctl" },
    { atMs: 6_000, label: "rate 30/s -> 5/s by page" },
  ]);
  assert.match(conducted.stderr, /^rate 10\/s -> 30\/s by ctl$/m);
  assert.match(conducted.stdout, /4s\s+rate 10\/s -> 30\/s\s+ctl/);
});

Deno.test("a pause is no time of the load: not of its duration, its rates or its judgement", async () => {
  const flags = {
    duration: ["6s"],
    threshold: ["request.rate >= 9/s over 2s", "request.count >= 60", "request.rate >= 10/s"],
  };
  await using conducted = new Conducted(loadOf(open(constant(10))), flags);
  const { clock } = conducted;
  await clock.advance(2_050);
  assert.equal(await asked(conducted, { kind: "pause" }), "paused");
  assert.equal(await asked(conducted, { kind: "pause" }), "paused"); // is so already
  await clock.advance(30_000);
  assert.equal(await asked(conducted, { kind: "resume" }, "key"), "resumed");
  assert.equal(await asked(conducted, { kind: "resume" }), "resumed");
  await clock.advance(3_900);
  assert.equal(conducted.isOver, false);
  await clock.advance(100);
  assert.equal(await conducted.exitCode, 0, conducted.stdout);
  const { report } = conducted;
  assert.deepEqual(report.findings.map(({ verdict, observed }) => [verdict, observed]), [
    // Of the first second and a bit after the pause.
    ["pass", "9.74/s"],
    ["pass", "60"],
    ["pass", "10/s"],
    ["pass", "0"],
  ]);
  assert.deepEqual(report.arrivals, {
    targetPerSec: 10,
    achievedPerSec: 10,
    sent: 60,
    spanMs: 6_000,
  });
  assert.deepEqual(report.validity, { level: "valid", reasons: [] });
  assert.equal(report.summary.measuredMs, 6_000);
  assert.equal(report.end?.atMs, 36_000);
  const [load] = report.stages;
  assert.deepEqual([load!.startMs, load!.endMs, load!.pausedMs], [0, 36_000, 30_000]);
  assert.deepEqual(report.changes.map(({ atMs, untilMs, what }) => [atMs, untilMs, what]), [
    [2_050, 32_050, "paused 30s"],
  ]);
});

Deno.test("a pause in the warm-up leaves as much of it, and a rate that is asked for in a pause comes after it", async () => {
  const flags = { duration: ["2s"], warmup: ["2s"] };
  await using conducted = new Conducted(loadOf(open(constant(10))), flags);
  const { clock } = conducted;
  await clock.advance(500);
  await asked(conducted, { kind: "pause" });
  await clock.advance(5_000);
  assert.equal(await asked(conducted, { kind: "rate", ratePerSec: 20 }), "rate 10/s -> 20/s");
  await clock.advance(5_000);
  await asked(conducted, { kind: "resume" });
  await clock.advance(3_500);
  await clock.advance(10);
  await conducted.exitCode;
  const [warmUp, load] = conducted.report.stages;
  assert.deepEqual([warmUp!.startMs, warmUp!.endMs, warmUp!.pausedMs], [0, 12_000, 10_000]);
  assert.deepEqual([load!.startMs, load!.endMs, load!.pausedMs], [12_000, 14_000, 0]);
  assert.deepEqual(load!.arrivals, {
    targetPerSec: 20,
    achievedPerSec: 20,
    sent: 40,
    spanMs: 2_000,
  });
  assert.deepEqual(load!.validity.reasons, []);
});

Deno.test("workers are added and taken away while a closed load goes", async () => {
  await using conducted = new Conducted(loadOf(CLOSED), { duration: ["4s"] });
  const { clock, steering } = conducted;
  await clock.advance(1_000);
  assert.deepEqual([steering.status().workers, steering.status().targetRatePerSec], [2, null]);
  assert.equal(await asked(conducted, { kind: "scale", workers: 6 }), "workers 2 -> 6");
  await clock.advance(1_999);
  assert.equal(steering.status().workers, 6);
  assert.equal(await asked(conducted, { kind: "scale", workers: 1 }), "workers 6 -> 1");
  await clock.advance(1_100);
  await conducted.exitCode;
  // 10 iterations a second of each: 20, twice 60, and 10 of the one that stays.
  assert.equal(conducted.report.summary.operations[0]!.total, 150);
});

Deno.test("a load says in one line what it has not, and what it can be asked for instead", async () => {
  const ramp = { ...open(poisson(10)), changes: undefined };
  const refused = async (plan: Partial<RunPlan>, change: Change) => {
    await using conducted = new Conducted(plan, { duration: ["2s"] });
    await conducted.clock.advance(500);
    const answer = await asked(conducted, change);
    await conducted.clock.advance(2_000);
    await conducted.exitCode;
    return answer;
  };
  const rate = { kind: "rate", ratePerSec: 5 } as const;
  assert.equal(
    await refused(loadOf(CLOSED), rate),
    "refused: There is no rate that could be changed of this load (closed, 2 workers): " +
      "it can be asked for scale, pause, resume, stop or mark",
  );
  assert.equal(
    await refused({ ...loadOf(ramp), model: "watchers", changes: undefined }, { kind: "pause" }),
    "refused: There is no pause of this load (watchers): it can be asked for stop or mark",
  );
  assert.equal(
    await refused(loadOf(open(constant(10))), { kind: "scale", workers: 3 }),
    "refused: There is no number of workers that could be changed of this load " +
      "(open, constant:10/s): it can be asked for rate, pause, resume, stop or mark",
  );
  assert.match(
    await refused(loadOf(open(constant(10))), { kind: "rate", ratePerSec: 1e12 }),
    /^refused: Cannot use 1.*\/s as the rate: expected more than 0 and at most 1000000$/,
  );
  assert.equal(
    await refused(loadOf(CLOSED), { kind: "scale", workers: 1e9 }),
    "refused: Cannot use 1000000000 workers: expected 1 to 100000",
  );
});

Deno.test("before its load has begun a run can only be stopped", async () => {
  await using conducted = new Conducted({
    ...loadOf(CLOSED),
    instrument: (run) => run.clock.sleepUntil(Infinity, run.stopping),
  });
  await conducted.clock.settle();
  assert.equal(conducted.steering.status().state, "preparing");
  assert.equal(await asked(conducted, { kind: "pause" }), "refused: The load has not begun yet");
  assert.equal(await asked(conducted, { kind: "stop" }), "stopped");
  assert.equal(await conducted.exitCode, 4);
});

Deno.test("a stop is judged as the end of a duration is, also of a paused run, and marks are in the charts", async () => {
  await using conducted = new Conducted(loadOf(open(constant(10))), { duration: ["1h"] });
  const { clock } = conducted;
  await clock.advance(1_000);
  assert.equal(await asked(conducted, { kind: "mark", text: "deployed" }), "mark deployed");
  await clock.advance(1_000);
  await asked(conducted, { kind: "pause" });
  await clock.advance(5_000);
  await asked(conducted, { kind: "stop" }, "page");
  assert.equal(await conducted.exitCode, 0);
  const { end, arrivals, changes, marks } = conducted.report;
  assert.deepEqual(end, { reason: "stopped", atMs: 7_000 });
  assert.deepEqual(arrivals, { targetPerSec: 10, achievedPerSec: 10, sent: 20, spanMs: 2_000 });
  assert.deepEqual(changes.map(({ what }) => what), ["mark deployed", "paused 5s", "stopped"]);
  assert.deepEqual(marks[0], { atMs: 1_000, label: "deployed" });
});

Deno.test("a change waits for who follows it, the next one for that, and a stop for nobody", async () => {
  await using conducted = new Conducted(loadOf(open(constant(10))), { duration: ["1h"] });
  const { clock, steering } = conducted;
  const events: string[] = [];
  const forwarded = Promise.withResolvers<void>();
  const leave = steering.onChange(async (change, by) => {
    events.push(`forward ${change.kind} of ${by}`);
    await forwarded.promise;
  });
  await clock.advance(1_000);
  const changes = [
    steering.change({ kind: "rate", ratePerSec: 20 }, "ctl"),
    steering.change({ kind: "pause" }, "key"),
  ].map((change) => change.then((text) => events.push(text)));
  await clock.advance(500);
  assert.deepEqual(events, ["forward rate of ctl"]);
  assert.equal(steering.status().targetRatePerSec, 10);
  forwarded.resolve();
  await Promise.all(changes);
  assert.deepEqual(events, [
    ...["forward rate of ctl", "rate 10/s -> 20/s", "forward pause of key", "paused"],
  ]);
  leave();
  steering.onChange(() => Promise.reject(new CannotChangeError("one of them is away")));
  assert.equal(await asked(conducted, { kind: "resume" }), "refused: one of them is away");
  assert.equal(steering.status().state, "paused");
  assert.match(await asked(conducted, { kind: "stop" }), /^refused/);
  await clock.advance(10);
  await conducted.exitCode;
  assert.equal(conducted.report.end?.reason, "stopped");
});
