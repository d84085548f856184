/**
 * Manifest + run log -> Report. The one path to every report: a run that just ended, one re-read
 * with `scaletool report` and one that was killed all come through here, so they cannot disagree.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import {
  answerTo,
  type Finding,
  type Judged,
  overallVerdict,
  type Verdict,
} from "../judge/finding.ts";
import { formatLimit } from "../judge/limit.ts";
import { parseThreshold } from "../judge/threshold.ts";
import { arrivalRate } from "../judge/arrival_rate.ts";
import { causesOf } from "../judge/cause.ts";
import { classOf } from "../judge/class.ts";
import { allHeldBack, heldBack } from "../judge/disqualified.ts";
import { classThresholds } from "../judge/class_spec.ts";
import { budgetOfRung, keptUp } from "../judge/kept_up.ts";
import { ladderFinding, type LadderResult, ladderResult } from "../ladder/ladder_result.ts";
import {
  assessValidity,
  DEFAULT_VALIDITY_BUDGET,
  type ExpectedLoad,
  type Validity,
} from "../judge/validity.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { distributionStats, summarize } from "../measure/summary.ts";
import type { Stage } from "../measure/stage.ts";
import type { Totals } from "../measure/totals.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { RunRecords } from "../run_log/run_directory.ts";
import type { EndReason, Warning } from "../run_log/record.ts";
import { type ClimbFindings, climbFindings } from "./climb_findings.ts";
import { climbedRungs } from "./climbed.ts";
import { type FigureTable, figureTable, toldFigureTable } from "./figure_table.ts";
import { type PercentileCurve, type Report, SCHEMA_VERSION, type StageReport } from "./report.ts";
import { type LogNotes, readFigures, type RunFigures } from "./run_figures.ts";
import { percentileCurve } from "./series.ts";

const NO_STAGE: Validity = { level: "valid", reasons: [] };

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
  const ladder = manifest.ladder === null
    ? null
    : ladderResult(manifest.ladder, climbedRungs(manifest.ladder, stages));
  const findings = [
    ...ladder === null ? [] : [ladderFinding(ladder)],
    ...thresholdFindings(figures, validity),
    ...notes.findings,
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
    marks: notes.marks,
    end: notes.end,
    summary: summarize(totals),
    stages,
    ladder,
    climb: ladder === null ? null : climbOf(figures, ladder),
    tables: tablesOf(figures),
    percentileCurves: curvesOf(totals),
    series,
  };
}

/** Of the thresholds of the run, each of the stage that it names, or else of all of them. */
function thresholdFindings(figures: RunFigures, validity: Validity): Finding[] {
  const whole = judgedOfWhole(figures, validity);
  return figures.manifest.thresholds.map((text) => {
    const { figure: { stage: name }, limit, overMs, forMs } = parseThreshold(text);
    if (name === null) {
      const isWindowed = overMs !== null || forMs !== null;
      // A window must not reach over a pause.
      if (isWindowed && figures.manifest.isStaged) return worstOfStages(figures, text);
      return answerTo(text, whole)!.finding;
    }
    const index = figures.stages.findIndex(({ stage }) => stage.name === name);
    return answerTo(text, index === -1 ? [] : judgedOf(figures, index))?.finding ?? {
      subject: text,
      verdict: "inconclusive",
      observed: null,
      limit: formatLimit(limit),
      reason: `there was no stage ${name}`,
    };
  });
}

/** Answers about all stages. What stood in the way of others excuses nothing that holds throughout. */
function judgedOfWhole(
  { manifest: { invariants }, stages, whole: { judge } }: RunFigures,
  validity: Validity,
): Judged[] {
  const by = stages.find(({ disqualified }) => disqualified !== undefined)?.disqualified;
  const answers = judge.judged(validity);
  const ofInvariants = (all: readonly Judged[]) =>
    all.filter(({ finding }) => invariants.includes(finding.subject));
  // Broken is broken, also where the generator was too weak to tell that anything holds.
  const broken = ofInvariants(judge.judged(NO_STAGE))
    .filter(({ finding }) => finding.verdict === "fail");
  return [...broken, ...ofInvariants(answers), ...allHeldBack(answers, by)];
}

