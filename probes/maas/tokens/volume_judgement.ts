/**
 * Does the number of tokens matter, and to whom? Each number of users is set against the smallest one, and
 * so is that itself, measured again at the end: what changed by then was not the number. Looks at totals
 * only.
 * @module
 */

import type { Finding } from "../../../core/judge/finding.ts";
import { US_PER_MS } from "../../../core/measure/recorder.ts";
import type { Totals } from "../../../core/measure/totals.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Volume } from "./measured.ts";
import { type TokensPlan, volumesOf } from "./tokens_plan.ts";
import {
  type Compared,
  compareVolumes,
  type Comparison,
  type Impact,
  okRatioOf,
  worst,
} from "./volume_comparison.ts";

export interface VolumeJudgement {
  readonly volume: Volume;
  /** Undefined: it cannot be told. */
  readonly impact: Impact | undefined;
  readonly finding: Finding;
}

/** What there is to tell it by. */
interface Evidence {
  readonly comparisons: readonly Comparison[];
  /** Of the number itself, and of the smallest one; undefined: nobody was asked. */
  readonly okRatio: number | undefined;
  readonly baseOkRatio: number | undefined;
}

type Told = Pick<VolumeJudgement, "impact"> & Pick<Finding, "reason">;
type Judged = Pick<TokensPlan, "counts" | "margin" | "reviews">;

/** Below it the plan of the field calls a number of tokens breaking. */
export const LEAST_OK_RATIO = 0.95;

/** Of each number of users but the smallest, the control last. */
export function judgeVolumes(totals: Totals, plan: Judged): VolumeJudgement[] {
  const [base, ...others] = volumesOf(plan);
  if (base === undefined) return [];
  const judged = others.map((volume) => judge(volume, { base, totals, plan }));
  const control = judged.find(({ volume }) => volume.isControl);
  const isDrifting = control?.finding.verdict === "fail";
  return judged.map((one) => isDrifting && !one.volume.isControl ? drifted(one) : one);
}

function judge(
  volume: Volume,
  { base, totals, plan: { margin, reviews } }: {
    readonly base: Volume;
    readonly totals: Totals;
    readonly plan: Judged;
  },
): VolumeJudgement {
  const hasReviews = reviews > 0;
  const comparisons = compareVolumes(totals, { base, volume, margin, hasReviews });
  const [okRatio, baseOkRatio] = [volume, base].map((of) => okRatioOf(totals, of));
  const { impact, reason } = told({ comparisons, okRatio, baseOkRatio });
  const subject = volume.isControl
    ? `p95 with ${base.users} tokens again, at the end`
    : `p95 with ${volume.users} tokens against ${base.users}`;
  const limit = `at most ${percent(margin.ratio)} or ${formatDuration(margin.leastMs)} more`;
  const observed = okRatio === undefined ? null : comparisons.map(comparisonText).join(", ");
  const verdict = impact === undefined ? "inconclusive" : impact === "no impact" ? "pass" : "fail";
  return { volume, impact, finding: { subject, verdict, observed, limit, reason } };
}

function told({ comparisons, okRatio, baseOkRatio }: Evidence): Told {
  if (okRatio === undefined || baseOkRatio === undefined) {
    return { impact: undefined, reason: "it was not measured" };
  }
  if (baseOkRatio < LEAST_OK_RATIO) {
    const reason =
      `with the smallest number only ${percent(baseOkRatio)} of the requests succeeded: ` +
      "what fails already tells nothing about more tokens";
    return { impact: undefined, reason };
  }
  if (okRatio < LEAST_OK_RATIO) {
    const failed = `only ${percent(okRatio)} of the requests succeeded`;
    return { impact: "breaking", reason: `breaking: ${failed}` };
  }
  const certain = worst(comparisons.map(({ least }) => least));
  if (certain !== "no impact") {
    return { impact: certain, reason: `${certain}: ${causesOf(comparisons).join("; ")}` };
  }
  const open = comparisons.filter(({ most }) => most !== "no impact");
  if (open.length === 0) return { impact: "no impact", reason: "" };
  const whats = open.map(({ what, growth }) =>
    growth === undefined ? `too few answers of the ${what}` : what
  );
  const reason = "the 95 % interval is on both sides of the limit, or there is none: " +
    whats.join(", ");
  return { impact: undefined, reason };
}

/** Who took longer, as far as it follows from which kinds of calls did. */
function causesOf(comparisons: readonly Comparison[]): string[] {
  const grew = (what: Compared) =>
    comparisons.some((one) => one.what === what && one.least !== "no impact");
  return [
    ...(grew("reviews") ? ["the API server takes longer for a new token itself"] : []),
    ...(grew("fixed set") && !grew("reviews")
      ? ["gateway or auth service take longer among so many accounts, even for known tokens"]
      : []),
    ...(grew("full set") && !grew("fixed set")
      ? ["the auth cache does not hold so many tokens: only the full set takes longer"]
      : []),
  ];
}

function drifted({ finding, ...one }: VolumeJudgement): VolumeJudgement {
  if (finding.verdict !== "fail") return { finding, ...one };
  const reason = `${finding.reason}; but so it was with the smallest number again at the end, so ` +
    "that it may have been something else than the number of tokens";
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
