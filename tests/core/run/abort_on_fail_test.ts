import assert from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";
import type { Run } from "../../../core/run/run.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import { runStage } from "../../../core/run/run_stage.ts";
import { Conducted } from "./conducted.ts";

const PER_SECOND = 20;

/** Requests at a fixed rate until it is stopped; how long each takes is of its due time. */
function requests(tookMs: (dueMs: number) => number): RunPlan["instrument"] {
  return async (run) => {
    run.begin();
    await load(run, tookMs);
  };
}

async function load(
  scope: Pick<Run, "clock" | "stopping" | "startMs" | "recorder">,
  tookMs: (dueMs: number) => number,
): Promise<void> {
  const answers: Promise<void>[] = [];
  for (let n = 0; !scope.stopping.aborted; n++) {
    const dueMs = scope.startMs + n * 1_000 / PER_SECOND;
    await scope.clock.sleepUntil(dueMs, scope.stopping);
    if (scope.stopping.aborted) break;
    scope.recorder.observeMs("schedulingLag", 0, { atMs: dueMs, sinceMs: dueMs });
    answers.push(answer(dueMs));
  }
  await Promise.all(answers);

  async function answer(dueMs: number): Promise<void> {
    const doneMs = dueMs + tookMs(dueMs - scope.startMs);
    await scope.clock.sleepUntil(doneMs);
    const sample = {
      op: "request",
      dueMs,
      sentMs: dueMs,
      doneMs,
      outcome: { kind: "ok" },
    } as const;
    scope.recorder.record(sample);
  }
}

const slowFrom = (fromMs: number) => (dueMs: number) => dueMs < fromMs ? 5 : 300;

/** Flags of a run that one threshold may end. */
function aborting(threshold: string, flags: Record<string, string[]> = {}) {
  return { "abort-on-fail": ["true"], duration: ["2m"], threshold: [threshold], ...flags };
}

/** How it ended, once it is over. */
async function ended(run: Conducted) {
  await run.clock.advance(130_000);
  const exitCode = await run.exitCode;
  const { end, verdict, findings, warnings, marks } = run.report;
  return {
    exitCode,
    end: end?.reason,
    seconds: Math.round((end?.atMs ?? 0) / 1_000),
    verdict,
    findings,
    codes: warnings.map(({ code }) => code),
    marks: marks.map(({ label }) => label),
  };
}

Deno.test("a threshold that fails for sure ends the run, which is judged, cleaned and fails with it", async () => {
  const steps: string[] = [];
  const instrument: RunPlan["instrument"] = async (run, say) => {
    run.defer("objects", () => Promise.resolve(void steps.push("undone")));
    run.stopping.addEventListener("abort", () => steps.push(`stopped: ${run.end?.reason}`));
    await requests(slowFrom(20_000))(run, say);
  };
  await using run = new Conducted({ instrument }, aborting("request.p95 < 100ms"));
  const { findings, ...rest } = await ended(run);
  assert.deepEqual(rest, {
    exitCode: 3,
    end: "threshold",
    seconds: 22,
    verdict: "fail",
    codes: ["ended-by-threshold"],
    marks: ["failed: request.p95 < 100ms"],
  });
  assert.deepEqual(steps, ["stopped: threshold", "undone"]);
  const finding = findings.find(({ subject }) => subject === "request.p95 < 100ms");
  assert.deepEqual(finding, {
    subject: "request.p95 < 100ms",
    verdict: "fail",
    observed: "300ms",
    limit: "100ms",
    reason: "300ms is not < 100ms, after 22s of judged load, which ended the run",
  });
  assert.equal(findings.length, 2, "beside the default one");
  assert.match(
    run.stderr,
    /^WARNING: The run was ended early \(--abort-on-fail\).*p95.*\(300ms\)/m,
  );
});

Deno.test("what waits for slow answers was sent: an open load is not short of it while it goes on", async () => {
  const instrument = requests((dueMs) => dueMs < 5_000 ? 5 : 4_000);
  const given = aborting("request.p50 < 1s");
  await using run = new Conducted({ instrument, targetRatePerSec: PER_SECOND }, given);
  const { end, seconds, exitCode } = await ended(run);
  assert.deepEqual([end, seconds, exitCode], ["threshold", 16, 3]);
});

