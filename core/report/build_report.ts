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
import { type Standing, standingOf } from "../judge/standing.ts";
import { formatThreshold, parseThreshold } from "../judge/threshold.ts";
import { arrivalRate } from "../judge/arrival_rate.ts";
import { causesOf } from "../judge/cause.ts";
import { classOf } from "../judge/class.ts";
import { allHeldBack, heldBack } from "../judge/disqualified.ts";
import { type OneGenerator, validityOfAll, validityOfOne } from "../judge/generators_validity.ts";
import { classThresholds } from "../judge/class_spec.ts";
import type { JudgedOptions } from "../judge/judge.ts";
import type { AnswerOptions } from "../judge/question.ts";
import { budgetOfRung, keptUp } from "../judge/kept_up.ts";
import { ladderFinding, type LadderResult, ladderResult } from "../ladder/ladder_result.ts";
import {
  assessValidity,
  DEFAULT_VALIDITY_BUDGET,
  type ExpectedLoad,
  type Validity,
} from "../judge/validity.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { distributionStats, summarize, type SummaryOptions } from "../measure/summary.ts";
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

/** Which answer ended the run: what came after that does not unmake it. */
function decidedOf({ subject }: Finding, { findings }: LogNotes): Finding | undefined {
  return findings.find((decided) => decided.subject === subject);
}

/** How each threshold of the run stands, while it goes on. */
export function standingsOf(figures: RunFigures): Standing[] {
  const { stages } = figures;
  const isSoFar = true;
  const judged = stages.map(({ stage: { name, kind } }, index) => ({ name, kind, index }))
    .filter(({ kind, index }) => kind === "measured" && figures.hasBegun(index))
    .map(({ name, index }) => ({ name, validity: validityOf(figures, index, { isSoFar }) }));
  const overall = overallValidity(judged);
  return thresholdAnswers(figures, overall, { isSoFar }).map((answer) => {
    const { figure: { stage: name }, afterMs } = answer.threshold;
    const { startMs, durationMs } = name === null
      ? figures.whole.totals
      : stages.find(({ stage }) => stage.name === name)?.totals ?? { startMs: 0, durationMs: 0 };
    return standingOf(answer, {
      validity: judged.find((stage) => stage.name === name)?.validity ?? overall,
      judgedMs: Math.max(0, durationMs - Math.max(0, afterMs - startMs)),
    });
  });
}

/** Of the thresholds of the run, each of the stage that it names, or else of all of them. */
function thresholdAnswers(
  figures: RunFigures,
  validity: Validity,
  options: JudgedOptions = {},
): Judged[] {
  const whole = judgedOfWhole(figures, validity, options);
  return figures.manifest.thresholds.map((text) => {
    const threshold = parseThreshold(text);
    const { figure: { stage: name }, limit, overMs, forMs } = threshold;
    const ofStage = { ...options, only: formatThreshold(threshold) };
    if (name === null) {
      const isWindowed = overMs !== null || forMs !== null;
      // A window must not reach over a pause.
      if (isWindowed && figures.manifest.isStaged) return worstOfStages(figures, text, ofStage);
      return answerTo(text, whole)!;
    }
    const index = figures.stages.findIndex(({ stage }) => stage.name === name);
    return (index === -1 ? undefined : judgedOf(figures, index, ofStage)[0]) ?? {
      threshold,
      finding: {
        subject: text,
        verdict: "inconclusive",
        observed: null,
        limit: formatLimit(limit),
        reason: `there was no stage ${name}`,
      },
      observed: null,
      mayBeChance: false,
    };
  });
}

/** Answers about all stages. What stood in the way of others excuses nothing that holds throughout. */
function judgedOfWhole(
  { manifest: { invariants }, stages, whole: { judge } }: RunFigures,
  validity: Validity,
  options: JudgedOptions,
): Judged[] {
  const by = stages.find(({ disqualified }) => disqualified !== undefined)?.disqualified;
  const answers = judge.judged(validity, options);
  const ofInvariants = (all: readonly Judged[]) =>
    all.filter(({ finding }) => invariants.includes(finding.subject));
  // Broken is broken, also where the generator was too weak to tell that anything holds.
  const broken = invariants.length === 0 ? [] : ofInvariants(judge.judged(NO_STAGE, options))
    .filter(({ finding }) => finding.verdict === "fail");
  return [...broken, ...ofInvariants(answers), ...allHeldBack(answers, by)];
}

