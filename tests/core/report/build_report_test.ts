import { renderJson } from "../../../core/report/report.ts";
import { RunReporter } from "../../../core/report/run_reporter.ts";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CannotRunError } from "../../../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../../../core/exit_code.ts";
import type { Finding, Verdict } from "../../../core/judge/finding.ts";
import { Recorder } from "../../../core/measure/recorder.ts";
import { summarize } from "../../../core/measure/summary.ts";
import { buildReport, exitCodeOf } from "../../../core/report/build_report.ts";
import { renderReport } from "../../../core/report/render.ts";
import {
  openRunDirectory,
  RunDirectory,
  type RunRecords,
} from "../../../core/run_log/run_directory.ts";
import { EndReason, type RunLogRecord } from "../../../core/run_log/record.ts";
import { runStage } from "../../../core/run/run_stage.ts";
import { SAMPLE_MANIFEST, sampleIntervals, sampleTotals } from "../../support/sample_report.ts";
import { runInMemory } from "../../support/run_in_memory.ts";
import { TempDir } from "../../support/scaletool.ts";
import { Conducted } from "../run/conducted.ts";

const INTERVALS: readonly RunLogRecord[] = sampleIntervals().map((interval) => ({
  type: "interval",
  interval,
}));
const WARNING = { code: "one-host", message: "Both ends on one host" };
const MARK = { atMs: 7_000, label: "pause" };
const HOLDS = "request.service.p99 < 1s";
const BROKEN = "request.service.p99 < 1us";
/** The sample run has far too few requests for it. */
const UNKNOWN = "request.service.p99.99 < 1s";

function endedBy(reason: EndReason): RunLogRecord {
  return { type: "end", reason, atMs: 12_040 };
}

function found(verdict: Verdict): RunLogRecord {
  const finding: Finding = {
    subject: "bytes reconcile",
    verdict,
    observed: "5 B",
    limit: "5 B",
    reason: "",
  };
  return { type: "finding", finding };
}

/** A run with these thresholds; a closed model, so that nothing is expected of its rate. */
function run(
  thresholds: readonly string[],
  records: readonly RunLogRecord[],
): RunRecords {
  const manifest = {
    ...SAMPLE_MANIFEST,
    targetRatePerSec: null,
    thresholds: [...thresholds],
  };
  return runInMemory(manifest, records);
}

/** How late the generator's event loop was, all through the run. */
function loopLag(ms: number): RunLogRecord[] {
  const recorder = new Recorder({ startMs: 0 });
  for (let atMs = 3_000; atMs < 12_000; atMs += 19) recorder.observeMs("loopLag", ms, { atMs });
  return recorder.rotate(12_000).map((interval) => ({ type: "interval", interval }));
}

/** The sample run without the time that its generator stood still: nothing spoils its verdict. */
const CALM = [
  ...INTERVALS.filter((record) =>
    record.type === "interval" &&
    (record.interval.endMs <= 7_000 || record.interval.startMs >= 8_000)
  ),
  ...loopLag(1),
];

Deno.test("a report has the manifest, the figures of the measured part and all that was noted", async () => {
  const { manifest } = run([HOLDS], []);
  const report = await buildReport(run([HOLDS], [
    ...CALM.slice(0, 4),
    { type: "warning", warning: WARNING },
    ...CALM.slice(4),
    { type: "mark", mark: MARK },
    { type: "fact", name: "Gateway API", value: "v1.5.1 standard" },
    endedBy("duration"),
  ]));
  const facts = { ...manifest.facts, "Gateway API": "v1.5.1 standard" };
  deepStrictEqual(report.manifest, { ...manifest, facts });
  deepStrictEqual(report.warnings, [WARNING]);
  deepStrictEqual(report.marks, [MARK]);
  deepStrictEqual(report.end, { reason: "duration", atMs: 12_040 });
  deepStrictEqual(report.validity, { level: "valid", reasons: [] });
});

Deno.test("the figures are those of the measured intervals, the charts have the warm-up too", async () => {
  const report = await buildReport(run([HOLDS], [...INTERVALS, endedBy("duration")]));
  deepStrictEqual(report.summary, summarize(sampleTotals()));
  const points = report.series.operations.find(({ op }) => op === "request")?.points ?? [];
  strictEqual(points[0]?.startMs, 0);
  strictEqual(points.at(-1)?.endMs, 12_040);
});

