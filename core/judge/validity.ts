/**
 * Was the generator itself fit to measure? Judged from its own readings, never assumed.
 * Looks at the generator only: how slow the target was is no part of the question.
 * @module
 */

import * as z from "zod";
import type { Histogram } from "../measure/histogram.ts";
import { US_PER_MS } from "../measure/recorder.ts";
import { samplesNeeded } from "../measure/summary.ts";
import type { Totals } from "../measure/totals.ts";
import { formatSignificant } from "../units.ts";
import { arrivalRate, type ExpectedArrivals, shortfallRatio } from "./arrival_rate.ts";
import { formatObserved } from "./limit.ts";

export const ValidityLevel = z.enum(["valid", "degraded", "invalid"]);
export type ValidityLevel = z.infer<typeof ValidityLevel>;

/** `degraded`: read the figures with the reasons in mind. `invalid`: times and rates are the generator's own. */
export const Validity = z.object({ level: ValidityLevel, reasons: z.array(z.string()) });
export type Validity = z.infer<typeof Validity>;

/** Why nothing that an invalid generator measured is an answer, one sentence without a full stop. */
export function unfitText({ reasons }: Validity): string {
  return `the generator was not fit to measure: ${reasons.join(" ")}`;
}

/** What is still bearable; a reading must be beyond a limit, not at it, to count against the run. */
export interface ValidityBudget {
  /** 99th percentile of how late the event loop served a timer. */
  readonly loopLagMs: BudgetPair;
  /** 99th percentile of how late an arrival was taken up, waiting for a permit not included. */
  readonly schedulingLagMs: BudgetPair;
  /** Share of the operations that were due but never sent. */
  readonly droppedRatio: BudgetPair;
  /** Share of the offered load that was missed. */
  readonly shortfallRatio: BudgetPair;
  /** Mean use of one core; a busy core alone never makes a run invalid. */
  readonly cpuRatio: Pick<BudgetPair, "degraded">;
}

interface BudgetPair {
  readonly degraded: number;
  readonly invalid: number;
}

export const DEFAULT_VALIDITY_BUDGET: ValidityBudget = {
  // Every time may be too long by the lag. 50 ms is above what timers and garbage collection cost
  // an idle runtime; 250 ms is as long as the slowest answers that most targets are held to.
  loopLagMs: { degraded: 50, invalid: 250 },
  // Arrivals come in clumps once they are late by several timer ticks; at 200 ms the target saw
  // bursts and not the arrival process that was asked for.
  schedulingLagMs: { degraded: 20, invalid: 200 },
  // One in a thousand is as rare as what p99.9 shows; beyond one in twenty the offered load is
  // another one, and the p95 of what was sent may hide the rest.
  droppedRatio: { degraded: 0.001, invalid: 0.05 },
  // One in a hundred is within what people read off a chart, five in a hundred is not.
  shortfallRatio: { degraded: 0.01, invalid: 0.05 },
  // The event loop has one core; above nine tenths nothing is left for a busy moment. A tool that
  // goes as fast as it can fills its core on purpose, so this is never more than a caution.
  cpuRatio: { degraded: 0.9 },
};

/** What the run was meant to be, and where. */
export interface ExpectedLoad extends ExpectedArrivals {
  /** Cores of this machine. */
  readonly cpuCount: number;
  /**
   * Time stood still while the generator worked: it cannot have been late.
   * @default {false}
   */
  readonly isSimulated?: boolean;
  readonly budget?: ValidityBudget;
}

/** Time for a few readings of the event loop. */
const LEAST_AUDITED_MS = 100;

type Remark = { readonly level: "degraded" | "invalid"; readonly reason: string } | undefined;

/**
 * The generator's fitness, from what it recorded of itself in the measured time: the distributions
 * `loopLag` and `schedulingLag` (times), the gauge `cpuRatio` (share of one core), and what became of
 * the operations. The lag of operations is left out: it includes waiting for a permit while the
 * target stalls, which is not the generator's doing.
 */
export function assessValidity(totals: Totals, expected: ExpectedLoad): Validity {
  return validityFrom([
    loopLagRemark(totals, expected),
    schedulingLagRemark(totals, expected),
    droppedRemark(totals, expected),
    shortfallRemark(totals, expected),
    cpuRemark(totals, expected),
  ]);
}

/** Of the same, what is so of the load alone, whoever put it on. */
export function assessLoad(totals: Totals, expected: ExpectedLoad): Validity {
  return validityFrom([droppedRemark(totals, expected), shortfallRemark(totals, expected)]);
}

function validityFrom(all: readonly Remark[]): Validity {
  const remarks = all.filter((remark) => remark !== undefined);
  const levels = remarks.map(({ level }) => level);
  return {
    level: levels.includes("invalid") ? "invalid" : levels[0] ?? "valid",
    reasons: remarks.map(({ reason }) => reason),
  };
}

function budgetOf(expected: ExpectedLoad): ValidityBudget {
  return expected.budget ?? DEFAULT_VALIDITY_BUDGET;
}

/** @param text writes the sentence with the limit that was passed */
function remark(
  reading: number,
  { budget, text }: { budget: BudgetPair; text: (limit: number) => string },
): Remark {
  if (reading > budget.invalid) return { level: "invalid", reason: text(budget.invalid) };
  if (reading > budget.degraded) return { level: "degraded", reason: text(budget.degraded) };
  return undefined;
}

