/** Ladders and searches against a server of known capacity, on a clock that only the test moves. @module */

import assert from "node:assert/strict";
import { LADDER_FLAGS } from "../../../core/command/ladder_flags.ts";
import { ladderOf } from "../../../core/command/given_ladder.ts";
import { RUN_FLAGS } from "../../../core/command/run_flags.ts";
import { resolveSettings } from "../../../core/command/settings.ts";
import { OperationFailedError } from "../../../core/errors.ts";
import { uniform } from "../../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../../core/load/executor.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";
import { answerText } from "../../../core/ladder/ladder_result.ts";
import { buildReport } from "../../../core/report/build_report.ts";
import type { Report } from "../../../core/report/report.ts";
import { climb } from "../../../core/run/ladder.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { openRunDirectory } from "../../../core/run_log/run_directory.ts";
import { SlotServer } from "../../support/slot_server.ts";
import { Conducted } from "./conducted.ts";

const MOST_MS = 3_600_000;

/** A ladder as its flags ask for it. */
function ladderFrom(flags: Readonly<Record<string, string>>, start = 10): Ladder {
  const texts = Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]));
  const settings = resolveSettings({ ...LADDER_FLAGS, ...RUN_FLAGS }, {
    command: "driver",
    flags: texts,
    env: () => undefined,
  });
  const climbable = { flag: "lambda", unit: "arrivals/s", isWhole: false, startLevel: start };
  return ladderOf(settings, { climbables: [climbable] })!;
}

interface Target {
  readonly slots: number;
  readonly serviceMs: number;
  /** Requests beyond it fail at once. */
  readonly failsAbove?: number;
}

/** Puts on an open load of this rate. */
async function rung(stage: RunStage, level: number, target: Target): Promise<void> {
  const server = new SlotServer(stage.clock, target);
  const model: LoadModel = {
    kind: "open",
    arrivals: uniform(level),
    maxInFlight: Infinity,
    whenFull: "queue",
    catchUp: "burst",
  };
  stage.begin();
  await execute(stage, {
    workload: {
      name: "request",
      firstOp: "request",
      iterate: (iteration) =>
        iteration.timed(() => {
          if (level > (target.failsAbove ?? Infinity)) {
            throw new OperationFailedError("http-503", "");
          }
          return server.answer(iteration.aborted);
        }, { op: "request" }),
    },
    model,
  });
}

function climbing(
  ladder: Ladder,
  target: Target,
  { flags = {}, plan = {} }: {
    flags?: Readonly<Record<string, readonly string[]>>;
    plan?: Partial<RunPlan>;
  } = {},
): Conducted {
  return new Conducted({
    ladder,
    ...plan,
    instrument: (run) =>
      climb(run, {
        ladder,
        isRate: true,
        rung: (stage, level) => rung(stage, level, target),
      }),
  }, flags);
}

/** Lets time pass until the run is over, which is to be with this exit code. */
async function endsWith(run: Conducted, exitCode: number): Promise<void> {
  for (let ms = 0; ms < MOST_MS && !run.isOver; ms += 10_000) await run.clock.advance(10_000);
  const code = await run.exitCode;
  if (code === exitCode) return;
  const { verdict, ladder, validity, stages, end } = run.report;
  const told = {
    end,
    verdict,
    ladder,
    validity,
    stages: stages.map((stage) => [stage.name, stage.startMs, stage.endMs, stage.validity]),
  };
  assert.fail(
    `exit code ${code}, not ${exitCode}: ${run.stderr}\n${JSON.stringify(told, null, 1)}`,
  );
}

async function rebuilt(run: Conducted): Promise<Report> {
  return JSON.parse(JSON.stringify(await buildReport(openRunDirectory(run.path))));
}

const QUICK = { settle: "1s", "stage-duration": "10s", pause: "1s" };

