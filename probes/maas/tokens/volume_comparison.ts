/**
 * What grew with the number of tokens? The p95 of three kinds of calls that differ in what takes part in
 * them, against that with the smallest number:
 *
 * - with a few tokens that everybody knows by now: gateway and auth service among so many accounts;
 * - with all tokens, each shown before: beside that, what the auth service can remember;
 * - reviews of new tokens at the API server: neither of them.
 *
 * Looks at totals only.
 * @module
 */

import { US_PER_MS } from "../../../core/measure/recorder.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { Totals } from "../../../core/measure/totals.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { REVIEW } from "../frame/review.ts";
import { type Volume, volumeTag } from "./measured.ts";
import { type Growth, quantileGrowth } from "./quantile_growth.ts";
import type { Margin } from "./tokens_plan.ts";

/** What so many tokens do, best first. */
export const IMPACTS = ["no impact", "degradation", "breaking"] as const;
export type Impact = typeof IMPACTS[number];

export type Compared = "fixed set" | "full set" | "reviews";

/** See the module. */
export interface Comparison {
  readonly what: Compared;
  /** Undefined: too few answers of one of the numbers. */
  readonly growth: Growth | undefined;
  /** What it surely is, and what it may be. */
  readonly least: Impact;
  readonly most: Impact;
}

const QUANTILE = 0.95;
/** Twice as long is no degradation any more. */
const BREAKING_RATIO = 2;

const CALLS: readonly { readonly what: Compared; readonly op: string; readonly tags: Tags }[] = [
  { what: "fixed set", op: CHAT_OP, tags: { arm: "fixed", token: "again" } },
  { what: "full set", op: CHAT_OP, tags: { arm: "full", token: "again" } },
  { what: "reviews", op: REVIEW, tags: { token: "first" } },
];

/** @param hasReviews whether there were to be any */
export function compareVolumes(
  totals: Totals,
  { base, volume, margin, hasReviews }: {
    readonly base: Volume;
    readonly volume: Volume;
    readonly margin: Margin;
    readonly hasReviews: boolean;
  },
): Comparison[] {
  const timesOf = (op: string, tags: Tags, of: Volume) =>
    totals.operation(op, { ...tags, tokens: volumeTag(of) })?.times("response");
  return CALLS.filter(({ what }) => what !== "reviews" || hasReviews).map(({ what, op, tags }) => {
    const [from, to] = [base, volume].map((of) => timesOf(op, tags, of));
    const growth = from === undefined || to === undefined
      ? undefined
      : quantileGrowth(from, to, QUANTILE);
    if (growth === undefined) return { what, growth, least: "no impact", most: "breaking" };
    const [least, most] = [growth.low, growth.high].map((ratio) => impactAt(ratio, growth, margin));
    return { what, growth, least: least!, most: most! };
  });
}

/** Of all requests through the gateway; undefined: there was none. */
export function okRatioOf(totals: Totals, volume: Volume): number | undefined {
  const asked = totals.operation(CHAT_OP, { tokens: volumeTag(volume) });
  return asked === undefined || asked.finished === 0 ? undefined : asked.ok / asked.finished;
}

export function worst(impacts: readonly Impact[]): Impact {
  return IMPACTS[Math.max(0, ...impacts.map((impact) => IMPACTS.indexOf(impact)))]!;
}

function impactAt(ratio: number, { from }: Growth, margin: Margin): Impact {
  const isLittle = from * (ratio - 1) <= margin.leastMs * US_PER_MS;
  if (ratio <= 1 + margin.ratio || isLittle) return "no impact";
  return ratio <= BREAKING_RATIO ? "degradation" : "breaking";
}