function loopLagRemark(totals: Totals, expected: ExpectedLoad): Remark {
  const [worst] = loopLags(totals).sort((one, other) => other.lagMs - one.lagMs);
  if (worst === undefined) {
    if (expected.isSimulated === true || isMoment(totals)) return undefined;
    return {
      level: "degraded",
      reason: "The generator was not audited: it has no readings of its own event-loop lag, " +
        "so make the run long enough for some, or check its load by other means.",
    };
  }
  const { lagMs, thread } = worst;
  const which = thread === undefined ? "event loop" : `event loop of thread ${thread}`;
  return remark(lagMs, {
    budget: budgetOf(expected).loopLagMs,
    text: (limit) =>
      `The generator's ${which} was ${ms(lagMs, limit)} late at p99 ` +
      `(budget ${ms(limit)}): lower the load on this machine or use a larger one.`,
  });
}

/** A stage that puts no load on and is over before there could be a reading, which makes nothing late. */
function isMoment({ durationMs, operations }: Totals): boolean {
  return operations.size === 0 && durationMs > 0 && durationMs < LEAST_AUDITED_MS;
}

/** Of each thread by itself: one that is idle must not hide one that is late. */
function loopLags(totals: Totals): { lagMs: number; thread: string | undefined }[] {
  return [...totals.distributions.values()].flatMap(({ name, tags, histogram }) => {
    const lagMs = name === "loopLag" ? p99Ms(histogram) : undefined;
    return lagMs === undefined ? [] : [{ lagMs, thread: tags?.["thread"] }];
  });
}

function schedulingLagRemark(totals: Totals, expected: ExpectedLoad): Remark {
  // In a closed model an operation is due when its worker is free: there is nothing to be late for.
  if (expected.targetRatePerSec === null) return undefined;
  const lagMs = p99Ms(totals.distribution("schedulingLag")?.histogram);
  if (lagMs === undefined) return undefined;
  return remark(lagMs, {
    budget: budgetOf(expected).schedulingLagMs,
    text: (limit) =>
      `Arrivals were taken up ${ms(lagMs, limit)} late at p99 ` +
      `(budget ${ms(limit)}): lower the rate or spread it over more generators.`,
  });
}

/**
 * The 99th percentile; of fewer readings than that needs the longest, for nothing says that it was
 * a rare one. Undefined without readings.
 */
function p99Ms(histogram: Histogram | undefined): number | undefined {
  if (histogram === undefined || histogram.count === 0) return undefined;
  const us = histogram.count < samplesNeeded(0.99) ? histogram.max : histogram.valueAt(0.99);
  return us / US_PER_MS;
}

function droppedRemark(totals: Totals, expected: ExpectedLoad): Remark {
  let worst = { op: "", ratio: 0 };
  // By operation: the many updates of a few objects must not hide that creations were dropped.
  for (const op of operationNames(totals)) {
    const series = totals.operation(op);
    const ratio = series === undefined || series.total === 0 ? 0 : series.dropped / series.total;
    if (ratio > worst.ratio) worst = { op, ratio };
  }
  return remark(worst.ratio, {
    budget: budgetOf(expected).droppedRatio,
    text: (limit) =>
      `${
        percent(worst.ratio, limit)
      } of the ${worst.op} operations that were due were never sent ` +
      `(budget ${percent(limit)}): raise the in-flight limit or lower the rate.`,
  });
}

function shortfallRemark(totals: Totals, expected: ExpectedLoad): Remark {
  const arrivals = arrivalRate(totals, expected);
  if (arrivals === null) return undefined;
  const missed = shortfallRatio(arrivals);
  return remark(missed, {
    budget: budgetOf(expected).shortfallRatio,
    text: (limit) =>
      `Only ${percent(1 - missed, 1 - limit)} of the target rate of ${
        formatSignificant(arrivals.targetPerSec)
      }/s was sent (budget ${
        percent(1 - limit)
      }): lower the rate or spread it over more generators.`,
  });
}

function cpuRemark(totals: Totals, expected: ExpectedLoad): Remark {
  const { cpuCount } = expected;
  const gauge = totals.gauge("cpuRatio");
  const mean = gauge === undefined || gauge.count === 0 ? 0 : gauge.sum / gauge.count;
  const limit = budgetOf(expected).cpuRatio.degraded;
  if (mean <= limit) return undefined;
  const remedy = cpuCount > 1
    ? `use more of this machine's ${cpuCount} cores with more threads, or lower the rate`
    : "use a machine with more cores, or lower the rate";
  return {
    level: "degraded",
    reason: `The generator used ${percent(mean, limit)} of a core (budget ${percent(limit)}): ` +
      `the figures may be its limit, not the target's, so ${remedy}.`,
  };
}

function operationNames(totals: Totals): string[] {
  return [...new Set([...totals.operations.values()].map(({ op }) => op))];
}

/** "97 %", with as many digits as it takes to differ from a limit that it is not equal to. */
function percent(ratio: number, limit = ratio): string {
  return formatObserved(ratio, { value: limit, unit: "ratio" }).replace("%", " %");
}

function ms(value: number, limit = value): string {
  return formatObserved(value, { value: limit, unit: "ms" });
}
