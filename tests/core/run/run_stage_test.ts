import assert from "node:assert/strict";
import { poisson } from "../../../core/load/arrival.ts";
import { execute } from "../../../core/load/executor.ts";
import { renderCsv } from "../../../core/report/csv.ts";
import { renderHtml } from "../../../core/report/html/page.ts";
import { renderJunit } from "../../../core/report/junit.ts";
import { renderText } from "../../../core/report/text.ts";
import { buildReport } from "../../../core/report/build_report.ts";
import type { Report, StageReport } from "../../../core/report/report.ts";
import type { Run } from "../../../core/run/run.ts";
import { type LoadScope, runStage, type StageSpec } from "../../../core/run/run_stage.ts";
import { openRunDirectory } from "../../../core/run_log/run_directory.ts";
import { Conducted } from "./conducted.ts";

const rung = (level: number, more: Partial<StageSpec> = {}): StageSpec => ({
  name: `workers=${level}`,
  kind: "measured",
  level,
  targetRatePerSec: null,
  settleMs: 2_000,
  durationMs: 10_000,
  ...more,
});

/** Operations that each take so long, by this many workers. */
async function load(scope: LoadScope, { workers, ms }: { workers: number; ms: number }) {
  scope.begin();
  await execute(scope, {
    workload: {
      name: "sleep",
      firstOp: "request",
      iterate: (iteration) =>
        iteration.timed(async () => {
          await scope.clock.sleepUntil(scope.clock.now() + ms, iteration.aborted);
          iteration.aborted.throwIfAborted();
        }, { op: "request" }),
    },
    model: { kind: "closed", workers, thinkMs: 0 },
  });
}

function conducted(instrument: (run: Run) => Promise<void>): Conducted {
  return new Conducted({ isStaged: true, instrument }, { seed: ["7"] });
}

/** The report that is made from what is on disk. */
async function rebuilt(run: Conducted): Promise<Report> {
  return JSON.parse(JSON.stringify(await buildReport(openRunDirectory(run.path))));
}

const boundsOf = ({ name, kind, startMs, endMs }: StageReport) => [name, kind, startMs, endMs];
const totalOf = ({ total }: { readonly total: number }) => total;
const okOf = ({ summary }: StageReport) => summary.operations[0]?.ok ?? 0;

Deno.test("stages follow each other, each with its own figures; what is between counts nowhere", async () => {
  await using run = conducted(async (run) => {
    for (const workers of [1, 2]) {
      await runStage(run, rung(workers), (stage) => load(stage, { workers, ms: 100 }));
      await run.clock.sleepUntil(run.clock.now() + 1_000, run.stopping);
    }
  });
  await run.clock.advance(40_000);
  assert.equal(await run.exitCode, 0, run.stderr);
  const { stages, summary, verdict } = run.report;
  assert.deepEqual(stages.map(boundsOf), [
    ["workers=1 settle", "preparing", 0, 2_000],
    ["workers=1", "measured", 2_000, 12_000],
    ["workers=2 settle", "preparing", 13_000, 15_000],
    ["workers=2", "measured", 15_000, 25_000],
  ]);
  assert.deepEqual(stages.map(okOf), [20, 100, 40, 200]);
  assert.equal(summary.operations[0]?.ok, 300);
  assert.deepEqual(stages.map(({ summary }) => summary.operations[0]?.ratePerSec), [
    10,
    10,
    20,
    20,
  ]);
  const verdicts = stages.map(({ findings }) => findings[0]?.verdict);
  assert.deepEqual(verdicts, [undefined, "pass", undefined, "pass"]);
  assert.equal(verdict, "pass");
  assert.deepEqual(await rebuilt(run), run.report);
});

