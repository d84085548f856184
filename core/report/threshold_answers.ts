/**
 * What a run's figures answer to its thresholds, at the end and while it goes on.
 * @module
 */

import { answerTo, type Finding, type Judged, type Verdict } from "../judge/finding.ts";
import { formatLimit } from "../judge/limit.ts";
import { type Standing, standingOf } from "../judge/standing.ts";
import { formatThreshold, parseThreshold } from "../judge/threshold.ts";
import { allHeldBack } from "../judge/disqualified.ts";
import type { JudgedOptions } from "../judge/judge.ts";
import type { Validity } from "../judge/validity.ts";
import type { LogNotes, RunFigures } from "./run_figures.ts";
import { NO_STAGE, overallValidity, validityOf } from "./stage_fitness.ts";

/** Which answer ended the run: what came after that does not unmake it. */
export function decidedOf({ subject }: Finding, { findings }: LogNotes): Finding | undefined {
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
export function thresholdAnswers(
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

export function judgedOf(figures: RunFigures, index: number, options?: JudgedOptions): Judged[] {
  const { judge, disqualified } = figures.stages[index]!;
  return allHeldBack(judge.judged(validityOf(figures, index, options), options), disqualified);
}
