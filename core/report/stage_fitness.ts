/**
 * How fit a generator was to measure, in each stage and over all: what was expected of it against what
 * it did. With several, each of them and the worst.
 * @module
 */

import { type OneGenerator, validityOfAll, validityOfOne } from "../judge/generators_validity.ts";
import type { AnswerOptions } from "../judge/question.ts";
import { budgetOfRung } from "../judge/kept_up.ts";
import {
  assessValidity,
  DEFAULT_VALIDITY_BUDGET,
  type ExpectedLoad,
  type Validity,
} from "../judge/validity.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { distributionStats, type SummaryOptions } from "../measure/summary.ts";
import { Totals } from "../measure/totals.ts";
import type { StageReport } from "./report.ts";
import type { RunFigures } from "./run_figures.ts";
import type { GeneratorReport } from "./generator_report.ts";

/** Nothing was asked of the generator. */
export const NO_STAGE: Validity = { level: "valid", reasons: [] };

export function endMsOf(figures: RunFigures, index: number): number {
  return Math.max(figures.stages[index]!.fromMs, figures.overMsOf(index));
}

/** Whether how much is offered is what a rung is about. */
export function isOpenRung({ manifest, stages }: RunFigures, index: number): boolean {
  return manifest.ladder !== null && stages[index]!.stage.targetRatePerSec !== null;
}

export function expectedOf(
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

/** All its series together. */
export function responseOf(
  totals: Totals,
  op: string,
  options?: SummaryOptions,
): StageReport["response"] {
  const operation = totals.operation(op);
  return operation === undefined ? null : distributionStats(operation.response, US_PER_MS, options);
}