Deno.test("an operation belongs to the stage in which it was due, whenever it ended", async () => {
  await using run = conducted(async (run) => {
    await runStage(
      run,
      rung(1, { settleMs: 0, durationMs: 1_000 }),
      (stage) => load(stage, { workers: 1, ms: 3_000 }),
    );
    await runStage(
      run,
      rung(2, { settleMs: 0, durationMs: 1_000 }),
      (stage) => load(stage, { workers: 1, ms: 100 }),
    );
  });
  await run.clock.advance(20_000);
  await run.exitCode;
  const [first, second] = run.report.stages;
  assert.deepEqual([first, second].map((stage) => boundsOf(stage!)), [
    ["workers=1", "measured", 0, 1_000],
    ["workers=2", "measured", 3_000, 4_000],
  ]);
  assert.equal(okOf(first!), 1);
  assert.equal(first?.summary.operations[0]?.service?.max, 3_000);
  assert.equal(okOf(second!), 10);
});

Deno.test("what has no answer when a stage and its grace are over is cut off and said of that stage", async () => {
  await using run = conducted(async (run) => {
    await runStage(
      run,
      rung(1, { settleMs: 0, durationMs: 1_000 }),
      (stage) => load(stage, { workers: 1, ms: 60_000 }),
    );
    await runStage(
      run,
      rung(2, { settleMs: 0, durationMs: 1_000 }),
      (stage) => load(stage, { workers: 1, ms: 100 }),
    );
  });
  await run.clock.advance(20_000);
  await run.exitCode;
  const [first, second] = run.report.stages;
  assert.deepEqual(first?.findings.at(-1)?.subject, "all operations answered");
  assert.deepEqual(second?.findings.map(({ subject }) => subject), ["request.failed.count <= 0"]);
  assert.equal(second?.startMs, 6_000);
  assert.ok(!run.report.findings.some(({ subject }) => subject === "all operations answered"));
});

Deno.test("what was sent to get ready counts in the stage, however long before its beginning", async () => {
  await using run = conducted(async (run) => {
    for (const level of [1, 2]) {
      await runStage(run, rung(level, { durationMs: 1_000 }), async (stage) => {
        const dueMs = stage.clock.now();
        await stage.clock.sleepUntil(dueMs + 2_500);
        const doneMs = stage.clock.now();
        stage.recorder.record({
          ...{ op: "connect", dueMs, sentMs: dueMs, doneMs },
          outcome: { kind: "ok" },
        });
        await load(stage, { workers: 1, ms: 100 });
      });
    }
  });
  await run.clock.advance(20_000);
  await run.exitCode;
  const counts = run.report.stages.map(({ name, summary }) => [
    name,
    summary.operations.find(({ op }) => op === "connect")?.ok ?? 0,
  ]);
  assert.deepEqual(counts, [
    ["workers=1 settle", 0],
    ["workers=1", 1],
    ["workers=2 settle", 0],
    ["workers=2", 1],
  ]);
});

Deno.test("a signal ends the stage and the run at once, and what was measured is kept", async () => {
  const reports: unknown[] = [];
  await using run = conducted(async (run) => {
    for (const level of [1, 2]) {
      reports.push(
        await runStage(run, rung(level), (stage) => load(stage, { workers: 1, ms: 100 })),
      );
    }
  });
  await run.clock.advance(5_000);
  run.signal("SIGINT");
  await run.clock.advance(200);
  assert.equal(await run.exitCode, 130);
  assert.deepEqual(run.report.stages.map(boundsOf), [
    ["workers=1 settle", "preparing", 0, 2_000],
    ["workers=1", "measured", 2_000, 5_000],
  ]);
  assert.deepEqual(reports.map((report) => report === undefined), [false, true]);
});