Deno.test("there is a percentile curve for both views of each operation that succeeded, and each time", async () => {
  const names = (await buildReport(run([], INTERVALS))).percentileCurves.map(({ name }) => name);
  deepStrictEqual(names, [
    "request service",
    "request response",
    "connect service",
    "connect response",
    "ttfb",
    "gap",
  ]);
});

Deno.test("an operation that never succeeded has no curve", async () => {
  const onlyFailed = CALM.map((record) =>
    record.type !== "interval" ? record : {
      ...record,
      interval: {
        ...record.interval,
        distributions: [],
        operations: record.interval.operations.map(({ op, lag }) => ({
          op,
          ...(lag === undefined ? {} : { lag }),
          ok: 0,
          failed: { timeout: 1 },
          dropped: 0,
          cancelled: 0,
        })),
      },
    }
  );
  const report = await buildReport(run([], onlyFailed));
  deepStrictEqual(report.percentileCurves, []);
  ok(report.summary.operations.length > 0);
});

Deno.test("the report of a directory is the same whether the run still holds it or it is read back", async () => {
  await using dir = new TempDir();
  const { manifest } = run([HOLDS, UNKNOWN], []);
  const directory = RunDirectory.create(dir.file("run"), manifest);
  const reporter = new RunReporter(directory);
  reporter.log({ type: "warning", warning: WARNING });
  for (const record of INTERVALS) reporter.log(record);
  reporter.log(found("pass"), { type: "mark", mark: MARK }, endedBy("interrupted"));
  const { report, isComplete } = await reporter.write();
  const live = renderJson(report);
  directory.close();
  strictEqual(isComplete, true);
  strictEqual(Deno.readTextFileSync(dir.file("run/result.json")), live);
  strictEqual(renderJson(await buildReport(openRunDirectory(dir.file("run")))), live);
  const inMemory = [
    { type: "warning", warning: WARNING } as const,
    ...INTERVALS,
    found("pass"),
    { type: "mark", mark: MARK } as const,
    endedBy("interrupted"),
  ];
  strictEqual(renderJson(await buildReport(runInMemory(manifest, inMemory))), live);
});

const END = endedBy("duration");

/** What happened, the thresholds, what was noted beside the figures, and what follows. */
const VERDICTS: readonly [string, string[], RunLogRecord[], Verdict, ExitCode][] = [
  ["all holds", [HOLDS], [END], "pass", 0],
  ["one threshold does not hold", [HOLDS, BROKEN, UNKNOWN], [END], "fail", 3],
  ["one threshold cannot be told", [HOLDS, UNKNOWN], [END], "inconclusive", 4],
  ["nothing was asked", [], [END], "inconclusive", 4],
  ["only the command's own check holds", [], [found("pass"), END], "pass", 0],
  ["all thresholds hold but the command's own check", [HOLDS], [found("fail"), END], "fail", 3],
  [
    "all thresholds hold but the command's own check cannot be told",
    [HOLDS],
    [found("inconclusive"), END],
    "inconclusive",
    4,
  ],
  ["the asked amount was reached and all holds", [HOLDS], [endedBy("limit")], "pass", 0],
  ["it was interrupted and all holds", [HOLDS], [endedBy("interrupted")], "pass", 130],
  [
    "it was interrupted and something does not hold",
    [BROKEN],
    [endedBy("interrupted")],
    "fail",
    130,
  ],
  ["it was terminated", [HOLDS], [endedBy("terminated")], "pass", 143],
  ["the command broke", [HOLDS], [endedBy("failed")], "pass", 1],
  ["it was killed and all holds so far", [HOLDS], [found("pass")], "inconclusive", 4],
  ["it was killed and a threshold is broken already", [HOLDS, BROKEN], [], "fail", 3],
  ["it was killed and the command's own check failed already", [HOLDS], [found("fail")], "fail", 3],
];