/** The worst answer that a stage gives to a threshold, and which stage that is. */
function worstOfStages(figures: RunFigures, text: string, options: JudgedOptions): Judged {
  const answers = figures.stages.flatMap(({ stage }, index) => {
    const [found] = stage.kind === "measured" ? judgedOf(figures, index, options) : [];
    return found === undefined ? [] : [{ stage, found }];
  });
  const worstWith = (verdict: Verdict) =>
    answers.find(({ found }) => found.finding.verdict === verdict);
  const worst = worstWith("fail") ?? worstWith("inconclusive") ?? answers[0];
  if (worst === undefined) return answerTo(text, figures.whole.judge.judged(NO_STAGE, options))!;
  const { stage, found } = worst;
  const { finding } = found;
  const reason = finding.reason && `in ${stage.name} ${finding.reason}`;
  return { ...found, finding: { ...finding, reason } };
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

function judgedOf(figures: RunFigures, index: number, options?: JudgedOptions): Judged[] {
  const { judge, disqualified } = figures.stages[index]!;
  return allHeldBack(judge.judged(validityOf(figures, index, options), options), disqualified);
}

/** What a stage came to, also while the run goes on. */
export function stageReport(figures: RunFigures, index: number): StageReport {
  const { manifest, notes: { changes } } = figures;
  const endMs = endMsOf(figures, index);
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
    endMs,
    pausedMs: changes.pausedMs({ fromMs, toMs: endMs }),
    changes: changes.told(endMs).filter(({ atMs }) => atMs >= fromMs && atMs < endMs),
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
export function responseOf(
  totals: Totals,
  op: string,
  options?: SummaryOptions,
): StageReport["response"] {
  const operation = totals.operation(op);
  return operation === undefined ? null : distributionStats(operation.response, US_PER_MS, options);
}

/** Answers to thresholds and to what makes the classes; signs are no questions of anybody's. */
function askedIn(
  judged: readonly Judged[],
  { thresholds, classes }: Pick<Manifest, "thresholds" | "classes">,
): Finding[] {
  const asked = new Set([...thresholds, ...classThresholds(classes)]);
  return judged.map(({ finding }) => finding).filter(({ subject }) => asked.has(subject));
}

export function endMsOf(figures: RunFigures, index: number): number {
  return Math.max(figures.stages[index]!.fromMs, figures.overMsOf(index));
}

/** Whether how much is offered is what a rung is about. */
function isOpenRung({ manifest, stages }: RunFigures, index: number): boolean {
  return manifest.ladder !== null && stages[index]!.stage.targetRatePerSec !== null;
}

function expectedOf(
  figures: RunFigures,
  index: number,
  { isSoFar = false }: AnswerOptions = {},
): ExpectedLoad {
  const { manifest, notes } = figures;
  const { stage, fromMs, arrivalsOverMs } = figures.stages[index]!;
  const toMs = Math.max(fromMs, arrivalsOverMs ?? notes.arrivalsOverMs ?? endMsOf(figures, index));
  const arrivals = { fromMs, toMs };
  return {
    targetRatePerSec: stage.targetRatePerSec === null
      ? null
      : notes.changes.meanRatePerSec(stage.targetRatePerSec, arrivals),
    op: manifest.mainOperation,
    isSoFar,
    arrivalsMs: toMs - fromMs - notes.changes.pausedMs(arrivals),
    cpuCount: manifest.host.cpus,
    isSimulated: manifest.isSimulated,
    ...isOpenRung(figures, index) ? { budget: budgetOfRung(DEFAULT_VALIDITY_BUDGET) } : {},
  };
}

export function validityOf(
  figures: RunFigures,
  index: number,
  options?: AnswerOptions,
): Validity {
  const { fromMs, disqualified } = figures.stages[index]!;
  // Stopped before anything was asked of the generator, either.
  if (disqualified !== undefined && endMsOf(figures, index) === fromMs) return NO_STAGE;
  const { totals } = figures.stages[index]!;
  const expected = expectedOf(figures, index, options);
  const generators = generatorsIn(figures, index);
  return generators === undefined
    ? assessValidity(totals, expected)
    : validityOfAll(totals, { expected, generators });
}

/** Undefined: the program itself put the load on. */
function generatorsIn(figures: RunFigures, index: number): OneGenerator[] | undefined {
  const { fromMs } = figures.stages[index]!;
  return figures.generators?.inStage(index, { fromMs, untilMs: endMsOf(figures, index) });
}

/** What each generator came to in all stages that are judged. */
export function generatorReports(
  figures: RunFigures,
  judged: readonly StageReport[],
  options?: AnswerOptions,
): GeneratorReport[] {
  const { manifest: { mainOperation: op }, stages } = figures;
  const names = new Set(judged.map(({ name }) => name));
  const parts = [...stages.keys()].filter((index) => names.has(stages[index]!.stage.name))
    .map((index) => ({
      name: stages[index]!.stage.name,
      expected: expectedOf(figures, index, options),
      all: generatorsIn(figures, index) ?? [],
    }));
  return [...figures.generators?.fates ?? []].map((fate, index) => {
    const totals = new Totals();
    for (const { all } of parts) totals.merge(all[index]!.totals);
    const operation = totals.operation(op);
    const { total = 0, finished = 0, failedCount = 0, dropped = 0 } = operation ?? {};
    return {
      index,
      total,
      ratePerSec: totals.durationMs === 0 ? 0 : finished * 1_000 / totals.durationMs,
      failed: failedCount,
      dropped,
      response: responseOf(totals, op),
      validity: overallValidity(parts.map(({ name, expected, all }) => ({
        name,
        validity: validityOfOne(all[index]!, { expected, of: all.length }),
      }))),
      clock: fate.clock,
      lateMs: fate.lateMs,
      lost: fate.lost,
      missing: fate.missing,
    };
  });
}

/** A generator is as fit as in the stages in which it was least so; those say why. */
export function overallValidity(
  judged: readonly Pick<StageReport, "name" | "validity">[],
): Validity {
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