Deno.test("a stage whose time never came is none, and what was before it ends with the run", async () => {
  await using run = conducted(async (run) => {
    await runStage(run, rung(1), (stage) => load(stage, { workers: 1, ms: 100 }));
  });
  await run.clock.advance(1_500);
  run.signal("SIGINT");
  await run.clock.advance(200);
  assert.equal(await run.exitCode, 130);
  assert.deepEqual(run.report.stages.map(boundsOf), [["workers=1 settle", "preparing", 0, 1_500]]);
  assert.equal(run.report.validity.level, "valid");
  await using plain = new Conducted({ instrument: (run) => load(run, { workers: 1, ms: 100 }) }, {
    warmup: ["8s"],
    duration: ["5s"],
  });
  await plain.clock.advance(3_000);
  plain.signal("SIGINT");
  await plain.clock.advance(200);
  await plain.exitCode;
  assert.deepEqual(plain.report.stages.map(boundsOf), [["warmup", "preparing", 0, 3_000]]);
});

Deno.test("a stage ends as planned, also where its end is in no log: the run was killed after it", async () => {
  await using run = conducted(async (run) => {
    await runStage(run, rung(1, { settleMs: 0 }), (stage) => load(stage, { workers: 1, ms: 100 }));
    await run.clock.sleepUntil(run.clock.now() + 20_000, run.stopping);
  });
  await run.clock.advance(40_000);
  await run.exitCode;
  const log = `${run.path}/run.jsonl`;
  const lines = Deno.readTextFileSync(log).trimEnd().split("\n")
    .filter((line) => !["stageOver", "end"].includes(JSON.parse(line).type));
  Deno.writeTextFileSync(log, lines.map((line) => line + "\n").join(""));
  assert.deepEqual((await rebuilt(run)).stages.map(boundsOf), [[
    "workers=1",
    "measured",
    0,
    10_000,
  ]]);
});

Deno.test("a counter that was declared is 0 in a stage that no whole second begins in, too", async () => {
  const thresholds = [
    "errors.total <= 0",
    "errors.total <= 0 in long",
    "errors.total <= 0 in short",
  ];
  await using run = new Conducted({
    isStaged: true,
    measures: { counters: [{ name: "errors" }], others: [] },
    defaultThresholds: thresholds,
    instrument: async (run) => {
      for (const [name, durationMs] of [["short", 300], ["long", 2_500]] as const) {
        const spec = rung(1, { name, settleMs: 100, durationMs });
        await runStage(run, spec, (stage) => load(stage, { workers: 1, ms: 100 }));
      }
    },
  });
  await run.clock.advance(10_000);
  assert.equal(await run.exitCode, 0, run.stderr);
  const { findings, stages, summary } = run.report;
  assert.deepEqual(findings.map(({ verdict }) => verdict), ["pass", "pass", "pass"]);
  const counted = stages.map(({ name, summary }) => [name, ...summary.counters.map(totalOf)]);
  assert.deepEqual(counted, [["short settle"], ["short", 0], ["long settle"], ["long", 0]]);
  assert.deepEqual(summary.counters.map(totalOf), [0]);
  assert.deepEqual(await rebuilt(run), run.report);
});

Deno.test("what came in a short stage is told as it is, and not as 0 besides", async () => {
  await using run = new Conducted({
    isStaged: true,
    measures: { counters: [{ name: "errors" }], others: [] },
    instrument: (run) =>
      runStage(run, rung(1, { settleMs: 0, durationMs: 300 }), async (stage) => {
        await load(stage, { workers: 1, ms: 100 });
        stage.recorder.count("errors", 2, { atMs: stage.startMs + 100, tags: { of: "a" } });
      }).then(() => {}),
  });
  await run.clock.advance(10_000);
  await run.exitCode;
  const [counter, ...others] = run.report.summary.counters;
  assert.deepEqual([counter?.tags, counter?.total, others], [{ of: "a" }, 2, []]);
});