for (const [what, thresholds, notes, verdict, exitCode] of VERDICTS) {
  Deno.test(`when ${what} the verdict is ${verdict} and the exit code ${exitCode}`, async () => {
    const report = await buildReport(run(thresholds, [...CALM, ...notes]));
    deepStrictEqual([report.verdict, report.exitCode], [verdict, exitCode]);
  });
}

Deno.test("what ended a run counts before what it found", () => {
  const codes: Record<EndReason, ExitCode[]> = {
    duration: [0, 3, 4],
    limit: [0, 3, 4],
    interrupted: [130, 130, 130],
    terminated: [143, 143, 143],
    "hung-up": [129, 129, 129],
    failed: [1, 1, 1],
    stopped: [0, 3, 4],
    threshold: [0, 3, 4],
  };
  const verdicts: Verdict[] = ["pass", "fail", "inconclusive"];
  for (const reason of EndReason.options) {
    deepStrictEqual(verdicts.map((verdict) => exitCodeOf(verdict, reason)), codes[reason], reason);
  }
  deepStrictEqual(verdicts.map((verdict) => exitCodeOf(verdict, undefined)), [
    EXIT_CODE.pass,
    EXIT_CODE.failed,
    EXIT_CODE.inconclusive,
  ]);
});

Deno.test("the thresholds' findings come first, in the order asked, then the command's own", async () => {
  const report = await buildReport(
    run([UNKNOWN, HOLDS], [found("pass"), ...CALM, found("fail"), END]),
  );
  deepStrictEqual(report.findings.map(({ subject, verdict }) => [subject, verdict]), [
    [UNKNOWN, "inconclusive"],
    [HOLDS, "pass"],
    ["bytes reconcile", "pass"],
    ["bytes reconcile", "fail"],
  ]);
});

Deno.test("a run that was killed says so after its other warnings, and has no end", async () => {
  const report = await buildReport(run([], [{ type: "warning", warning: WARNING }, ...CALM]));
  strictEqual(report.end, null);
  deepStrictEqual(report.warnings.map(({ code }) => code), ["one-host", "run-did-not-end"]);
  match(report.warnings[1]?.message ?? "", /killed before it could end/);
});

Deno.test("a run of which nothing is known but what it was to be is inconclusive, not a pass", async () => {
  const report = await buildReport(run([HOLDS], []));
  deepStrictEqual([report.verdict, report.exitCode, report.end], ["inconclusive", 4, null]);
  strictEqual(report.findings[0]?.verdict, "inconclusive");
  deepStrictEqual(report.series, { operations: [], counters: [], gauges: [] });
  ok(renderJson(report).length > 0);
});

Deno.test("a generator that was itself too late makes what it measured inconclusive, never a pass", async () => {
  const report = await buildReport(
    run(["request.response.p99 < 10s"], [...CALM, ...loopLag(400), END]),
  );
  strictEqual(report.validity.level, "invalid");
  deepStrictEqual([report.verdict, report.exitCode], ["inconclusive", 4]);
});

/** Broken by the sample run, whatever is asked of it. */
const BLAMED = { component: "target", sign: BROKEN, because: "it is slow" };

async function accused(
  thresholds: readonly string[],
  records: readonly RunLogRecord[],
): Promise<string[]> {
  const { manifest } = run(thresholds, []);
  const report = await buildReport(runInMemory({ ...manifest, causes: [BLAMED] }, records));
  return report.stages.flatMap(({ causes }) => causes.map(({ component }) => component));
}

Deno.test("a stage has somebody to blame if it failed or its generator did, and not for what is unknown", async () => {
  deepStrictEqual(await accused([HOLDS], [...CALM, endedBy("limit")]), []);
  deepStrictEqual(await accused([UNKNOWN], [...CALM, endedBy("limit")]), []);
  const failing = "request.response.p99 < 1us";
  deepStrictEqual(await accused([HOLDS, failing], [...CALM, endedBy("limit")]), ["target"]);
  const late = [...INTERVALS, ...loopLag(900), endedBy("limit")];
  deepStrictEqual(await accused([HOLDS], late), ["generator"]);
});

