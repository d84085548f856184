/**
 * Which changes between two sets of runs are not acceptable? Reads and writes the rules of
 * `--fail-on` and holds a comparison against them; never compares by itself.
 *
 * ```ebnf
 * rule   = "any" | metric , comparison , [ "-" ] , number , "%" ;
 * metric = [ series , "." ] , stat ;
 * series = name , [ "{" , tags as the comparison writes them , "}" ] ;
 * stat   = [ "service." | "response." ] , ( "p50" | "p90" | "p99" | "max" )
 *        | "rate" | "failed.ratio" | "dropped.ratio" | "mean" ;
 * ```
 *
 * `p99>10%`: the p99 rose by more than 10 % of the base's, for any operation, service or response;
 * `request.response.p99>10%`: that one; `rate<-5%`: a rate fell by more than 5 %;
 * `failed.ratio>1%`: by more than one percentage point, as for every ratio; `any`: anything got
 * worse, by however little. Without a series a rule is about operations only: distributions,
 * counters and gauges are named (`receivedBytes.rate<-5%`, `rssBytes.mean>20%`); without tags a
 * series' name stands for all its series. Beyond the limit is not enough, the change must be
 * significant too; and where that cannot be told, the rule's answer is inconclusive, not a pass.
 * @module
 */

import type { Finding } from "../../judge/finding.ts";
import { plainDecimal } from "../../judge/limit.ts";
import { TextScanner } from "../../judge/text_scanner.ts";
import {
  changeOf,
  formatDelta,
  isTested,
  type MetricComparison,
  type MetricVerdict,
} from "./metric.ts";

/** A change that makes a comparison fail. */
export type FailOn =
  | { readonly kind: "any"; readonly source: string }
  | {
    readonly kind: "change";
    /** As it was written; what its finding is called. */
    readonly source: string;
    /** e.g. `p99`, `request.response.p99`. */
    readonly metric: string;
    readonly comparison: ">" | "<";
    /** 0.1 is +10 % or +10 percentage points; >= 0 after ">", <= 0 after "<". */
    readonly limitRatio: number;
  };

/** One metric that broke a rule. */
export interface Regression {
  /** The rule's source, or that of the default. */
  readonly rule: string;
  readonly metric: string;
  /** As in the metric's own comparison. */
  readonly delta: number | null;
  readonly deltaKind: MetricComparison["deltaKind"];
}

/** What holding a comparison against rules gave: one finding a rule. */
interface FailOnResult {
  readonly findings: Finding[];
  readonly regressions: Regression[];
}

/**
 * Without a rule, a significant worsening by this much is a regression: with many metrics some
 * change significantly by chance or by a shade, and a build should not fail for these.
 */
const DEFAULT_LEAST_CHANGE = 0.05;

/** The same for ratios, in points: 5 points of failed operations would be far too many. */
const DEFAULT_LEAST_POINTS = 0.001;

/** Metrics that a finding names; the regressions list them all. */
const MOST_NAMED = 3;

const DEFAULT_RULE = "worse by 5% (ratios: 0.1pp) or more";

const METRIC = /[A-Za-z_][\w-]*(?:\{[^{}]*\})?(?:\.[A-Za-z_][\w-]*)*/y;
const STAT =
  /(?:^|\.)(?:(?:(?:service|response)\.)?(?:p50|p90|p99|max)|rate|failed\.ratio|dropped\.ratio|mean)$/;
const STATS = "p50, p90, p99, max, rate, failed.ratio, dropped.ratio or mean";
const PERCENTAGE = /[-+]?(?:\d+(?:\.\d+)?|\.\d+)\s*%/y;

/**
 * The rule that a text stands for.
 * @throws {SyntaxError} if the text does not follow the grammar at the head of this file
 */
export function parseFailOn(text: string): FailOn {
  if (text.trim() === "any") return { kind: "any", source: text };
  const scanner = new TextScanner(text, "regression rule");
  scanner.skipSpace();
  const metric = scanner.expect(METRIC, "a metric such as p99 or request.response.p99, or any");
  if (!STAT.test(metric)) scanner.fail(`a metric that ends in ${STATS}`, metric);
  scanner.skipSpace();
  const comparison = scanner.expect(/[<>](?!=)/y, `">" or "<" after ${metric}`) as ">" | "<";
  scanner.skipSpace();
  const written = scanner.expect(PERCENTAGE, "a percentage such as 10%");
  // + 0: "-0%" is 0, not -0, so that a rule equals its own re-reading.
  const limitRatio = Number(written.replace(/[\s%]/g, "")) / 100 + 0;
  if (comparison === ">" && limitRatio < 0) {
    scanner.fail('a rise, 0% or more, after ">"', written);
  }
  if (comparison === "<" && limitRatio > 0) {
    scanner.fail(`a fall such as -${written.replace("+", "")} after "<"`, written);
  }
  scanner.skipSpace();
  if (!scanner.atEnd) scanner.expect(/$/y, "nothing more");
  return { kind: "change", source: text, metric, comparison, limitRatio };
}

