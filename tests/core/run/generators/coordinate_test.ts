/** A run whose load several generators put on, from their start to one report. @module */

import assert from "node:assert/strict";
import type { GeneratorLine } from "../../../../core/generators/line.ts";
import { CannotRunError } from "../../../../core/errors.ts";
import { buildReport } from "../../../../core/report/build_report.ts";
import type { Report } from "../../../../core/report/report.ts";
import type { RunPlan } from "../../../../core/run/run_plan.ts";
import { runStage } from "../../../../core/run/run_stage.ts";
import { openRunDirectory } from "../../../../core/run_log/run_directory.ts";
import { Divided, openLoad } from "./divided.ts";

function request({ summary }: Report) {
  const [operation] = summary.operations;
  assert.ok(operation !== undefined);
  return operation;
}

const OPEN = { targetRatePerSec: 10, instrument: openLoad(10) };
const FIVE_SECONDS = { duration: ["5s"] };

Deno.test("generators put on one load together, and one report tells of it", async () => {
  const seen: number[] = [];
  await using run = new Divided(
    { ...OPEN, instrument: openLoad(10, { seen: (index) => seen.push(index) }) },
    { count: 3, flags: FIVE_SECONDS },
  );
  assert.equal(await run.ends(), 0, run.stderr);
  const { report } = run;
  assert.equal(report.verdict, "pass");
  assert.equal(request(report).total, seen.length);
  assert.deepEqual(seen.toSorted((one, other) => one - other), seen.map((_, index) => index));
  assert.deepEqual(report.end, { reason: "duration", atMs: 5_000 });
  assert.deepEqual(report.manifest.generators, { kind: "processes", count: 3, found: {} });
  assert.deepEqual(report.generators.map(({ total, lateMs }) => [total, lateMs]), [
    [17, 0],
    [17, 0],
    [16, 0],
  ]);
  const rebuilt = await buildReport(openRunDirectory(run.path));
  assert.deepEqual(JSON.parse(JSON.stringify(rebuilt)), report);
});

Deno.test("an amount of work is divided, and the run ends when the last of it is done", async () => {
  await using run = new Divided(
    { ...OPEN, instrument: openLoad(10, { maxIterations: 25 }) },
    { count: 4 },
  );
  assert.equal(await run.ends(), 0, run.stderr);
  assert.equal(request(run.report).total, 25);
  assert.deepEqual(run.report.end, { reason: "limit", atMs: 2_405 });
});

Deno.test("lines that come twice count once", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: FIVE_SECONDS,
    carry(line, arrive) {
      arrive(line);
      arrive(structuredClone(line));
    },
  });
  assert.equal(await run.ends(), 0, run.stderr);
  assert.equal(request(run.report).total, 50);
});

/** The first one with an interval that ends that late. */
function isWithSecond(line: GeneratorLine, endMs: number): boolean {
  return line.told.type === "records" &&
    line.told.records.some((one) => one.type === "interval" && one.interval.endMs === endMs);
}

Deno.test("a line that never comes is named with its second, and nothing passes without it", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: FIVE_SECONDS,
    carry(line, arrive) {
      if (line.generator === 1 && isWithSecond(line, 3_000)) return;
      arrive(line);
    },
  });
  assert.equal(await run.ends(), 4, run.stderr);
  const { report } = run;
  assert.equal(report.verdict, "inconclusive");
  assert.equal(request(report).total, 45);
  assert.deepEqual(report.generators.map(({ missing }) => missing), [[], [{
    fromMs: 2_000,
    untilMs: 3_000,
    why: "1 of its lines are missing",
  }]]);
  const found = report.findings.find(({ subject }) => subject.includes("arrived"));
  assert.equal(found?.verdict, "inconclusive");
  assert.match(found?.reason ?? "", /1s of generator 1/);
  assert.equal(report.generators[1]?.validity.level, "degraded");
});

Deno.test("where lines are missing, the place of the generators says why", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: FIVE_SECONDS,
    carry(line, arrive) {
      if (line.generator === 0 && isWithSecond(line, 4_000)) return;
      arrive(line);
    },
  });
  await run.clock.advance(1_500);
  run.host.gap(0, "its log was cut, and nothing was lost");
  await run.clock.advance(2_000);
  run.host.gap(0, "its log was rotated");
  assert.equal(await run.ends(), 4, run.stderr);
  assert.deepEqual(run.report.generators[0]?.missing, [
    { fromMs: 3_000, untilMs: 4_000, why: "its log was rotated" },
  ]);
});

