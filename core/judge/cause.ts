/**
 * Who is to blame for a stage that was not as good as it should be? A sign is a threshold on what was
 * seen of one component; a sign that broke accuses it. Where none did, nobody is accused: a cause is
 * never guessed.
 * @module
 */

import * as z from "zod";
import type { Disqualified } from "./disqualified.ts";
import { answerTo, type Judged } from "./finding.ts";
import { formatThreshold, parseThreshold } from "./threshold.ts";
import { unfitText, type Validity } from "./validity.ts";

export const CauseSpec = z.object({
  component: z.string(),
  sign: z.string().describe("a threshold that holds as long as the component is not the cause"),
  because: z.string().describe("what it means when the sign is broken, one sentence"),
});
export type CauseSpec = z.infer<typeof CauseSpec>;

/** The component that stands for this program itself. */
export const GENERATOR = "generator";
/** Stands for no component: no sign broke. */
export const UNATTRIBUTED = "unattributed";

export const Cause = z.object({
  component: z.string().describe(
    `one of the plan's, "${GENERATOR}", "${UNATTRIBUTED}", or what disqualified the stage`,
  ),
  because: z.string(),
  sign: z.string().nullable().describe("the threshold that broke; null: it was no sign"),
  observed: z.string().nullable().describe("formatted with its unit"),
  excessRatio: z.number().nullable()
    .describe(
      "how far it was beyond the limit, in limits; null: the limit is 0, or it was no sign",
    ),
});
export type Cause = z.infer<typeof Cause>;

/**
 * The accused, worst first: what disqualified the stage, the generator if it was unfit, then broken
 * signs by how far they were beyond their limit. Never empty: with no accused it says what was looked at.
 * @param judged answers to all signs, see `signsOf`
 */
export function causesOf(
  causes: readonly CauseSpec[],
  judged: readonly Judged[],
  { validity, disqualified }: {
    readonly validity: Validity;
    readonly disqualified?: Disqualified | undefined;
  },
): Cause[] {
  const broken = causes.map((spec) => ({ spec, answer: answerTo(spec.sign, judged) }))
    .filter(({ answer }) => answer?.finding.verdict === "fail")
    .map(({ spec, answer }) => ({ spec, answer, excess: excessOf(answer) }))
    .sort((one, other) => other.excess < one.excess ? -1 : Number(other.excess > one.excess));
  const accused = [
    ...disqualified === undefined ? [] : [noSign(disqualified.component, disqualified.reason)],
    ...validity.level === "invalid" ? [noSign(GENERATOR, unfitText(validity))] : [],
    ...broken.map(({ spec: { component, sign, because }, answer, excess }) => ({
      component,
      because,
      sign,
      observed: answer?.finding.observed ?? null,
      excessRatio: Number.isFinite(excess) ? excess : null,
    })),
  ];
  return accused.length > 0 ? accused : [noSign(UNATTRIBUTED, lookedAt(causes, judged))];
}

/** All signs, each once: what a stage must be judged by to have causes. */
export function signsOf(causes: readonly CauseSpec[]): string[] {
  return [...new Set(causes.map(({ sign }) => formatThreshold(parseThreshold(sign))))];
}

function excessOf(answer: Judged | undefined): number {
  if (answer === undefined || answer.observed === null) return 0;
  const { observed, threshold: { limit } } = answer;
  const beyond = Math.abs(observed - limit.value);
  return limit.value === 0 ? Infinity : beyond / Math.abs(limit.value);
}

function noSign(component: string, because: string): Cause {
  return { component, because, sign: null, observed: null, excessRatio: null };
}

function lookedAt(causes: readonly CauseSpec[], judged: readonly Judged[]): string {
  if (causes.length === 0) return "there was no sign to look at";
  const signs = causes.map(({ component, sign }) => {
    const finding = answerTo(sign, judged)?.finding;
    const seen = finding?.verdict === "pass" ? finding.observed : finding?.reason;
    return `${component} (${sign}: ${seen ?? "it was not asked"})`;
  });
  return `no sign broke; looked at ${signs.join(", ")}`;
}
