/**
 * How good was a stage, in the words of whoever asked: `healthy`, `degraded`, `breaking`? Judges
 * nothing itself, and never calls a target broken for a weakness of the generator, or for what stood in
 * the way.
 * @module
 */

import * as z from "zod";
import type { ClassSpec } from "./class_spec.ts";
import { type Disqualified, disqualifiedText } from "./disqualified.ts";
import { answerTo, type Finding, type Judged } from "./finding.ts";
import { unfitText, type Validity } from "./validity.ts";

/** The class of a stage. */
export const StageClass = z.object({
  name: z.string().nullable().describe("null: it cannot be told"),
  reason: z.string().describe(
    "what kept it out of the class above, or why it cannot be told; empty in the best class",
  ),
  atBest: z.string().nullable().default(null).describe(
    "where it cannot be told: the best class that it may be of, for all that is known; null: it is " +
      "told, or nothing is known",
  ),
});
export type StageClass = z.infer<typeof StageClass>;

/** What there is to tell the class of a stage by. */
export interface ClassEvidence {
  /** Answers to all thresholds of the classes, see `classThresholds`. */
  readonly judged: readonly Judged[];
  readonly validity: Validity;
  /** What stood in the way of any answer; undefined: nothing. */
  readonly disqualified?: Disqualified | undefined;
  /** Other checks of the stage: all must pass, but in a class that takes everything. @default {[]} */
  readonly checks?: readonly Finding[];
}

/**
 * The best class all of whose thresholds hold.
 * @param classes best first, as `classLadder` has them
 */
export function classOf(
  classes: readonly ClassSpec[],
  { judged, validity, disqualified, checks = [] }: ClassEvidence,
): StageClass {
  if (disqualified !== undefined) return unknown(disqualifiedText(disqualified));
  if (validity.level === "invalid") return unknown(unfitText(validity));
  const checked = checks.map((finding) => ({ text: finding.subject, finding }));
  let reason = "";
  for (const [rank, { name, holds }] of classes.entries()) {
    const takesAll = holds.length === 0 && rank === classes.length - 1;
    const answers = [
      ...holds.map((text) => ({ text, finding: answerTo(text, judged)?.finding })),
      ...takesAll ? [] : checked,
    ];
    const broken = answers.find(({ finding }) => finding?.verdict === "fail");
    if (broken !== undefined) {
      reason = `not ${name}: ${broken.text} does not hold, observed ${broken.finding?.observed}`;
      continue;
    }
    const open = answers.find(({ finding }) => finding?.verdict !== "pass");
    if (open === undefined) return { name, reason, atBest: null };
    const why = open.finding?.reason ?? "it was not asked";
    const doubt = `${name} or not cannot be told from ${open.text}: ${why}`;
    return unknown([reason, doubt].filter(Boolean).join("; "), name);
  }
  return unknown(reason);
}

function unknown(reason: string, atBest: string | null = null): StageClass {
  return { name: null, reason, atBest };
}
