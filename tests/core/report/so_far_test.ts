import assert from "node:assert/strict";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import type { Standing } from "../../../core/judge/standing.ts";
import { reportOf } from "../../../core/report/build_report.ts";
import { RunFigures } from "../../../core/report/run_figures.ts";
import { SoFar } from "../../../core/report/so_far.ts";
import type { Summary } from "../../../core/measure/summary.ts";
import { SAMPLE_MANIFEST, sampleIntervals } from "../../support/sample_report.ts";

function figuresOf(count = Infinity): RunFigures {
  const figures = new RunFigures(SAMPLE_MANIFEST);
  for (const interval of sampleIntervals().slice(0, count)) {
    figures.take({ type: "interval", interval });
  }
  return figures;
}

/** What a page shows of it. */
function shown(summary: Summary): unknown {
  return JSON.parse(JSON.stringify(summary, (key, value) => key === "hdr" ? undefined : value));
}

Deno.test("what a run has come to so far is what its report would say, but for verdicts", () => {
  for (const count of [3, 7, Infinity]) {
    const figures = figuresOf(count);
    const soFar = new SoFar(figures).report([]);
    const report = reportOf(SAMPLE_MANIFEST, figuresOf(count));
    assert.deepEqual(shown(soFar.summary), shown(report.summary));
    for (const key of ["series", "percentileCurves", "validity", "marks", "changes"] as const) {
      assert.deepEqual(soFar[key], report[key], key);
    }
    assert.ok(!("verdict" in soFar) && !("exitCode" in soFar));
    assert.deepEqual(soFar.warnings, [], "that it has not ended is nothing to be warned of");
  }
});

Deno.test("looking at a run changes nothing of its report", () => {
  const [seen, unseen] = [new RunFigures(SAMPLE_MANIFEST), figuresOf()];
  const soFar = new SoFar(seen);
  for (const interval of sampleIntervals()) {
    seen.take({ type: "interval", interval });
    soFar.report([]);
  }
  assert.deepEqual(reportOf(SAMPLE_MANIFEST, seen), reportOf(SAMPLE_MANIFEST, unseen));
});

function standing(state: Standing["state"], reason = ""): Standing {
  const subject = "request.response.p99 < 50ms";
  return {
    threshold: parseThreshold(subject),
    finding: {
      subject,
      verdict: state === "holds" ? "pass" : "fail",
      observed: "60ms",
      limit: "50ms",
      reason,
    },
    state,
    isSure: false,
    judgedMs: 1_000,
  };
}

Deno.test("a threshold that load to come may still make hold has no answer yet", () => {
  const { findings } = new SoFar(figuresOf(3)).report([
    standing("holds"),
    standing("fails", "60ms is not < 50ms"),
    standing("open"),
  ]);
  assert.deepEqual(findings.map(({ verdict, reason }) => [verdict, reason]), [
    ["pass", "so far"],
    ["fail", "60ms is not < 50ms"],
    ["inconclusive", "it is too early to tell"],
  ]);
});

Deno.test("curves stay the same list for 5 s, and are the last ones at the end", () => {
  const figures = new RunFigures(SAMPLE_MANIFEST);
  const soFar = new SoFar(figures);
  const lists = sampleIntervals().map((interval) => {
    figures.take({ type: "interval", interval });
    return soFar.report([]).percentileCurves;
  });
  assert.ok(new Set(lists).size >= 2 && new Set(lists).size <= 4, String(new Set(lists).size));
  figures.take({ type: "end", reason: "duration", atMs: 12_000 });
  const { percentileCurves } = soFar.report([]);
  assert.deepEqual(percentileCurves, reportOf(SAMPLE_MANIFEST, figures).percentileCurves);
});