/** The worst answer that a stage gives to a threshold, and which stage that is. */
function worstOfStages(figures: RunFigures, text: string): Finding {
  const answers = figures.stages.flatMap(({ stage }, index) => {
    const found = stage.kind === "measured" && answerTo(text, judgedOf(figures, index))?.finding;
    return found ? [{ stage, found }] : [];
  });
  const worst = answers.find(({ found }) => found.verdict === "fail") ??
    answers.find(({ found }) => found.verdict === "inconclusive") ?? answers[0];
  if (worst === undefined) return answerTo(text, figures.whole.judge.judged(NO_STAGE))!.finding;
  const { stage, found } = worst;
  return { ...found, reason: found.reason && `in ${stage.name} ${found.reason}` };
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

function tablesOf({ manifest, stages, whole: { totals }, toldTables }: RunFigures): FigureTable[] {
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
  return [...main, ...told, ...details]
    .filter(({ columns, rows }) => columns.length > 0 && rows.length > 0);
}

function judgedOf(figures: RunFigures, index: number): Judged[] {
  const { judge, disqualified } = figures.stages[index]!;
  return allHeldBack(judge.judged(validityOf(figures, index)), disqualified);
}

/** What a stage came to, also while the run goes on. */
export function stageReport(figures: RunFigures, index: number): StageReport {
  const { manifest } = figures;
  const { stage, fromMs, isDone, totals, findings, disqualified } = figures.stages[index]!;
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
    ...stage,
    startMs: fromMs,
    endMs: endMsOf(figures, index),
    isDone,
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

/** All its series together. */
function responseOf(totals: Totals, op: string): StageReport["response"] {
  const operation = totals.operation(op);
  return operation === undefined ? null : distributionStats(operation.response, US_PER_MS);
}

/** Answers to thresholds and to what makes the classes; signs are no questions of anybody's. */
function askedIn(
  judged: readonly Judged[],
  { thresholds, classes }: Pick<Manifest, "thresholds" | "classes">,
): Finding[] {
  const asked = new Set([...thresholds, ...classThresholds(classes)]);
  return judged.map(({ finding }) => finding).filter(({ subject }) => asked.has(subject));
}

function endMsOf(figures: RunFigures, index: number): number {
  return Math.max(figures.stages[index]!.fromMs, figures.overMsOf(index));
}

/** Whether how much is offered is what a rung is about. */
function isOpenRung({ manifest, stages }: RunFigures, index: number): boolean {
  return manifest.ladder !== null && stages[index]!.stage.targetRatePerSec !== null;
}

function expectedOf(figures: RunFigures, index: number): ExpectedLoad {
  const { manifest, notes } = figures;
  const { stage, fromMs, arrivalsOverMs } = figures.stages[index]!;
  const endMs = endMsOf(figures, index);
  return {
    targetRatePerSec: stage.targetRatePerSec,
    op: manifest.mainOperation,
    arrivalsMs: Math.max(0, (arrivalsOverMs ?? notes.arrivalsOverMs ?? endMs) - fromMs),
    cpuCount: manifest.host.cpus,
    isSimulated: manifest.isSimulated,
    ...isOpenRung(figures, index) ? { budget: budgetOfRung(DEFAULT_VALIDITY_BUDGET) } : {},
  };
}

function validityOf(figures: RunFigures, index: number): Validity {
  const { fromMs, disqualified } = figures.stages[index]!;
  // Stopped before anything was asked of the generator, either.
  if (disqualified !== undefined && endMsOf(figures, index) === fromMs) return NO_STAGE;
  return assessValidity(figures.stages[index]!.totals, expectedOf(figures, index));
}

/** A generator is as fit as in the stages in which it was least so; those say why. */
function overallValidity(judged: readonly StageReport[]): Validity {
  const [only, ...others] = judged;
  if (only !== undefined && others.length === 0) return only.validity;
  const level = (["invalid", "degraded"] as const)
    .find((bad) => judged.some(({ validity }) => validity.level === bad)) ?? "valid";
  const reasons = judged.filter(({ validity }) => validity.level === level)
    .flatMap(({ name, validity }) => validity.reasons.map((reason) => `In ${name}: ${reason}`));
  return { level, reasons };
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