Deno.test("a ladder climbs until its first rung breaks, and says how far it holds and why", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20,40", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50, failsAbove: 15 });
  await endsWith(run, 0);
  const { report } = run;
  assert.deepEqual(report.stages.map(({ name, kind }) => [name, kind]), [
    ["lambda=5 settle", "preparing"],
    ["lambda=5", "measured"],
    ["lambda=10 settle", "preparing"],
    ["lambda=10", "measured"],
    ["lambda=20 settle", "preparing"],
    ["lambda=20", "measured"],
  ]);
  const { lastGood, firstBad, safeLevel, verdict } = report.ladder!;
  assert.deepEqual([lastGood, firstBad, safeLevel, verdict], [10, 20, 8, "pass"]);
  assert.match(
    answerText(report.ladder!),
    /^holds up to 10 arrivals\/s, breaks at 20 arrivals\/s because it is not healthy: request\.failed\.count <= 0 does not hold, observed \d+; safe load 8 arrivals\/s$/,
  );
  assert.match(run.stderr, /lambda=10: .*: healthy\n/);
  assert.match(
    run.stderr,
    /lambda=20: .*: breaking, not healthy: request\.failed\.count <= 0 does not hold/,
  );
  assert.deepEqual(await rebuilt(run), report);
});

Deno.test("a ladder climbs on after a rung that breaks if told so", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20,40", "climb-on": "true", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50, failsAbove: 5 });
  await endsWith(run, 0);
  const { ladder: result } = run.report;
  assert.deepEqual(result?.rungs.map((rung) => [rung.stage, rung.class]), [
    ["lambda=5", "healthy"],
    ["lambda=10", "breaking"],
    ["lambda=20", "breaking"],
    ["lambda=40", "breaking"],
  ]);
});

Deno.test("classes of the user's own are told apart, and only the worst one ends a ladder", async () => {
  const ladder = ladderFrom({ ladder: "5,39,60,100", ...QUICK });
  const classes = [
    { name: "healthy", holds: ["request.response.p95 < 60ms"] },
    { name: "degraded", holds: ["request.response.p95 < 2s"] },
  ];
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 }, { plan: { classes } });
  await endsWith(run, 0);
  const { ladder: result } = run.report;
  assert.deepEqual(result?.rungs.map((rung) => rung.class), ["healthy", "degraded", "breaking"]);
  assert.deepEqual([result?.lastGood, result?.firstBad], [5, 39]);
  const { baseline, ...climb } = run.report.climb!;
  assert.deepEqual(climb, {
    classes: [{ name: "degraded", from: 39 }, { name: "breaking", from: 60 }],
    safeLevel: 4,
    boundBy: "capacity",
  });
  assert.deepEqual([baseline?.stage, baseline?.okRatio], ["lambda=5", 1]);
  assert.match(
    result?.because ?? "",
    /^not healthy: request\.response\.p95 < 60ms does not hold, observed /,
  );
});

Deno.test("a threshold of one rung is one of the run, and not of its class", async () => {
  const ladder = ladderFrom({ ladder: "5,10", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 }, {
    flags: {
      threshold: ['request.count > 1000 in "lambda=10"', "request.count > 0 in lambda=99"],
    },
  });
  await endsWith(run, 3);
  const { findings, ladder: result } = run.report;
  assert.deepEqual(findings.map(({ verdict, reason }) => [verdict, reason.replace(/^\d+/, "N")]), [
    ["pass", "no limit found; safe load 8 arrivals/s"],
    ["fail", "N is not > 1000"],
    ["inconclusive", "there was no stage lambda=99"],
  ]);
  assert.deepEqual(result?.rungs.map((rung) => rung.class), ["healthy", "healthy"]);
});

Deno.test("a class about failures that the load cannot have is refused before any load", async () => {
  const ladder = ladderFrom({ ladder: "5,10", ...QUICK });
  const classes = [{ name: "healthy", holds: ["request.failed{reason=eviction}.count <= 0"] }];
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 }, { plan: { classes } });
  await assert.rejects(run.exitCode, { name: "UsageError", message: /eviction/ });
});

Deno.test("a ladder of which not even the lowest rung holds fails", async () => {
  const ladder = ladderFrom({ ladder: "5,10", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50, failsAbove: 1 });
  await endsWith(run, 3);
  assert.equal(run.report.findings[0]?.subject, "ladder of lambda");
  assert.match(
    run.report.findings[0]?.reason ?? "",
    /^breaks at 5 arrivals\/s because it is not healthy: /,
  );
});

