/**
 * What changed between two sets of runs of one setting, and is it a regression? The one path from
 * reports to a comparison; reads no file and writes no text (`text.ts` does).
 * @module
 */

import { type Finding, overallVerdict, type Verdict } from "../../judge/finding.ts";
import { geometricMean } from "../../judge/statistics.ts";
import type { Warning } from "../../run_log/record.ts";
import { compareMetric, isTested, LEAST_VALUES, type MetricComparison } from "./metric.ts";
import { type MetricReading, MOST_BLOCKS, readMetrics } from "./readings.ts";
import { comparabilityWarnings, type Sides } from "./warnings.ts";
import { type FailOn, judgeFailOn, type Regression } from "./fail_on.ts";
import type { Report } from "../report.ts";

/** Raised on every change that could break a reader of the comparison's JSON. */
const COMPARISON_SCHEMA_VERSION = 1;

/** The confidence that is used where none is asked for. */
export const DEFAULT_CONFIDENCE = 0.95;

/** How to compare. */
interface CompareOptions {
  /** Above 0, below 1; p-values below 1 - confidence are significant. */
  readonly confidence: number;
  /** None: fails on a significant worsening by 5 % (of a ratio, by 0.1 points) or more. */
  readonly failOn: readonly FailOn[];
}

/** Which values the tests were made on. `runs` is the sound one. */
type Basis = "runs" | "within-run";

/** Several metrics of one unit in one figure. */
export interface GeometricMean {
  readonly of: "times" | "rates";
  /** Geometric mean of candidate / base; 1: no change on the whole. */
  readonly ratio: number;
  /** Metrics that went into it, at least 2. */
  readonly n: number;
}

/** The answer; all numbers finite. */
export interface RunComparison {
  readonly schemaVersion: typeof COMPARISON_SCHEMA_VERSION;
  /** Run ids. */
  readonly base: readonly string[];
  readonly candidate: readonly string[];
  readonly confidence: number;
  readonly basis: Basis;
  /** In the order of the base's report; then what only the candidate has. */
  readonly metrics: readonly MetricComparison[];
  readonly geometricMeans: readonly GeometricMean[];
  readonly warnings: readonly Warning[];
  readonly findings: readonly Finding[];
  readonly regressions: readonly Regression[];
  readonly verdict: Verdict;
}

/** Beyond so many tests at 95 % at least one "significant" difference by chance is to be expected. */
const MANY_METRICS = 20;

/**
 * Compares runs of one setting with runs of another.
 * @throws {RangeError} if a side has no runs or the confidence is not between 0 and 1
 */
export function compareRuns(
  base: readonly Report[],
  candidate: readonly Report[],
  options: CompareOptions,
): RunComparison {
  const { confidence, failOn } = options;
  if (base.length === 0 || candidate.length === 0) {
    throw new RangeError(
      `Cannot compare ${base.length} with ${candidate.length} runs: expected at least one on each side`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot compare at confidence ${confidence}: expected a number between 0 and 1, e.g. 0.95`,
    );
  }
  const sides = { base, candidate };
  const perRun = Math.min(base.length, candidate.length) >= LEAST_VALUES;
  const metrics = compareMetrics(sides, { confidence, perRun });
  const { findings, regressions } = judgeFailOn(failOn, metrics);
  const allFindings = [...findings, ...validityFindings(sides)];
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    base: base.map(({ manifest }) => manifest.runId),
    candidate: candidate.map(({ manifest }) => manifest.runId),
    confidence,
    basis: perRun ? "runs" : "within-run",
    metrics,
    geometricMeans: geometricMeans(metrics),
    warnings: [
      ...perRun ? [] : [fewRuns(sides)],
      ...comparabilityWarnings(sides),
      ...manyMetrics(metrics, confidence),
    ],
    findings: allFindings,
    regressions,
    verdict: overallVerdict(allFindings),
  };
}

function compareMetrics(
  sides: Sides,
  options: { confidence: number; perRun: boolean },
): MetricComparison[] {
  const base = byName(sides.base);
  const candidate = byName(sides.candidate);
  return [...new Set([...base.keys(), ...candidate.keys()])].flatMap((name) => {
    const readings = { base: base.get(name) ?? [], candidate: candidate.get(name) ?? [] };
    return compareMetric(readings, options) ?? [];
  });
}

function byName(reports: readonly Report[]): Map<string, MetricReading[]> {
  const readings = new Map<string, MetricReading[]>();
  for (const reading of reports.flatMap(readMetrics)) {
    const list = readings.get(reading.name) ?? [];
    list.push(reading);
    readings.set(reading.name, list);
  }
  return readings;
}

function geometricMeans(metrics: readonly MetricComparison[]): GeometricMean[] {
  const groups = [["times", ["ms"]], ["rates", ["perSec", "bytesPerSec"]]] as const;
  return groups.flatMap(([of, units]) => {
    // A rate of failures must not count as if more of it were good.
    const ratios = metrics.filter(({ unit, betterWay }) =>
      units.some((one) => one === unit) && betterWay === (of === "times" ? "lower" : "higher")
    ).flatMap(({ base, candidate }) =>
      base !== null && candidate !== null && base.value > 0 && candidate.value > 0
        ? [candidate.value / base.value]
        : []
    );
    const ratio = geometricMean(ratios);
    return ratio === null || ratios.length < 2 ? [] : [{ of, ratio, n: ratios.length }];
  });
}

/** Figures of a generator that was its own bottleneck prove nothing about the system. */
function validityFindings({ base, candidate }: Sides): Finding[] {
  return [...base, ...candidate].filter(({ validity }) => validity.level === "invalid")
    .map(({ manifest: { runId }, validity }) => ({
      subject: `run ${runId} is valid`,
      verdict: "inconclusive",
      observed: validity.level,
      limit: "valid",
      reason: validity.reasons.join("; "),
    }));
}

function fewRuns({ base, candidate }: Sides): Warning {
  const counts = base.length === 1 && candidate.length === 1
    ? "one run a side"
    : `${base.length} and ${candidate.length} runs`;
  return {
    code: "few-runs",
    message:
      `${counts}: only variation within the run is known (at most ${MOST_BLOCKS} stretches of each run, as ` +
      "neighbouring seconds resemble each other), and chance passes for a change more often than p " +
      `says; repeat each at least ${LEAST_VALUES} times for a claim about the system`,
  };
}

function manyMetrics(metrics: readonly MetricComparison[], confidence: number): Warning[] {
  const tested = metrics.filter(isTested).length;
  if (tested <= MANY_METRICS) return [];
  const byChance = Math.max(1, Math.round(tested * (1 - confidence)));
  return [{
    code: "many-metrics",
    message:
      `${tested} metrics were tested: about ${byChance} would seem to differ by chance alone; ` +
      "look at the ones that you asked about",
  }];
}