Deno.test("a generator that is killed amid the load is named with its moment and its share", async () => {
  await using run = new Divided(OPEN, { count: 4, flags: FIVE_SECONDS });
  await run.clock.advance(2_500);
  run.host.kill(2);
  assert.equal(await run.ends(), 4, run.stderr);
  const { report } = run;
  assert.match(run.stderr, /WARNING: Generator 2 is lost \(killed by SIGKILL\)/);
  assert.equal(report.verdict, "inconclusive");
  assert.deepEqual(report.end?.reason, "duration");
  const { lost, validity } = report.generators[2]!;
  assert.deepEqual([lost?.why, validity.level], ["killed by SIGKILL", "degraded"]);
  assert.ok(lost!.atMs > 2_000 && lost!.atMs < 3_000, `${lost?.atMs}`);
  assert.notEqual(report.validity.level, "valid");
  assert.ok(
    report.validity.reasons.some((one) => /^Generator 2: It was lost at .* 1 of 4/.test(one)),
    report.validity.reasons.join("\n"),
  );
  assert.deepEqual(report.generators.map(({ index, lost }) => lost === null ? index : "lost"), [
    0,
    1,
    "lost",
    3,
  ]);
});

Deno.test("a generator that says nothing any more counts as lost, and nobody waits for it", async () => {
  let isSilent = false;
  const ends = { ...OPEN, instrument: openLoad(10, { maxIterations: 100 }) };
  await using run = new Divided(ends, {
    count: 2,
    planOf: (index) => index === 1 ? OPEN : ends,
    carry(line, arrive) {
      if (line.generator !== 1 || !isSilent) arrive(line);
    },
  });
  await run.clock.advance(4_000);
  isSilent = true;
  assert.equal(await run.ends(), 4, run.stderr);
  assert.equal(run.report.generators[1]?.lost?.why, "nothing was heard of it for 30s");
});

Deno.test("whose words wait where it runs has as long as its host says, and is whole then", async () => {
  const held: (() => void)[] = [];
  let isHeld = false;
  await using run = new Divided(OPEN, {
    count: 2,
    silenceMs: 120_000,
    flags: { duration: ["90s"] },
    carry(line, arrive) {
      if (isHeld) held.push(() => arrive(line));
      else arrive(line);
    },
  });
  await run.clock.advance(4_000);
  isHeld = true;
  await run.clock.advance(60_000);
  assert.match(
    run.stderr,
    /nothing is heard of generators 0 and 1, which is waited for up to 2m0s/,
  );
  isHeld = false;
  held.splice(0).forEach((arrive) => arrive());
  assert.equal(await run.ends(), 0, run.stderr);
  assert.equal(request(run.report).total, 900);
  assert.doesNotMatch(run.stderr, /lost/);
});

Deno.test("clocks that are far apart or not well known are named before the load", async () => {
  const clocks = [
    { offsetMs: 20, boundMs: 30 },
    { offsetMs: -3_200, boundMs: 10 },
    { offsetMs: 0, boundMs: 300 },
  ];
  await using run = new Divided(OPEN, {
    count: 3,
    flags: FIVE_SECONDS,
    clockOf: (index) => clocks[index]!,
  });
  await run.ends();
  assert.deepEqual(run.report.warnings.filter(({ code }) => code === "clocks"), [
    {
      code: "clocks",
      message: "Clocks are far apart: that of generator 1 is 3.2s ahead of the coordinator's; " +
        "all begin together nevertheless, but times of day in logs do not match",
    },
    {
      code: "clocks",
      message: "Clocks could not be compared closely: generator 2 may begin up to 300ms before " +
        "or after the others",
    },
  ]);
});