Deno.test("a rung with too few values leaves open what no higher level has enough for", async () => {
  const flags = { threshold: ["request.response.p99 < 1s"] };
  const few = ladderFrom({ ladder: "4,5", ...QUICK });
  await using open = climbing(few, { slots: 2, serviceMs: 50 }, { flags });
  await endsWith(open, 4);
  assert.match(
    open.report.ladder?.reason ?? "",
    /^lambda=4: healthy or not cannot be told from request\.response\.p99 < 1s: needs 100 values, saw \d+$/,
  );
  const enough = ladderFrom({ ladder: "5,20", ...QUICK });
  await using held = climbing(enough, { slots: 2, serviceMs: 50 }, { flags });
  await endsWith(held, 0);
  assert.deepEqual(held.report.ladder?.rungs.map((one) => one.class), [null, "healthy"]);
});

Deno.test("a stop signal ends a ladder at once, with the rungs that were whole", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 });
  await run.clock.advance(17_000);
  run.signal("SIGINT");
  await endsWith(run, 130);
  const { ladder: result, stages, end } = run.report;
  assert.equal(end?.atMs, 17_000);
  assert.deepEqual(stages.map(({ name }) => name).slice(2), ["lambda=10 settle", "lambda=10"]);
  assert.deepEqual(result?.rungs.map(({ stage }) => stage), ["lambda=5"]);
  assert.deepEqual([result?.verdict, result?.reason], [
    "inconclusive",
    "it was ended before 10 arrivals/s",
  ]);
});

Deno.test("the log of a ladder that was killed tells of the rungs that were whole", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 });
  await run.clock.advance(33_000);
  const { ladder: result, verdict } = await rebuilt(run);
  assert.deepEqual(result?.rungs.map(({ stage }) => stage), ["lambda=5", "lambda=10"]);
  assert.deepEqual([result?.lastGood, result?.verdict, verdict], [
    10,
    "inconclusive",
    "inconclusive",
  ]);
  await endsWith(run, 0);
});

Deno.test("what the target does not answer in time breaks a rung, though nothing fails", async () => {
  const ladder = ladderFrom({ ladder: "10,30,50", ...QUICK });
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 });
  await endsWith(run, 0);
  const { lastGood, firstBad, because } = run.report.ladder!;
  assert.deepEqual([lastGood, firstBad], [30, 50]);
  assert.match(
    because ?? "",
    /^not healthy: answers keep up with arrivals does not hold, observed [\d.]+% unanswered$/,
  );
});

/** Of a target whose owner's limit refuses what is beyond it. */
function limitedClimb(ladder: Ladder, { opens = false } = {}): Conducted {
  const target = { slots: 2, serviceMs: 50 };
  return new Conducted({
    ladder,
    causes: [{ component: "server", sign: "request.failed.count <= 0", because: "it failed" }],
    invariants: ["opened.total <= 0"],
    measures: { counters: [{ name: "opened" }], others: ["request"] },
    instrument: (run) =>
      climb(run, {
        ladder,
        isRate: true,
        async rung(stage, level) {
          await rung(stage, level, { ...target, failsAbove: 8 });
          if (opens) stage.recorder.count("opened", 1, { atMs: stage.clock.now() - 1_000 });
          if (level <= 8) return;
          stage.disqualify({ component: "policy", reason: "half of the answers were 429" });
        },
      }),
  });
}

