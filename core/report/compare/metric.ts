/**
 * Did one metric change between two sets of runs, and is that more than chance? Decides which values
 * are tested and how; never reads a report, never decides whether a change is acceptable.
 * @module
 */

import {
  mannWhitney,
  median,
  medianInterval,
  smallestPValue,
  twoProportions,
} from "../../judge/statistics.ts";
import { formatSignificant } from "../../units.ts";
import type { MetricIdentity, MetricReading } from "./readings.ts";

/** Below it, no rank test can reach 95 %: sets of 4 that do not overlap have p = 2/70 = 0.029, of 3 p = 0.1. */
export const LEAST_VALUES = 4;

/** `~`: no more than chance. `?`: cannot be told. `changed`: significant, but neither way is known as better. */
export type MetricVerdict = "better" | "worse" | "changed" | "~" | "?";

/** A metric on one side: the median of its values and how well that is known. */
export interface MetricFigure {
  readonly value: number;
  /** Bounds of the median's confidence interval; null where there are no values to take it from. */
  readonly low: number | null;
  readonly high: number | null;
  /** Confidence that the interval really has; below the one asked for when there are fewer than 6 values. */
  readonly confidence: number | null;
  /** Values behind it: runs, blocks of time, or (two-proportions) operations. */
  readonly n: number;
}

/** One line of a comparison. */
export interface MetricComparison extends MetricIdentity {
  /** null: this side does not have the metric. */
  readonly base: MetricFigure | null;
  readonly candidate: MetricFigure | null;
  /** 0.1 is +10 % or, for points, +10 percentage points; null: one side is missing or the base is 0. */
  readonly delta: number | null;
  readonly deltaKind: "relative" | "points";
  readonly pValue: number | null;
  readonly test: "mann-whitney" | "two-proportions" | null;
  readonly verdict: MetricVerdict;
  /** Why the verdict is `?`; empty otherwise. */
  readonly reason: string;
}

/** How metrics are compared. */
interface MetricTest {
  /** Of the median's interval; 1 - confidence is the level of significance. */
  readonly confidence: number;
  /** One value per run; otherwise values from within the runs. */
  readonly perRun: boolean;
}

type Answer = Pick<MetricComparison, "pValue" | "test" | "verdict" | "reason">;

/** The readings of one metric on both sides, one per run that has it; null if no run has a value. */
export function compareMetric(
  sides: { base: readonly MetricReading[]; candidate: readonly MetricReading[] },
  options: MetricTest,
): MetricComparison | null {
  const { base, candidate } = sides;
  const all = [...base, ...candidate];
  const [first] = all;
  if (first === undefined) return null;
  const { name, series, stat, kind, unit, betterWay } = first;
  const identity = { name, series, stat, kind, unit, betterWay };
  const deltaKind = stat.endsWith(".ratio") ? "points" as const : "relative" as const;
  const figures = { base: figure(base, options), candidate: figure(candidate, options) };
  if (figures.base === null && figures.candidate === null) return null;
  if (figures.base === null || figures.candidate === null) {
    const where = figures.base === null ? "only in the new runs" : "only in the base";
    return { ...identity, ...figures, delta: null, deltaKind, ...unknown(where) };
  }
  const difference = figures.candidate.value - figures.base.value;
  const delta = deltaKind === "points" || difference === 0
    ? difference
    : figures.base.value === 0
    ? null
    : difference / Math.abs(figures.base.value);
  // Any of them: a run in which nothing happened has neither.
  const answer = options.perRun || all.some(({ blocks }) => blocks !== null)
    ? rankAnswer(sides, { ...options, difference, identity })
    : all.some(({ proportion }) => proportion !== null)
    ? shareAnswer(sides, { ...options, difference, identity })
    : unknown(`needs at least ${LEAST_VALUES} runs a side`);
  return { ...identity, ...figures, delta, deltaKind, ...answer };
}

/** Whether the metric got an answer that rests on a test. */
export function isTested({ verdict }: MetricComparison): boolean {
  return verdict !== "?";
}