/** The canonical text; `parseFailOn` reads it back as the same rule, `source` aside. */
export function formatFailOn(rule: FailOn): string {
  if (rule.kind === "any") return "any";
  // 12 digits hide that the double next to 82.5953 may print with 17 of them.
  const percent = plainDecimal(Number(rule.limitRatio.toPrecision(12)), 2);
  return `${rule.metric}${rule.comparison}${percent}%`;
}

/** Holds a comparison against the rules, or against the default where there are none. */
export function judgeFailOn(
  rules: readonly FailOn[],
  metrics: readonly MetricComparison[],
): FailOnResult {
  if (rules.length === 0) return judgeDefault(metrics);
  const results = rules.map((rule) => {
    const named = metrics.filter((metric) => isAbout(rule, metric));
    return judge(named, {
      rule: rule.source,
      limit: rule.kind === "any" ? "not worse" : formatFailOn(rule).slice(rule.metric.length),
      breaks: (metric) => breaks(rule, metric),
      undecided: named.filter((metric) => !isTested(metric)),
      nothing: "no such metric in this comparison",
    });
  });
  return {
    findings: results.flatMap(({ findings }) => findings),
    regressions: results.flatMap(({ regressions }) => regressions),
  };
}

/**
 * Fails on a significant worsening that is large enough; needs one answer at least, and that no
 * operation of the base is gone. Single metrics without an answer are shown but not held against it.
 */
function judgeDefault(metrics: readonly MetricComparison[]): FailOnResult {
  const gone = metrics.filter(({ kind, stat, base, candidate }) =>
    kind === "operation" && stat === "rate" && base !== null && candidate === null
  );
  return judge(metrics.filter((metric) => isTested(metric) || gone.includes(metric)), {
    rule: DEFAULT_RULE,
    limit: DEFAULT_RULE,
    breaks: (metric) => {
      const least = metric.deltaKind === "points" ? DEFAULT_LEAST_POINTS : DEFAULT_LEAST_CHANGE;
      return metric.verdict === "worse" && Math.abs(changeOf(metric) ?? 0) >= least;
    },
    undecided: gone,
    nothing: "no metric has values enough to be compared",
  });
}

interface Judging {
  readonly rule: string;
  readonly limit: string;
  readonly breaks: (metric: MetricComparison) => boolean;
  /** Metrics that the rule needs an answer for and that have none. */
  readonly undecided: readonly MetricComparison[];
  /** The reason when there is no metric to judge. */
  readonly nothing: string;
}

function judge(metrics: readonly MetricComparison[], judging: Judging): FailOnResult {
  const { rule, limit, undecided } = judging;
  const broken = metrics.filter(judging.breaks);
  const subject = { subject: rule, limit };
  const regressions = broken.map(({ name, delta, deltaKind }) => ({
    rule,
    metric: name,
    delta,
    deltaKind,
  }));
  if (broken.length > 0) {
    const named = broken.slice(0, MOST_NAMED)
      .map((metric) => `${metric.name} ${formatDelta(metric)}`).join(", ");
    const more = broken.length - MOST_NAMED;
    const observed = more > 0 ? `${named} and ${more} more` : named;
    const reason =
      `${broken.length} of ${metrics.length} metrics changed significantly and beyond the limit`;
    return { findings: [{ ...subject, verdict: "fail", observed, reason }], regressions };
  }
  const [first] = undecided;
  const reason = metrics.length === 0
    ? judging.nothing
    : first !== undefined
    ? `${undecided.length} of ${metrics.length} metrics cannot be told, ${first.name}: ${first.reason}`
    : "";
  const verdict = reason === "" ? "pass" : "inconclusive";
  const observed = metrics.length === 0 ? null : `0 of ${metrics.length} metrics`;
  return { findings: [{ ...subject, verdict, observed, reason }], regressions };
}

/** Verdicts of a change that is more than chance. */
const SIGNIFICANT: ReadonlySet<MetricVerdict> = new Set(["better", "worse", "changed"]);

function breaks(rule: FailOn, metric: MetricComparison): boolean {
  if (rule.kind === "any") return metric.verdict === "worse";
  const change = changeOf(metric);
  if (!SIGNIFICANT.has(metric.verdict) || change === undefined) return false;
  return rule.comparison === ">" ? change > rule.limitRatio : change < rule.limitRatio;
}

function isAbout(rule: FailOn, metric: MetricComparison): boolean {
  if (rule.kind === "any") return true;
  const { series, stat, kind } = metric;
  const stats = [stat, stat.replace(/^(?:service|response)\./, "")];
  const withoutTags = series.replace(/\{.*\}$/, "");
  return stats.some((one) =>
    (kind === "operation" && rule.metric === one) || rule.metric === `${series}.${one}` ||
    rule.metric === `${withoutTags}.${one}`
  );
}
