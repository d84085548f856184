/**
 * Manifest + run log -> Report. The one path to every report: a run that just ended, one re-read
 * with `scaletool report` and one that was killed all come through here, so they cannot disagree.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { overallVerdict, type Verdict } from "../judge/finding.ts";
import { arrivalRate } from "../judge/arrival_rate.ts";
import { assessValidity } from "../judge/validity.ts";
import { summarize } from "../measure/summary.ts";
import type { Totals } from "../measure/totals.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { RunRecords } from "../run_log/run_directory.ts";
import type { EndReason, Warning } from "../run_log/record.ts";
import { percentileCurve } from "./percentile_curve.ts";
import { type PercentileCurve, type Report, SCHEMA_VERSION } from "./report.ts";
import { type LogNotes, readFigures, type RunFigures } from "./run_figures.ts";

/** The report of a run directory, finished or not. */
export async function buildReport(run: RunRecords): Promise<Report> {
  return reportOf(run.manifest, await readFigures(run));
}

/** The report that a run's figures make. */
export function reportOf(
  manifest: Manifest,
  { notes, totals, judge, series }: RunFigures,
): Report {
  const expected = {
    targetRatePerSec: manifest.targetRatePerSec,
    op: manifest.mainOperation,
    arrivalsMs: arrivalsMs(notes, manifest),
    cpuCount: manifest.host.cpus,
  };
  const validity = assessValidity(totals, expected);
  const findings = [...judge.findings(validity), ...notes.findings];
  const verdict = notes.end === null
    ? unfinished(overallVerdict(findings))
    : overallVerdict(findings);
  return {
    schemaVersion: SCHEMA_VERSION,
    manifest,
    verdict,
    exitCode: exitCodeOf(verdict, notes.end?.reason),
    findings,
    validity,
    arrivals: arrivalRate(totals, expected),
    warnings: warningsOf(notes),
    marks: notes.marks,
    end: notes.end,
    summary: summarize(totals),
    percentileCurves: curvesOf(totals),
    series,
  };
}

function warningsOf({ warnings, end }: LogNotes): Warning[] {
  if (end !== null) return warnings;
  const message =
    "The run was killed before it could end: figures stop up to a second before that, and what it made may still be there";
  return [...warnings, { code: "run-did-not-end", message }];
}

/** How long there were arrivals in the measured time. */
function arrivalsMs({ arrivalsOverMs, end, lastMs }: LogNotes, { warmUpMs }: Manifest): number {
  return Math.max(0, (arrivalsOverMs ?? end?.atMs ?? lastMs) - warmUpMs);
}

/** Exit code of a run: what ended it counts before what it found. */
export function exitCodeOf(verdict: Verdict, end: EndReason | undefined): ExitCode {
  if (end === "interrupted") return EXIT_CODE.interrupted;
  if (end === "terminated") return EXIT_CODE.terminated;
  if (end === "hung-up") return EXIT_CODE.hungUp;
  if (end === "failed") return EXIT_CODE.couldNotRun;
  if (verdict === "fail") return EXIT_CODE.failed;
  return verdict === "pass" ? EXIT_CODE.pass : EXIT_CODE.inconclusive;
}

/** What a run that was killed held so far proves a failure, but never a pass. */
function unfinished(verdict: Verdict): Verdict {
  return verdict === "fail" ? "fail" : "inconclusive";
}

function curvesOf(totals: Totals): PercentileCurve[] {
  const curves: PercentileCurve[] = [];
  for (const [key, { service, response }] of totals.operations) {
    if (service.count === 0) continue;
    curves.push(percentileCurve(`${key} service`, service));
    curves.push(percentileCurve(`${key} response`, response));
  }
  for (const [key, { unit, histogram }] of totals.distributions) {
    if (unit === "time" && histogram.count > 0) curves.push(percentileCurve(key, histogram));
  }
  return curves;
}