Deno.test("one that is heard again after that was there all the time", async () => {
  const held: (() => void)[] = [];
  let isHeld = false;
  await using run = new Divided(OPEN, {
    count: 2,
    flags: { duration: ["60s"] },
    carry(line, arrive) {
      if (line.generator === 1 && isHeld) held.push(() => arrive(line));
      else arrive(line);
    },
  });
  await run.clock.advance(4_000);
  isHeld = true;
  await run.clock.advance(40_000);
  assert.match(run.stderr, /Generator 1 is lost \(nothing was heard/);
  isHeld = false;
  held.splice(0).forEach((arrive) => arrive());
  assert.equal(await run.ends(), 0, run.stderr);
  assert.match(run.stderr, /Generator 1 is heard again/);
  assert.equal(request(run.report).total, 600);
  assert.equal(run.report.generators[1]?.lost, null);
});

Deno.test("when all of them are lost the run has failed, with what was measured", async () => {
  await using run = new Divided(OPEN, { count: 2, flags: FIVE_SECONDS });
  await run.clock.advance(2_500);
  run.host.kill(0);
  run.host.kill(1);
  assert.equal(await run.ends(), 1);
  assert.match(run.stderr, /All generators were lost/);
  assert.equal(run.report.end?.reason, "failed");
  assert.ok(request(run.report).total >= 20);
});

async function refused(run: Divided): Promise<string> {
  const error = await run.ends().then(() => assert.fail("it ran"), (thrown) => thrown);
  assert.throws(() => Deno.statSync(run.path), Deno.errors.NotFound);
  return `${error.name}: ${error.message}`;
}

/** It never gets ready. */
const waits: RunPlan["instrument"] = (run) => run.clock.sleepUntil(Infinity, run.stopping);

Deno.test("a generator that is killed before it is ready ends the run before any load", async () => {
  await using run = new Divided({ ...OPEN, instrument: waits }, { count: 2 });
  await run.clock.advance(500);
  run.host.kill(1);
  assert.equal(
    await refused(run),
    "CannotRunError: Generator 1 cannot begin: killed by SIGKILL",
  );
  run.host.orders.forEach(({ what }) => assert.notEqual(what.type, "begin"));
});

Deno.test("one that takes its place before the load is waited for", async () => {
  let hangs = true;
  await using run = new Divided(OPEN, {
    count: 2,
    flags: FIVE_SECONDS,
    planOf: (index, plan) => ({
      ...plan,
      instrument: index === 1 && hangs ? waits : plan.instrument!,
    }),
  });
  await run.clock.advance(500);
  run.host.kill(1, true);
  hangs = false;
  run.host.begin(1);
  assert.equal(await run.ends(), 0, run.stderr);
  assert.equal(request(run.report).total, 50);
});

Deno.test("one that takes its place amid the load finds none for itself", async () => {
  await using run = new Divided(OPEN, { count: 2, flags: FIVE_SECONDS });
  await run.clock.advance(2_500);
  const old = run.host.orders;
  run.host.kill(1);
  run.host.begin(1);
  old.forEach((order) => run.host.generators[1]!.inbox.receive(order));
  assert.equal(await run.ends(), 4, run.stderr);
  const lives = run.host.lines.filter(({ generator }) => generator === 1);
  const later = lives.filter(({ life }) => life !== lives[0]!.life).map(({ told }) => told);
  assert.match(JSON.stringify(later), /had begun without it/);
  assert.ok(later.every(({ type }) => type !== "begun"));
});

Deno.test("who is not ready in time is named", async () => {
  await using run = new Divided(OPEN, {
    count: 3,
    flags: { "generators-timeout": ["20s"] },
    planOf: (index, plan) => index === 1 ? { ...plan, instrument: waits } : plan,
  });
  assert.equal(
    await refused(run),
    "CannotRunError: Cannot begin: generator 1 not ready within 20s (--generators-timeout)",
  );
});

Deno.test("what keeps a generator from beginning is the run's reason, once", async () => {
  const instrument = () => Promise.reject(new CannotRunError("Cannot reach https://host"));
  await using run = new Divided({ ...OPEN, instrument }, { count: 3 });
  assert.equal(
    await refused(run),
    "CannotRunError: Generator 0 cannot begin: Cannot reach https://host",
  );
});

Deno.test("what breaks the load of one ends the load of all, and is told", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: FIVE_SECONDS,
    planOf: (index, plan) =>
      index === 0 ? plan : {
        ...plan,
        async instrument(one) {
          await one.begin();
          await one.clock.sleepUntil(one.clock.now() + 2_000);
          throw new Error("no memory");
        },
      },
  });
  assert.equal(await run.ends(), 1);
  assert.match(run.stderr, /scaletool: generator 1: no memory/);
  assert.equal(run.report.end?.reason, "failed");
  assert.equal(request(run.report).total, 11); // those of the other one, in two seconds
});