/** The change in the sense of `delta`, with a rise from 0 as +Infinity; undefined when a side is missing. */
export function changeOf({ delta, base, candidate }: MetricComparison): number | undefined {
  if (delta !== null) return delta;
  if (base === null || candidate === null) return undefined;
  return candidate.value > base.value ? Infinity : -Infinity;
}

/** The change for people: "+12.3%", "-0.4pp" (percentage points), "from 0", "-" when a side is missing. */
export function formatDelta(metric: MetricComparison): string {
  const { delta, deltaKind } = metric;
  if (delta === null) return changeOf(metric) === undefined ? "-" : "from 0";
  return `${delta > 0 ? "+" : ""}${formatSignificant(delta * 100)}${
    deltaKind === "points" ? "pp" : "%"
  }`;
}

interface Question extends MetricTest {
  readonly difference: number;
  readonly identity: MetricIdentity;
}

function rankAnswer(
  sides: { base: readonly MetricReading[]; candidate: readonly MetricReading[] },
  question: Question,
): Answer {
  const base = valuesOf(sides.base, question.perRun);
  const candidate = valuesOf(sides.candidate, question.perRun);
  const what = question.perRun ? "runs" : "stretches of time";
  const counts = `${base.length} and ${candidate.length}`;
  if (Math.min(base.length, candidate.length) < LEAST_VALUES) {
    return unknown(`needs at least ${LEAST_VALUES} ${what} a side with a value, has ${counts}`);
  }
  if (smallestPValue(base.length, candidate.length) >= 1 - question.confidence) {
    const asked = Number((question.confidence * 100).toPrecision(6));
    return unknown(`needs more ${what} a side for ${asked} % confidence, has ${counts}`);
  }
  const { pValue } = mannWhitney(base, candidate);
  return { pValue, test: "mann-whitney", verdict: verdictOf(pValue, question), reason: "" };
}

function shareAnswer(
  sides: { base: readonly MetricReading[]; candidate: readonly MetricReading[] },
  question: Question,
): Answer {
  const pValue = twoProportions(pooled(sides.base), pooled(sides.candidate));
  return { pValue, test: "two-proportions", verdict: verdictOf(pValue, question), reason: "" };
}

function verdictOf(pValue: number, question: Question): MetricVerdict {
  const { confidence, difference, identity } = question;
  // Spreads can differ significantly around one median; the figure that is compared did not change.
  if (pValue >= 1 - confidence || difference === 0) return "~";
  if (identity.betterWay === null) return "changed";
  return (difference > 0) === (identity.betterWay === "higher") ? "better" : "worse";
}

function unknown(reason: string): Answer {
  return { pValue: null, test: null, verdict: "?", reason };
}

/** The figure shown for a side: what is tested, or the plain values of the runs where nothing is. */
function figure(readings: readonly MetricReading[], options: MetricTest): MetricFigure | null {
  if (!options.perRun && readings.some(({ proportion }) => proportion !== null)) {
    const { count, of } = pooled(readings);
    return of === 0 ? null : { value: count / of, low: null, high: null, confidence: null, n: of };
  }
  const tested = options.perRun || readings.some(({ blocks }) => blocks !== null);
  const values = valuesOf(readings, !tested || options.perRun);
  if (values.length === 0) {
    const plain = valuesOf(readings, true);
    return plain.length === 0 ? null : bare(plain, 0);
  }
  if (!tested) return bare(values, values.length);
  return { value: median(values), ...medianInterval(values, options.confidence), n: values.length };
}

function bare(values: readonly number[], n: number): MetricFigure {
  return { value: median(values), low: null, high: null, confidence: null, n };
}

function valuesOf(readings: readonly MetricReading[], perRun: boolean): number[] {
  return perRun
    ? readings.flatMap(({ value }) => value === null ? [] : [value])
    : readings.flatMap(({ blocks }) => blocks ?? []);
}

function pooled(readings: readonly MetricReading[]): { count: number; of: number } {
  return readings.reduce((sum, { proportion }) => ({
    count: sum.count + (proportion?.count ?? 0),
    of: sum.of + (proportion?.of ?? 0),
  }), { count: 0, of: 0 });
}
