/**
 * Does the number of tokens matter, and to whom? Each number of users is set against the smallest one, by
 * the p95 of three kinds of calls that differ in what takes part in them:
 *
 * - with a few tokens that everybody knows by now: gateway and auth service among so many accounts;
 * - with all tokens, each shown before: beside that, what the auth service can remember;
 * - reviews of new tokens at the API server: neither of them.
 *
 * Looks at totals only.
 * @module
 */

import type { Finding } from "../../../core/judge/finding.ts";
import type { Histogram } from "../../../core/measure/histogram.ts";
import { US_PER_MS } from "../../../core/measure/recorder.ts";
import type { Totals } from "../../../core/measure/totals.ts";
import { formatDuration } from "../../../core/units.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { REVIEW, type Volume, volumeTag } from "./measured.ts";
import { type Growth, quantileGrowth } from "./quantile_growth.ts";
import { type Margin, type TokensPlan, volumesOf } from "./tokens_plan.ts";

/** What so many tokens do, best first. */
export const IMPACTS = ["no impact", "degradation", "breaking"] as const;
export type Impact = typeof IMPACTS[number];

/** What was set against the smallest number. */
interface Comparison {
  readonly what: "fixed set" | "full set" | "reviews";
  /** Undefined: too few answers of one of them. */
  readonly growth: Growth | undefined;
}

export interface VolumeJudgement {
  readonly volume: Volume;
  /** Undefined: it cannot be told. */
  readonly impact: Impact | undefined;
  readonly finding: Finding;
}

const QUANTILE = 0.95;
/** Twice as long, or fewer good answers than this, is no degradation any more. */
const BREAKING_RATIO = 2;
const LEAST_OK_RATIO = 0.95;

/** Of each number of users but the smallest, the control last. */
export function judgeVolumes(
  totals: Totals,
  plan: Pick<TokensPlan, "counts" | "margin" | "reviews">,
): VolumeJudgement[] {
  const [base, ...others] = volumesOf(plan);
  if (base === undefined) return [];
  const judged = others.map((volume) => judge(volume, { base, totals, plan }));
  const control = judged.find(({ volume }) => volume.isControl);
  const isDrifting = control?.finding.verdict === "fail";
  return judged.map((one) => isDrifting && !one.volume.isControl ? drifted(one) : one);
}

function judge(
  volume: Volume,
  { base, totals, plan }: {
    readonly base: Volume;
    readonly totals: Totals;
    readonly plan: Pick<TokensPlan, "margin" | "reviews">;
  },
): VolumeJudgement {
  const { margin, reviews } = plan;
  const comparisons = COMPARED.filter(({ what }) => what !== "reviews" || reviews > 0)
    .map(({ what, times }) => ({
      what,
      growth: growthOf(times(totals, base), times(totals, volume)),
    }));
  const okRatio = okRatioOf(totals, volume);
  const impact = impactOf(comparisons, { okRatio, margin });
  const subject = volume.isControl
    ? `p95 with ${base.users} tokens again, at the end`
    : `p95 with ${volume.users} tokens against ${base.users}`;
  const limit = `at most ${percent(margin.ratio)} or ${formatDuration(margin.leastMs)} more`;
  const observed = okRatio === undefined ? null : comparisons.map(comparisonText).join(", ");
  const verdict = impact === undefined ? "inconclusive" : impact === "no impact" ? "pass" : "fail";
  const reason = impact === undefined
    ? openReason(comparisons, { margin, okRatio })
    : impact === "no impact"
    ? ""
    : `${impact}: ${causeOf(comparisons, { okRatio, margin })}`;
  return { volume, impact, finding: { subject, verdict, observed, limit, reason } };
}

type TimesOf = (totals: Totals, volume: Volume) => Histogram | undefined;

const COMPARED: readonly { readonly what: Comparison["what"]; readonly times: TimesOf }[] = [
  { what: "fixed set", times: timesOf(CHAT_OP, { arm: "fixed", token: "again" }) },
  { what: "full set", times: timesOf(CHAT_OP, { arm: "full", token: "again" }) },
  { what: "reviews", times: timesOf(REVIEW, { token: "first" }) },
];

function timesOf(op: string, tags: Readonly<Record<string, string>>): TimesOf {
  return (totals, volume) => totals.operation(op, { ...tags, tokens: volumeTag(volume) })?.response;
}

