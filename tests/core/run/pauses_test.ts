/** Pauses of runs whose load is in stages: what is on disk makes the same report. @module */

import assert from "node:assert/strict";
import { constant } from "../../../core/load/arrival.ts";
import { execute } from "../../../core/load/executor.ts";
import { buildReport } from "../../../core/report/build_report.ts";
import { renderText } from "../../../core/report/text.ts";
import type { StageReport } from "../../../core/report/report.ts";
import type { Run } from "../../../core/run/run.ts";
import { type RunStage, runStage, type StageSpec } from "../../../core/run/run_stage.ts";
import { openRunDirectory } from "../../../core/run_log/run_directory.ts";
import { Conducted } from "./conducted.ts";

const SPEC: StageSpec = {
  name: "one",
  kind: "measured",
  level: 1,
  targetRatePerSec: 10,
  settleMs: 2_000,
  durationMs: 4_000,
};

/** Ten operations a second, each of 5 ms, after so long a time of getting ready. */
async function load(stage: RunStage, { readyMs = 0, count = Infinity } = {}): Promise<void> {
  await stage.clock.sleepUntil(stage.clock.now() + readyMs, stage.stopping);
  stage.begin();
  await execute(stage, {
    workload: {
      name: "sleep",
      firstOp: "request",
      iterate: (iteration) =>
        iteration.timed(() => stage.clock.sleepUntil(stage.clock.now() + 5), { op: "request" }),
    },
    model: {
      kind: "open",
      arrivals: constant(10),
      maxInFlight: Infinity,
      whenFull: "queue",
      catchUp: "burst",
    },
    maxIterations: count,
  });
}

/** Pauses it for so long at each of these times after the start, in order; its stages. */
async function paused(
  instrument: (run: Run) => Promise<void>,
  pauses: readonly (readonly [fromMs: number, forMs: number])[],
): Promise<StageReport[]> {
  await using conducted = new Conducted({ isStaged: true, changes: {}, instrument });
  const { clock, steering } = conducted;
  const steer = async (atMs: number, kind: "pause" | "resume") => {
    await clock.advance(1_000 + atMs - clock.now());
    const changed = steering.change({ kind }, "ctl");
    await clock.settle();
    await changed;
  };
  for (const [fromMs, forMs] of pauses) {
    await steer(fromMs, "pause");
    await steer(fromMs + forMs, "resume");
  }
  await clock.advance(100_000);
  assert.equal(await conducted.exitCode, 0, conducted.stderr);
  const { report } = conducted;
  const rebuilt = await buildReport(openRunDirectory(conducted.path));
  assert.deepEqual(JSON.parse(JSON.stringify(rebuilt)), JSON.parse(JSON.stringify(report)));
  assert.match(renderText(report, { color: false, width: 100 }), /CHANGE +BY/);
  return report.stages;
}

function boundsOf({ name, startMs, endMs, pausedMs }: StageReport) {
  return [name, startMs, endMs, pausedMs];
}

const okOf = ({ summary }: StageReport) => summary.operations[0]?.ok ?? 0;

Deno.test("a stage that is paused, and its settling, are as long as they were to be, and judged for as long", async () => {
  const stages = await paused(async (run) => {
    await runStage(run, SPEC, load);
    await runStage(run, { ...SPEC, name: "two" }, load);
  }, [[550, 10_000], [13_050, 3_000], [17_050, 500]]);
  assert.deepEqual(stages.map(boundsOf), [
    ["one settle", 0, 12_000, 10_000],
    ["one", 12_000, 19_500, 3_500],
    ["two settle", 19_500, 21_500, 0],
    ["two", 21_500, 25_500, 0],
  ]);
  assert.deepEqual(stages.map(okOf), [20, 40, 20, 40]);
  for (const { arrivals, validity, summary } of stages.filter(({ kind }) => kind === "measured")) {
    assert.deepEqual(validity.reasons, []);
    assert.deepEqual([arrivals?.sent, arrivals?.spanMs, summary.measuredMs], [40, 4_000, 4_000]);
  }
  assert.deepEqual(stages[1]!.changes.map(({ what }) => what), ["paused 3s", "paused 500ms"]);
});

Deno.test("a stage that gets ready in a pause begins when the run is resumed", async () => {
  const stages = await paused(async (run) => {
    await runStage(run, SPEC, load);
    await runStage(run, { ...SPEC, name: "two" }, (stage) => load(stage, { readyMs: 1_000 }));
  }, [[6_500, 20_000]]);
  assert.deepEqual(stages.map(boundsOf), [
    ["one settle", 0, 2_000, 0],
    ["one", 2_000, 6_000, 0],
    ["two settle", 26_500, 28_500, 0],
    ["two", 28_500, 32_500, 0],
  ]);
  assert.deepEqual(stages.map(okOf), [20, 40, 20, 40]);
});

Deno.test("a stage whose work is done in a pause is over, and nothing goes on of it", async () => {
  const stages = await paused(async (run) => {
    // The last operation is under way as it is paused.
    await runStage(run, { ...SPEC, mayEndEarly: true }, (stage) => load(stage, { count: 31 }));
    await run.tempo.running.sleepUntil(run.tempo.running.now(), run.stopping);
    await run.clock.sleepUntil(run.clock.now() + 2_000, run.stopping);
  }, [[3_002, 20_000]]);
  assert.deepEqual(stages.map(boundsOf), [["one settle", 0, 2_000, 0], ["one", 2_000, 3_005, 3]]);
  assert.deepEqual(stages.map(({ isDone }) => isDone), [false, true]);
  assert.deepEqual(stages.map(okOf), [20, 11]);
});