Deno.test("each open stage has its own target rate and is held to it", async () => {
  const arriving = async (stage: LoadScope, ratePerSec: number) => {
    stage.begin();
    await execute(stage, {
      workload: {
        name: "nothing",
        firstOp: "request",
        iterate: (iteration) => iteration.timed(() => Promise.resolve(), { op: "request" }),
      },
      model: {
        kind: "open",
        arrivals: poisson(ratePerSec),
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "burst",
      },
      onArrivalsOver: () => stage.endArrivals(),
    });
  };
  await using run = conducted(async (run) => {
    // The second one is said to be twice what it is.
    for (const [level, sent] of [[20, 20], [80, 40]] as const) {
      const spec = rung(level, { targetRatePerSec: level, settleMs: 0 });
      await runStage(run, spec, (stage) => arriving(stage, sent));
    }
  });
  await run.clock.advance(30_000);
  await run.exitCode;
  const [first, second] = run.report.stages;
  assert.deepEqual([first?.arrivals?.targetPerSec, second?.arrivals?.targetPerSec], [20, 80]);
  assert.equal(first?.validity.level, "valid");
  assert.equal(second?.validity.level, "invalid");
  assert.deepEqual(run.report.validity.level, "invalid");
  assert.match(
    run.report.validity.reasons[0]!,
    /^In workers=80: Only [45]\d(\.\d+)? % of the target rate/,
  );
});

Deno.test("stages are told apart in every format, live and in the end", async () => {
  await using run = new Conducted({
    isStaged: true,
    instrument: async (run) => {
      for (const workers of [1, 2]) {
        await runStage(
          run,
          rung(workers, { settleMs: 0 }),
          (stage) => load(stage, { workers, ms: 100 }),
        );
      }
    },
  }, { "json-stream": ["true"] });
  await run.clock.advance(40_000);
  assert.equal(await run.exitCode, 0, run.stderr);
  const events = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const stages = events.filter(({ event }) => event === "stage").map(({ name }) => name);
  assert.deepEqual(stages, ["workers=1", "workers=2"]);
  const during = events.filter(({ event }) => event === "interval").map(({ stage }) => stage);
  assert.deepEqual([...new Set(during)].slice(0, 2), ["workers=1", "workers=2"]);
  assert.match(
    run.stderr,
    /^workers=2: 200 request in 10s, 20\/s, p50 100ms p95 100ms p99 100ms$/m,
  );
  const text = renderText(run.report, { color: false, width: 100 });
  assert.match(text, /^STAGE +FROM +FOR +COUNT +RATE\/S +FAILED +P50 +P95 +P99 +GENERATOR$/m);
  assert.match(text, /^workers=1 +0s +10s +100 +10 +0 +100ms +100ms +100ms +valid$/m);
  const rows = renderCsv(run.report).split("\r\n").filter((row) => row.startsWith("stage,"));
  assert.deepEqual(rows.map((row) => row.split(",").at(-1)), ["workers=1", "workers=2"]);
  assert.match(renderJunit(run.report), /<testcase name="stage workers=2"/);
  assert.match(renderHtml(run.report), /<th scope="row"><code>workers=2<\/code>/);
  const page = Deno.readTextFileSync(`${run.path}/metrics.prom`);
  assert.match(
    page,
    /^scaletool_operations_total\{op="request",stage="workers=2",outcome="ok".*\} 200$/m,
  );
});