function growthOf(base: Histogram | undefined, grown: Histogram | undefined) {
  if (base === undefined || grown === undefined) return undefined;
  return quantileGrowth(base, grown, QUANTILE);
}

/** Of all requests through the gateway; undefined: there was none. */
function okRatioOf(totals: Totals, volume: Volume): number | undefined {
  const asked = totals.operation(CHAT_OP, { tokens: volumeTag(volume) });
  return asked === undefined || asked.finished === 0 ? undefined : asked.ok / asked.finished;
}

/** The worst that is certain, where nothing worse is possible; else undefined. */
function impactOf(
  comparisons: readonly Comparison[],
  { okRatio, margin }: { readonly okRatio: number | undefined; readonly margin: Margin },
): Impact | undefined {
  if (okRatio === undefined) return undefined;
  if (okRatio < LEAST_OK_RATIO) return "breaking";
  const certain = worst(comparisons.map(({ growth }) => atLeast(growth, margin)));
  const possible = worst(comparisons.map(({ growth }) => atMost(growth, margin)));
  if (certain !== "no impact") return certain;
  return possible === "no impact" ? "no impact" : undefined;
}

function atLeast(growth: Growth | undefined, margin: Margin): Impact {
  return growth === undefined ? "no impact" : impactAt(growth.low, growth, margin);
}

function atMost(growth: Growth | undefined, margin: Margin): Impact {
  return growth === undefined ? "breaking" : impactAt(growth.high, growth, margin);
}

function impactAt(ratio: number, { from }: Growth, margin: Margin): Impact {
  const isLittle = from * (ratio - 1) <= margin.leastMs * US_PER_MS;
  if (ratio <= 1 + margin.ratio || isLittle) return "no impact";
  return ratio <= BREAKING_RATIO ? "degradation" : "breaking";
}

function worst(impacts: readonly Impact[]): Impact {
  return IMPACTS[Math.max(0, ...impacts.map((impact) => IMPACTS.indexOf(impact)))]!;
}

/** Who took longer, as far as it follows from which kinds of calls did. */
function causeOf(
  comparisons: readonly Comparison[],
  { okRatio = 1, margin }: { readonly okRatio: number | undefined; readonly margin: Margin },
): string {
  const grew = new Set(
    comparisons.filter(({ growth }) => atLeast(growth, margin) !== "no impact")
      .map(({ what }) => what),
  );
  const causes = [
    ...(okRatio < LEAST_OK_RATIO ? [`only ${percent(okRatio)} of the requests succeeded`] : []),
    ...(grew.has("reviews") ? ["the API server takes longer for a new token itself"] : []),
    ...(grew.has("fixed set") && !grew.has("reviews")
      ? ["gateway or auth service take longer among so many accounts, even for known tokens"]
      : []),
    ...(grew.has("full set") && !grew.has("fixed set")
      ? ["the auth cache does not hold so many tokens: only the full set takes longer"]
      : []),
  ];
  return causes.join("; ");
}

function openReason(
  comparisons: readonly Comparison[],
  { margin, okRatio }: { readonly margin: Margin; readonly okRatio: number | undefined },
): string {
  if (okRatio === undefined) return "it was not measured";
  const open = comparisons.filter(({ growth }) => atMost(growth, margin) !== "no impact")
    .map(({ what, growth }) => growth === undefined ? `too few answers of the ${what}` : what);
  return `the 95 % interval is on both sides of the limit, or there is none: ${open.join(", ")}`;
}

function drifted({ finding, ...one }: VolumeJudgement): VolumeJudgement {
  if (finding.verdict !== "fail") return { finding, ...one };
  const reason =
    `${finding.reason}; but with the smallest number again at the end it took longer ` +
    "too, so that it may have been something else than the number of tokens";
  return { ...one, impact: undefined, finding: { ...finding, verdict: "inconclusive", reason } };
}

function comparisonText({ what, growth }: Comparison): string {
  if (growth === undefined) return `${what} unknown`;
  const { from, to } = growth;
  const [ratio, low, high] = [growth.ratio, growth.low, growth.high].map((one) => one.toFixed(2));
  const times = [to, from].map((value) => formatDuration(value / US_PER_MS)).join(" by ");
  return `${what} ${times}: ${ratio} times (${low} to ${high})`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}