Deno.test("arrivals count until they are over, and not while the last of them is awaited", async () => {
  const manifest = { ...SAMPLE_MANIFEST, thresholds: [] };
  const requests = sampleTotals().operation("request");
  const sent = (requests?.finished ?? 0) + (requests?.cancelled ?? 0);
  const overMs = manifest.warmUpMs + 2_000;
  const over: RunLogRecord = { type: "arrivalsOver", atMs: overMs };
  const records = [...INTERVALS, over, endedBy("limit")];
  deepStrictEqual((await buildReport(runInMemory(manifest, records))).arrivals, {
    targetPerSec: 200,
    achievedPerSec: sent / 2,
    sent,
    spanMs: 2_000,
  });
});

Deno.test("a log whose intervals are in any order makes the same charts", async () => {
  const reversed = INTERVALS.toReversed();
  const inOrder = await buildReport(run([], INTERVALS));
  deepStrictEqual((await buildReport(run([], reversed))).series, inOrder.series);
});

Deno.test("a damaged run directory makes a report or one clear line, never an internal error", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append(...INTERVALS.slice(0, 3), endedBy("duration"));
  directory.close();
  const whole = ["manifest.json", "run.jsonl"].map((name) => ({
    path: dir.file(`run/${name}`),
    text: Deno.readTextFileSync(dir.file(`run/${name}`)),
  }));
  const part = fc.record({
    file: fc.constantFrom(...whole),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(30),
    by: fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("null", '"', "9", "-1", "e9", "{}")),
  });
  await fc.assert(
    fc.asyncProperty(part, async ({ file: { path, text }, at, length, by }) => {
      for (const { path, text } of whole) Deno.writeTextFileSync(path, text);
      const place = Math.floor(at * text.length);
      Deno.writeTextFileSync(path, text.slice(0, place) + by + text.slice(place + length));
      try {
        const report = await buildReport(openRunDirectory(dir.file("run")));
        for (const format of ["text", "json", "html", "csv", "junit"] as const) {
          renderReport(report, format, { color: false, columns: 80 });
        }
      } catch (error) {
        ok(error instanceof CannotRunError, `${(error as Error).stack}`);
        strictEqual(error.message.includes("\n"), false);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("a table of stages that there were none of is left out", async () => {
  const columns = [{ title: "count", figure: "request.count" }];
  await using run = new Conducted({
    isStaged: true,
    tables: [
      { title: "starts", rows: { by: "stage", kind: "preparing" }, columns },
      { title: "levels", rows: { by: "stage" }, columns },
    ],
    async instrument(scope) {
      const spec = { name: "a", kind: "measured", level: null, targetRatePerSec: null } as const;
      await runStage(scope, { ...spec, durationMs: 1_000 }, async (stage) => {
        stage.begin();
        await stage.clock.sleepUntil(Infinity, stage.stopping);
      });
    },
  });
  await run.clock.advance(2_000);
  await run.exitCode;
  deepStrictEqual(run.report.tables.map(({ title }) => title), ["levels"]);
});

Deno.test("tables of the load come first, then those that were told by their titles, then lists by tag", async () => {
  const columns = [{ title: "count", figure: "frames.total" }];
  await using run = new Conducted({
    isStaged: true,
    tables: [
      { title: "frames", rows: { by: "tag", tag: "type", isOnlyHere: true }, columns },
      { title: "levels", rows: { by: "stage" }, columns },
    ],
    async instrument(scope) {
      const spec = { name: "a", kind: "measured", level: null, targetRatePerSec: null } as const;
      await runStage(scope, { ...spec, durationMs: 1_000 }, async (stage) => {
        stage.begin();
        const atMs = stage.clock.now();
        stage.recorder.count("frames", 1, { atMs, tags: { type: "DATA" } });
        for (const title of ["of the server", "of the client"]) {
          const table = {
            ...{ title, rowTitle: "connection", order: "", mostRows: 1, count: 1 },
            columns: [{ title: "sent", meaning: "", unit: "bytes" as const }],
            rows: [{ name: "0", rank: 1, cells: [5] }],
          };
          scope.note({ type: "table", table, from: "" });
        }
        await stage.clock.sleepUntil(Infinity, stage.stopping);
      });
    },
  });
  await run.clock.advance(2_000);
  await run.exitCode;
  deepStrictEqual(run.report.tables.map(({ title }) => title), [
    ...["levels", "of the client", "of the server", "frames"],
  ]);
});
