/**
 * Manifest + run log -> Report. The one path to every report: a run that just ended, one re-read
 * with `scaletool report` and one that was killed all come through here, so they cannot disagree.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { type Finding, overallVerdict, type Verdict } from "../judge/finding.ts";
import { Judge } from "../judge/judge.ts";
import { parseThreshold } from "../judge/threshold.ts";
import { arrivalRate } from "../judge/arrival_rate.ts";
import { assessValidity } from "../judge/validity.ts";
import { summarize } from "../measure/summary.ts";
import { Totals } from "../measure/totals.ts";
import type { Manifest } from "../run/manifest.ts";
import type { RunRecords } from "../run/run_directory.ts";
import type { EndReason, Mark, RunLogRecord, Warning } from "../run/run_log.ts";
import { percentileCurve } from "./percentile_curve.ts";
import { type PercentileCurve, type Report, SCHEMA_VERSION } from "./report.ts";
import { SeriesBuilder } from "./series.ts";

/** What the log says beside its intervals. */
interface LogNotes {
  readonly warnings: Warning[];
  readonly findings: Finding[];
  readonly marks: Mark[];
  end: Report["end"];
  /** When the last arrival of the schedule had come, if that was before the end. */
  arrivalsOverMs: number | undefined;
  lastMs: number;
}

/** The report of a run directory, finished or not. */
export function buildReport(run: RunRecords): Report {
  const { manifest } = run;
  const notes = readNotes(run.records());
  const totals = new Totals();
  const judge = new Judge(manifest.thresholds.map(parseThreshold));
  const series = new SeriesBuilder(notes.lastMs);
  for (const record of run.records()) {
    if (record.type !== "interval") continue;
    series.add(record.interval);
    judge.add(record.interval);
    if (record.interval.phase === "measured") totals.add(record.interval);
  }
  const expected = {
    targetRatePerSec: manifest.targetRatePerSec,
    op: manifest.mainOperation,
    arrivalsMs: arrivalsMs(notes, manifest),
    cpuCount: manifest.host.cpus,
  };
  const validity = assessValidity(totals, expected);
  const findings = [...judge.findings(validity), ...notes.findings];
  if (notes.end === null) {
    notes.warnings.push({
      code: "run-did-not-end",
      message:
        "The run was killed before it could end: figures stop up to a second before that, and what it made may still be there",
    });
  }
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
    warnings: notes.warnings,
    marks: notes.marks,
    end: notes.end,
    summary: summarize(totals),
    percentileCurves: curvesOf(totals),
    series: series.build(),
  };
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

function readNotes(records: Iterable<RunLogRecord>): LogNotes {
  const notes: LogNotes = {
    warnings: [],
    findings: [],
    marks: [],
    end: null,
    arrivalsOverMs: undefined,
    lastMs: 0,
  };
  for (const record of records) {
    switch (record.type) {
      case "warning":
        notes.warnings.push(record.warning);
        break;
      case "finding":
        notes.findings.push(record.finding);
        break;
      case "mark":
        notes.marks.push(record.mark);
        break;
      case "arrivalsOver":
        notes.arrivalsOverMs = record.atMs;
        break;
      case "end":
        notes.end = { reason: record.reason, atMs: record.atMs };
        break;
      case "interval":
        notes.lastMs = Math.max(notes.lastMs, record.interval.endMs);
    }
  }
  return notes;
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