Deno.test("without --abort-on-fail it goes on to its end and fails then", async () => {
  const instrument = requests(slowFrom(0));
  const flags = { duration: ["2m"], threshold: ["request.p95 < 100ms"] };
  await using run = new Conducted({ instrument }, flags);
  const { end, exitCode } = await ended(run);
  assert.deepEqual([end, exitCode], ["duration", 3]);
});

const DELAYS = [[{}, 10], [{ warmup: ["30s"] }, 40], [{ "abort-delay": ["3s"] }, 3], [
  { "abort-delay": ["25s"], warmup: ["7s"] },
  32,
]] as const;
for (const [flags, seconds] of DELAYS) {
  Deno.test(`what fails from the start ends the run with ${JSON.stringify(flags)} after ${seconds} s: a warm-up is no judged load`, async () => {
    const given = aborting("request.p50 < 100ms", flags as Record<string, never>);
    await using run = new Conducted({ instrument: requests(slowFrom(0)) }, given);
    assert.equal((await ended(run)).seconds, seconds);
  });
}

Deno.test("the delay of a threshold with `after` begins where its load does", async () => {
  const given = aborting("request.p50 < 100ms after 30s");
  await using run = new Conducted({ instrument: requests(slowFrom(0)) }, given);
  assert.equal((await ended(run)).seconds, 40);
});

Deno.test("one slow answer of a few ends no run: chance may have made it", async () => {
  const once = (dueMs: number) => dueMs >= 5_000 && dueMs < 5_150 ? 300 : 5;
  const given = aborting("request.p99 < 100ms", { duration: ["12s"] });
  await using run = new Conducted({ instrument: requests(once) }, given);
  const { end, exitCode } = await ended(run);
  assert.deepEqual([end, exitCode], ["duration", 3], "it fails all the same");
});

Deno.test("no data, too few values and what may still come end no run", async () => {
  const flags = {
    ...aborting(""),
    threshold: [
      ...["other.p99 < 1ms", "request.p99.9999 < 1ms", "request.count >= 100000"],
      ...["request.rate > 50/s", "request.p50 < 1ms over 10m"],
    ],
  };
  await using run = new Conducted({ instrument: requests(slowFrom(0)) }, flags);
  const { end, exitCode } = await ended(run);
  assert.deepEqual([end, exitCode], ["duration", 3], "two of them fail at the end");
});

Deno.test("a run whose generator was unfit is not ended", async () => {
  const instrument: RunPlan["instrument"] = async (run, say) => {
    // A thread that is half a second late all the time.
    run.begin();
    run.recorder.observeMs("loopLag", 500, { atMs: run.clock.now(), tags: { thread: "1" } });
    await requests(slowFrom(0))(run, say);
  };
  await using run = new Conducted({ instrument }, aborting("request.p50 < 100ms"));
  const { end, exitCode } = await ended(run);
  assert.deepEqual([end, exitCode], ["duration", 4]);
  assert.equal(run.report.validity.level, "invalid");
});

Deno.test("a window over the limit ends the run as soon as it is full", async () => {
  const given = aborting("request.max < 100ms over 5s");
  const burst = (dueMs: number) => dueMs >= 30_000 && dueMs < 30_500 ? 300 : 5;
  await using run = new Conducted({ instrument: requests(burst) }, given);
  const { end, seconds, findings } = await ended(run);
  assert.equal(end, "threshold");
  assert.ok(seconds > 30 && seconds <= 35, `${seconds}`);
  assert.match(findings[0]!.reason, /which ended the run/);
});