Deno.test("Ctrl-C ends the load of all in order; once more cuts off what is in flight", async () => {
  for (const times of [1, 2]) {
    await using run = new Divided({ ...OPEN, instrument: openLoad(10, { takesMs: () => 3_000 }) }, {
      count: 2,
    });
    await run.clock.advance(4_000);
    for (let time = 0; time < times; time++) run.signal("SIGINT");
    assert.equal(await run.ends(), 130, run.stderr);
    const types = run.host.orders.map(({ what }) => what.type);
    assert.deepEqual(types, ["begin", "stop", "abort"].slice(0, times + 1));
    const { ok, cancelled } = request(run.report);
    assert.deepEqual([ok > 20, cancelled > 0], [times === 1, times === 2], `${ok} ${cancelled}`);
  }
});

Deno.test("Ctrl-C before all are ready ends the run without a load", async () => {
  await using run = new Divided({ ...OPEN, instrument: waits }, { count: 2 });
  await run.clock.advance(1_000);
  run.signal("SIGINT");
  assert.equal(await run.ends(), 130, run.stderr);
  assert.ok(run.host.orders.every(({ what }) => what.type !== "begin"));
  assert.deepEqual(run.report.summary.operations, []);
});

Deno.test("what all say is said once; what some say is said of these", async () => {
  await using run = new Divided(OPEN, {
    count: 3,
    flags: FIVE_SECONDS,
    planOf: (index, plan) => ({
      ...plan,
      async instrument(one, say) {
        say("all is well");
        if (index > 0) say("the disk is slow");
        one.warn("old", "The server is old");
        if (index === 1) one.warn("lag", "The clock is late");
        one.addFact("version", "1.2");
        one.addFact("node", `n${Math.min(index, 1)}`);
        await plan.instrument!(one, say);
        one.addFinding({
          subject: "order",
          verdict: "pass",
          observed: index === 2 ? "2" : "1",
          limit: "1",
          reason: "",
        });
      },
    }),
  });
  assert.equal(await run.ends(), 0, run.stderr);
  const { warnings, manifest, findings } = run.report;
  assert.deepEqual(warnings.map(({ message }) => message), [
    "The server is old",
    "Of generator 1: The clock is late",
  ]);
  const { version, ...others } = manifest.facts;
  assert.equal(version, "1.2");
  assert.deepEqual(others, {
    "node (generator 0)": "n0",
    "node (generators 1 and 2)": "n1",
  });
  assert.equal(run.stderr.match(/all is well/g)?.length, 1);
  assert.match(run.stderr, /^generators 1 and 2: the disk is slow$/m);
  const subjects = findings.map(({ subject }) => subject).filter((one) => /^order/.test(one));
  assert.deepEqual(subjects.sort(), ["order (generator 2)", "order (generators 0 and 1)"]);
});

Deno.test("a load that is one piece is refused to several generators, before anything is made", async () => {
  const plan = { ...OPEN, isDivisible: false };
  await using run = new Divided(plan, { count: 2 });
  assert.match(await refused(run), /^UsageError: --processes 2: this load is one piece/);
  await using one = new Divided(plan, { count: 1, flags: FIVE_SECONDS });
  assert.equal(await one.ends(), 0, one.stderr);
});

Deno.test("stages that one generator begins are those of the run", async () => {
  await using run = new Divided({
    isStaged: true,
    isDivisible: false,
    defaultThresholds: [],
    async instrument(one) {
      for (const [index, name] of ["first", "second"].entries()) {
        const stage = { name, kind: "measured", level: null, targetRatePerSec: null } as const;
        await runStage(one, { ...stage, durationMs: 2_000 }, async (stage) => {
          await stage.begin();
          for (let turn = 0; turn <= index; turn++) {
            const dueMs = one.clock.now();
            await one.clock.sleepUntil(dueMs + 500);
            const times = { dueMs, sentMs: dueMs, doneMs: one.clock.now() };
            one.recorder.record({ op: "request", ...times, outcome: { kind: "ok" } });
          }
          await one.clock.sleepUntil(Infinity, stage.stopping);
        });
      }
    },
  }, { count: 1 });
  assert.equal(await run.ends(), 4, run.stderr);
  assert.deepEqual(
    run.report.stages.map(({ name, startMs, endMs, summary }) => [
      name,
      startMs,
      endMs,
      summary.operations[0]?.total,
    ]),
    [["first", 0, 2_000, 1], ["second", 2_000, 4_000, 2]],
  );
  assert.match(run.stderr, /^first: 1 request in 2s/m);
});
