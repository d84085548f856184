/**
 * Manifest + run log -> Report. The one path to every report: a run that just ended, one re-read
 * with `scaletool report` and one that was killed all come through here, so they cannot disagree.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { type Finding, type Judged, overallVerdict, type Verdict } from "../judge/finding.ts";
import { arrivalRate } from "../judge/arrival_rate.ts";
import { causesOf } from "../judge/cause.ts";
import { classOf } from "../judge/class.ts";
import { heldBack } from "../judge/disqualified.ts";
import { classThresholds } from "../judge/class_spec.ts";
import { keptUp } from "../judge/kept_up.ts";
import { ladderFinding, type LadderResult, ladderResult } from "../ladder/ladder_result.ts";
import { summarize } from "../measure/summary.ts";
import type { Stage } from "../measure/stage.ts";
import { Totals } from "../measure/totals.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { RunRecords } from "../run_log/run_directory.ts";
import type { EndReason, Warning } from "../run_log/record.ts";
import { markOf } from "./changes.ts";
import { type ClimbFindings, climbFindings } from "./climb_findings.ts";
import { climbedRungs } from "./climbed.ts";
import { type FigureTable, figureTable, toldFigureTable } from "./figure_table.ts";
import { type PercentileCurve, type Report, SCHEMA_VERSION, type StageReport } from "./report.ts";
import { type LogNotes, readFigures, type RunFigures } from "./run_figures.ts";
import { type GeneratorReport, generatorTable } from "./generator_report.ts";
import { percentileCurve } from "./series.ts";
import {
  endMsOf,
  expectedOf,
  generatorReports,
  isOpenRung,
  overallValidity,
  responseOf,
  validityOf,
} from "./stage_fitness.ts";
import { decidedOf, judgedOf, thresholdAnswers } from "./threshold_answers.ts";

/** The report of a run directory, finished or not. */
export async function buildReport(run: RunRecords): Promise<Report> {
  return reportOf(run.manifest, await readFigures(run));
}

/** The report that a run's figures make. */
export function reportOf(manifest: Manifest, figures: RunFigures): Report {
  const { notes, series } = figures;
  const { totals } = figures.whole;
  const stages = figures.stages.flatMap((_, index) =>
    figures.hasBegun(index) ? [stageReport(figures, index)] : []
  );
  const judged = stages.filter(({ kind }) => kind === "measured");
  const validity = overallValidity(judged);
  const answers = thresholdAnswers(figures, validity).map(({ finding }) => finding);
  const generators = generatorReports(figures, judged);
  const ladder = manifest.ladder === null
    ? null
    : ladderResult(manifest.ladder, climbedRungs(manifest.ladder, stages));
  const findings = [
    ...ladder === null ? [] : [ladderFinding(ladder)],
    ...answers.map((finding) => decidedOf(finding, notes) ?? finding),
    ...notes.findings.filter(({ subject }) => !manifest.thresholds.includes(subject)),
    // Those of a rung make its class.
    ...ladder === null ? checksOfStages(figures) : [],
  ];
  const verdict = notes.end === null
    ? unfinished(overallVerdict(findings))
    : overallVerdict(findings);
  return {
    schemaVersion: SCHEMA_VERSION,
    manifest: { ...manifest, facts: { ...manifest.facts, ...notes.facts } },
    verdict,
    exitCode: exitCodeOf(verdict, notes.end?.reason),
    findings,
    validity,
    arrivals: manifest.isStaged ? null : judged[0]?.arrivals ?? null,
    warnings: warningsOf(notes),
    ...happened(notes),
    end: notes.end,
    summary: summarize(totals),
    stages,
    ladder,
    climb: ladder === null ? null : climbOf(figures, ladder),
    tables: tablesOf(figures, generators),
    generators,
    percentileCurves: curvesOf(totals),
    series,
  };
}

/** What was noted and changed, so far. */
export function happened(
  { marks, changes, end, lastMs }: LogNotes,
): Pick<Report, "marks" | "changes"> {
  const told = changes.told(end?.atMs ?? lastMs);
  return {
    marks: [...marks, ...told.map(markOf)].sort((one, other) => one.atMs - other.atMs),
    changes: told,
  };
}

/** Checks of the command's own in a stage, which are of the run, too. */
function checksOfStages({ manifest, stages }: RunFigures): Finding[] {
  if (!manifest.isStaged) return [];
  return stages.flatMap(({ stage, findings }) =>
    findings.map((finding) => ({ ...finding, subject: `${finding.subject} in ${stage.name}` }))
  );
}