Deno.test("a stage has its class, and who is to blame for it; a table sets stages side by side", async () => {
  await using run = new Conducted({
    isStaged: true,
    defaultThresholds: [
      "request.response.max < 1s in workers=1",
      "request.failed.count <= 0",
      "request.response.max < 150ms over 2s",
      "request.rate > 0/s in nowhere",
    ],
    classes: [{ name: "healthy", holds: ["request.response.max < 150ms"] }],
    causes: [
      { component: "database", sign: "diskUse.max < 90%", because: "its disk is busy" },
      { component: "cache", sign: "misses.total <= 0", because: "it is cold" },
    ],
    tables: [{
      title: "by stage",
      rows: { by: "stage" },
      columns: [
        { title: "slowest", figure: "request.response.max" },
        { title: "disk a request", figure: "diskReads.total / request.count" },
      ],
    }],
    instrument: async (run) => {
      for (const [workers, ms] of [[1, 100], [2, 200]] as const) {
        const spec = rung(workers, { settleMs: 0, durationMs: 4_000 });
        await runStage(run, spec, async (stage) => {
          await load(stage, { workers, ms });
          const at = { atMs: stage.startMs + 1_000 };
          stage.recorder.gauge("diskUse", ms / 210, at);
          stage.recorder.count("diskReads", 80, at);
          stage.recorder.count("misses", 0, at);
        });
        await run.clock.sleepUntil(run.clock.now() + 3_000, run.stopping);
      }
    },
  });
  await run.clock.advance(40_000);
  assert.equal(await run.exitCode, 3, run.stderr);
  const { stages, findings, tables } = run.report;
  assert.deepEqual(stages.map((stage) => stage.class?.name), ["healthy", "breaking"]);
  assert.match(
    stages[1]!.class!.reason,
    /^not healthy: request.response.max < 150ms does not hold/,
  );
  assert.deepEqual(stages.map(({ causes }) => causes.map(({ component }) => component)), [
    [],
    ["database"],
  ]);
  assert.deepEqual(findings.map(({ subject, verdict, reason }) => [subject, verdict, reason]), [
    ["request.response.max < 1s in workers=1", "pass", ""],
    ["request.failed.count <= 0", "pass", ""],
    [
      "request.response.max < 150ms over 2s",
      "fail",
      "in workers=2 200ms at 7 s to 9 s is not < 150ms",
    ],
    ["request.rate > 0/s in nowhere", "inconclusive", "there was no stage nowhere"],
  ]);
  const texts = tables[0]?.rows.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)]);
  assert.deepEqual(texts, [["workers=1", "100ms", "2"], ["workers=2", "200ms", "2"]]);
  const text = renderText(run.report, { color: false, width: 100 });
  assert.match(text, /^workers=2 .* breaking +database +not healthy: .*; its disk is busy$/m);
  assert.match(text, /^by stage\nSTAGE +SLOWEST +DISK_A_REQUEST\nworkers=1 +100ms +2$/m);
  assert.match(renderHtml(run.report), /<caption>by stage<\/caption>/);
  assert.equal(
    Deno.readTextFileSync(`${run.path}/table-by-stage.csv`),
    "stage,slowest_ms,disk a request\r\nworkers=1,100,2\r\nworkers=2,200,2\r\n",
  );
  assert.deepEqual(await rebuilt(run), run.report);
});

Deno.test("a run with one load has the stages warmup and load, also where its log is older than stages", async () => {
  await using run = new Conducted({ instrument: (run) => load(run, { workers: 1, ms: 100 }) }, {
    warmup: ["2s"],
    duration: ["5s"],
  });
  await run.clock.advance(10_000);
  assert.equal(await run.exitCode, 0);
  const { stages, summary } = run.report;
  assert.deepEqual(stages.map(boundsOf), [
    ["warmup", "preparing", 0, 2_000],
    ["load", "measured", 2_000, 7_000],
  ]);
  assert.deepEqual(stages.map(okOf), [20, 50]);
  assert.deepEqual(stages[1]?.summary, summary);
  const log = `${run.path}/run.jsonl`;
  const lines = Deno.readTextFileSync(log).trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter(({ type }) => type !== "stage");
  for (const { interval } of lines) delete interval?.stage;
  Deno.writeTextFileSync(log, lines.map((line) => JSON.stringify(line) + "\n").join(""));
  assert.deepEqual((await rebuilt(run)).stages, stages);
});

Deno.test("what a stage tells of its progress is told until it is over", async () => {
  const told: unknown[] = [];
  await using run = conducted(async (run) => {
    await runStage(run, rung(1), async (stage) => {
      stage.showProgress(() => "half done");
      told.push(run.progressText?.());
      await load(stage, { workers: 1, ms: 100 });
    });
    told.push(run.progressText);
  });
  await run.clock.advance(20_000);
  await run.exitCode;
  assert.deepEqual(told, ["half done", null]);
});