Deno.test("what a run sees after its end by a threshold does not unmake the answer", async () => {
  const instrument: RunPlan["instrument"] = async (run, say) => {
    await requests(slowFrom(0))(run, say);
    const dueMs = run.clock.now();
    const sample = { op: "request", dueMs, sentMs: dueMs, doneMs: dueMs + 1 } as const;
    for (let n = 0; n < 10_000; n++) run.recorder.record({ ...sample, outcome: { kind: "ok" } });
  };
  await using run = new Conducted({ instrument }, aborting("request.p50 < 100ms"));
  const { verdict, findings } = await ended(run);
  assert.equal(verdict, "fail");
  assert.deepEqual(
    findings.filter(({ subject }) => subject.includes("p50")).map(({ verdict, observed }) => [
      verdict,
      observed,
    ]),
    [["fail", "300ms"]],
  );
});

Deno.test("a threshold of one stage ends the run in that stage, by the load of that stage", async () => {
  const names = ["one", "two", "three"];
  const instrument: RunPlan["instrument"] = async (run) => {
    for (const name of names) {
      const stage = { name, kind: "measured", level: null, targetRatePerSec: null } as const;
      await runStage(run, { ...stage, durationMs: 30_000 }, async (scope) => {
        scope.begin();
        await load(scope, slowFrom(0));
      });
    }
  };
  const given = aborting("request.p50 < 100ms in two");
  await using run = new Conducted({ instrument, isStaged: true }, given);
  const { end, seconds } = await ended(run);
  assert.deepEqual([end, seconds], ["threshold", 41], "the first one ends with its last answer");
  assert.deepEqual(run.report.stages.map(({ name }) => name), ["one", "two"]);
});

Deno.test("--json-stream tells when a threshold begins to fail and when it holds again", async () => {
  const dip = (dueMs: number) => dueMs >= 3_000 && dueMs < 4_000 ? 300 : 5;
  const flags = { duration: ["12s"], threshold: ["request.p90 < 100ms"], "json-stream": ["true"] };
  await using run = new Conducted({ instrument: requests(dip) }, flags);
  await run.clock.advance(13_000);
  await run.exitCode;
  const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const told = events.filter(({ event }) => event === "threshold");
  assert.deepEqual(told, [
    {
      event: "threshold",
      threshold: "request.p90 < 100ms",
      isFailing: true,
      observed: "300ms",
      limit: "100ms",
      reason: "300ms is not < 100ms",
      atMs: 4_000,
      judgedMs: 4_000,
    },
    {
      event: "threshold",
      threshold: "request.p90 < 100ms",
      isFailing: false,
      observed: "5ms",
      limit: "100ms",
      reason: "",
      atMs: 10_000,
      judgedMs: 10_000,
    },
  ]);
  const before = events[events.findIndex(({ event }) => event === "threshold") - 1];
  assert.equal(before.event, "interval", "the second that it is about comes first");
});

Deno.test("the live line says what fails so far", async () => {
  const given = { duration: ["12s"], threshold: ["request.p90 < 100ms"] };
  await using run = new Conducted({ instrument: requests(slowFrom(0)) }, given);
  await run.clock.advance(13_000);
  await run.exitCode;
  assert.match(run.stderr, /^10s of 12s .* 1 of 2 thresholds failing: request\.p90$/m);
});

const LADDER: Ladder = {
  flag: "lambda",
  unit: "arrivals/s",
  isWhole: false,
  way: { kind: "levels", levels: [1, 2], climbsOn: true },
  settleMs: 0,
  stageDurationMs: 20_000,
  classes: ["healthy", "breaking"],
  pauseMs: 0,
};

const REFUSED: readonly (readonly [
  plan: Partial<RunPlan>,
  flags: Record<string, string[]>,
  says: RegExp,
])[] = [
  [{}, { "abort-delay": ["3s"] }, /--abort-delay goes with --abort-on-fail/],
  [{ defaultThresholds: [] }, { "abort-on-fail": ["true"] }, /needs a --threshold/],
  [{ ladder: LADDER }, { "abort-on-fail": ["true"] }, /about one rung.*in "lambda=1"/],
];
for (const [plan, flags, says] of REFUSED) {
  Deno.test(`what could do nothing is refused before any load: ${says.source}`, async () => {
    await using run = new Conducted(plan, flags);
    await assert.rejects(
      run.exitCode,
      (error) => error instanceof UsageError && says.test(error.message),
    );
    assert.throws(() => run.manifest, Deno.errors.NotFound);
  });
}
