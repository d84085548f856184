import assert from "node:assert/strict";
import { Recorder } from "../../../core/measure/recorder.ts";
import type { Stage } from "../../../core/measure/stage.ts";
import { RunFigures } from "../../../core/report/run_figures.ts";
import { RunLogRecord } from "../../../core/run_log/record.ts";
import { stageReport } from "../../../core/report/build_report.ts";
import { SAMPLE_MANIFEST } from "../../support/sample_report.ts";

const STAGE: Stage = { name: "rung", kind: "measured", level: 1, targetRatePerSec: null };

Deno.test("a stage that ends ms after a whole second is whole, though nothing was measured since", () => {
  const figures = new RunFigures({ ...SAMPLE_MANIFEST, isStaged: true, ladder: null });
  const recorder = new Recorder({ startMs: 0, stages: [{ index: 0, stage: STAGE, fromMs: 0 }] });
  figures.take({ type: "stage", index: 0, stage: STAGE, fromMs: 0, untilMs: 1_003 });
  recorder.count("bytes", 5, { atMs: 900 });
  for (const interval of recorder.rotate(1_000)) figures.take({ type: "interval", interval });
  assert.equal(figures.overMsOf(0), 1_000, "so far");
  figures.take({ type: "stageOver", index: 0, atMs: 1_003 });
  assert.equal(figures.overMsOf(0), 1_003);
  const { startMs, endMs } = stageReport(figures, 0);
  assert.deepEqual([startMs, endMs], [0, 1_003]);
});

Deno.test("a stage that was over early is as long as it was, whatever was measured after it", () => {
  const figures = new RunFigures({ ...SAMPLE_MANIFEST, isStaged: true, ladder: null });
  figures.take({ type: "stage", index: 0, stage: STAGE, fromMs: 0, untilMs: 5_000 });
  figures.take({ type: "stageOver", index: 0, atMs: 1_003 });
  const recorder = new Recorder({ startMs: 0, stages: [] });
  recorder.count("bytes", 5, { atMs: 1_900 });
  for (const interval of recorder.rotate(2_000)) figures.take({ type: "interval", interval });
  assert.equal(figures.overMsOf(0), 1_003);
});

Deno.test("of a table the last that each thread told counts, and of a later stage only what is of it", () => {
  const figures = new RunFigures({ ...SAMPLE_MANIFEST, isStaged: true, ladder: null });
  const tell = (from: string, rank: number) => {
    const table = {
      title: "Connections",
      rowTitle: "connection",
      order: "the slowest",
      columns: [{ title: "ping", meaning: "round trip", unit: "ms" as const }],
      rows: [{ name: from, rank, cells: [rank] }],
      mostRows: 16,
      count: 1,
    };
    const line = JSON.stringify({ type: "table", table, from });
    figures.take(RunLogRecord.parse(JSON.parse(line)));
  };
  const ranks = () => figures.toldTables.map(({ rows }) => rows.map(({ rank }) => rank));
  figures.take({ type: "stage", index: 0, stage: STAGE, fromMs: 0 });
  tell("a", 1);
  tell("b", 2);
  tell("a", 3);
  assert.deepEqual(ranks(), [[3, 2]]);
  figures.take({ type: "stageOver", index: 0, atMs: 1_000 });
  figures.take({ type: "stage", index: 1, stage: { ...STAGE, name: "next" }, fromMs: 1_000 });
  assert.deepEqual(ranks(), [[3, 2]], "until it is told again");
  tell("b", 4);
  assert.deepEqual(ranks(), [[4]]);
});