function climbOf({ manifest, stages }: RunFigures, result: LadderResult): ClimbFindings {
  return climbFindings(manifest.classes.map(({ name }) => name), result, {
    op: manifest.mainOperation,
    totalsOf: (name) => stages.find(({ stage }) => stage.name === name)?.totals,
  });
}

export function tablesOf(
  { manifest, stages, whole: { totals }, toldTables }: RunFigures,
  generators: readonly GeneratorReport[],
): FigureTable[] {
  const of = (kind: Stage["kind"]) =>
    stages.filter(({ stage }) => stage.kind === kind)
      .map(({ stage: { name }, totals }) => ({ name, totals }));
  const tables = manifest.tables.map((spec) => {
    const { kind = "measured" } = spec.rows.by === "stage" ? spec.rows : {};
    return figureTable(spec, { stages: of(kind), totals, withChance: manifest.weighsChance });
  });
  const told = toldTables.map(toldFigureTable).sort((one, other) =>
    one.title < other.title ? -1 : 1
  );
  const main = tables.filter(({ isDetail }) => isDetail !== true);
  const details = tables.filter(({ isDetail }) => isDetail === true);
  const ofGenerators = generators.length > 0 ? [generatorTable(generators)] : [];
  return [...main, ...told, ...details, ...ofGenerators]
    .filter(({ columns, rows }) => columns.length > 0 && rows.length > 0);
}

/** What a stage is, when it was, and what was changed in it. */
export function stageHead(
  figures: RunFigures,
  index: number,
): Pick<StageReport, keyof Stage | "startMs" | "endMs" | "pausedMs" | "changes" | "isDone"> {
  const { stage, fromMs, isDone } = figures.stages[index]!;
  const { changes } = figures.notes;
  const endMs = endMsOf(figures, index);
  return {
    ...stage,
    startMs: fromMs,
    endMs,
    pausedMs: changes.pausedMs({ fromMs, toMs: endMs }),
    changes: changes.told(endMs).filter(({ atMs }) => atMs >= fromMs && atMs < endMs),
    isDone,
  };
}

/** What a stage came to, also while the run goes on. */
export function stageReport(figures: RunFigures, index: number): StageReport {
  const { manifest } = figures;
  const { stage, totals, findings, disqualified } = figures.stages[index]!;
  const validity = validityOf(figures, index);
  const isJudged = stage.kind === "measured";
  const judged = isJudged ? judgedOf(figures, index) : [];
  const { mainOperation: op, classes, causes } = manifest;
  const checks = isJudged && isOpenRung(figures, index) && !manifest.ladder?.judgesOffer
    ? [heldBack(keptUp(totals, { op, validity }), disqualified), ...findings]
    : findings;
  const found = isJudged && classes.length > 0
    ? classOf(classes, { judged, validity, disqualified, checks })
    : null;
  const ofStage = [...askedIn(judged, manifest), ...checks];
  // What a stage has no value of is asked of another one.
  const isGood = found === null
    ? validity.level !== "invalid" && disqualified === undefined &&
      ofStage.every(({ verdict }) => verdict !== "fail")
    // Whoever may be as good as possible is accused of nothing.
    : (found.name ?? found.atBest) === classes[0]?.name;
  return {
    ...stageHead(figures, index),
    validity,
    arrivals: arrivalRate(totals, expectedOf(figures, index)),
    disqualified: disqualified ?? null,
    findings: ofStage,
    class: found,
    causes: isJudged && !isGood && (causes.length > 0 || disqualified !== undefined)
      ? causesOf(causes, judged, { validity, disqualified })
      : [],
    response: responseOf(totals, op),
    summary: summarize(totals),
  };
}

/** Answers to thresholds and to what makes the classes; signs are no questions of anybody's. */
function askedIn(
  judged: readonly Judged[],
  { thresholds, classes }: Pick<Manifest, "thresholds" | "classes">,
): Finding[] {
  const asked = new Set([...thresholds, ...classThresholds(classes)]);
  return judged.map(({ finding }) => finding).filter(({ subject }) => asked.has(subject));
}

function warningsOf({ warnings, end }: LogNotes): Warning[] {
  if (end !== null) return warnings;
  const message =
    "The run was killed before it could end: figures stop up to a second before that, and what it made may still be there";
  return [...warnings, { code: "run-did-not-end", message }];
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

export function curvesOf(totals: Totals): PercentileCurve[] {
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