Deno.test("a rung that its command disqualifies is neither the target's failure nor the generator's", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20", ...QUICK });
  await using run = limitedClimb(ladder);
  await endsWith(run, 4);
  const { report } = run;
  const because = "policy-limited: half of the answers were 429";
  assert.deepEqual(report.ladder?.rungs.map((one) => [one.stage, one.class, one.reason]), [
    ["lambda=5", "healthy", ""],
    ["lambda=10", null, because],
  ]);
  const { verdict, reason, boundBy, lastGood } = report.ladder!;
  assert.deepEqual([verdict, reason, boundBy, lastGood], [
    "inconclusive",
    `lambda=10: ${because}`,
    "policy",
    5,
  ]);
  const limited = report.stages.at(-1)!;
  assert.deepEqual(limited.causes.map(({ component }) => component), ["policy"]);
  assert.equal(limited.validity.level, "valid");
  assert.deepEqual(report.findings.map((finding) => [finding.subject, finding.verdict]), [
    ["ladder of lambda", "inconclusive"],
    ["opened.total <= 0", "pass"],
  ]);
  assert.deepEqual(await rebuilt(run), report);
});

Deno.test("what holds throughout is broken though its rung is no answer", async () => {
  const ladder = ladderFrom({ ladder: "10,20", ...QUICK });
  await using run = limitedClimb(ladder, { opens: true });
  await endsWith(run, 3);
  const { findings, ladder: result } = run.report;
  assert.deepEqual(findings.map(({ subject, verdict }) => [subject, verdict]), [
    ["ladder of lambda", "inconclusive"],
    ["opened.total <= 0", "fail"],
  ]);
  assert.equal(result?.boundBy, "policy");
});

Deno.test("a rung that may end early is whole when its work is done", async () => {
  const ladder = ladderFrom({ ladder: "5,10", ...QUICK });
  await using run = new Conducted({
    ladder,
    instrument: (run) =>
      climb(run, {
        ladder,
        isRate: true,
        mayEndEarly: true,
        async rung(stage, level) {
          void stage.clock.sleepUntil(stage.clock.now() + 4_000).then(() => stage.stop("limit"));
          await rung(stage, level, { slots: 2, serviceMs: 50 });
        },
      }),
  });
  await endsWith(run, 0);
  const { ladder: result, stages } = run.report;
  assert.deepEqual(result?.rungs.map((one) => one.class), ["healthy", "healthy"]);
  assert.deepEqual(
    stages.filter(({ kind }) => kind === "measured").map((one) =>
      Math.round(one.endMs - one.startMs)
    ),
    [3_000, 3_000],
  );
  assert.deepEqual(await rebuilt(run), run.report);
});

Deno.test("a threshold of the user's has to hold in the best class of the command's own", async () => {
  const ladder = ladderFrom({ ladder: "5,10", ...QUICK });
  const classes = [
    { name: "healthy", holds: ["request.response.p95 < 60ms", "request.failed.ratio < 1%"] },
    { name: "degraded", holds: ["request.response.p95 < 2s"] },
  ];
  await using run = climbing(ladder, { slots: 2, serviceMs: 50 }, {
    flags: { threshold: ["request.response.p95 < 10ms"] },
    plan: { classes },
  });
  await endsWith(run, 3);
  assert.deepEqual(run.manifest.classes[0]?.holds, [
    "request.response.p95 < 10ms",
    "request.failed.ratio < 1%",
  ]);
  assert.deepEqual(run.report.ladder?.rungs.map((one) => one.class), ["degraded", "degraded"]);
});

Deno.test("the capacity of a server is found within the tolerance in nine of ten seeds", async () => {
  let found = 0;
  const seen: string[] = [];
  for (let seed = 1; seed <= 10; seed++) {
    const target = { slots: 1 + seed % 4, serviceMs: 40 + 5 * (seed % 3) };
    const ladder = ladderFrom({ "find-max": "true", settle: "2s", "stage-duration": "15s" }, 15);
    await using run = climbing(ladder, target, {
      flags: { seed: [String(seed)], threshold: ["request.response.p95 < 500ms"] },
    });
    await endsWith(run, 0);
    const { lastGood, firstBad } = run.report.ladder!;
    const capacity = target.slots * 1_000 / target.serviceMs;
    const isFound = lastGood !== null && Math.abs(lastGood - capacity) <= 0.05 * capacity;
    if (isFound) found++;
    seen.push(`${capacity.toFixed(1)}: ${lastGood} to ${firstBad}`);
  }
  assert.ok(found >= 9, `${found} of 10 (capacity: edge): ${seen.join("; ")}`);
});
