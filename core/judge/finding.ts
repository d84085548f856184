/**
 * One question asked of a run and its answer: of a threshold or of a check of a command's own. No data
 * is never a pass.
 * @module
 */

import * as z from "zod";
import { formatThreshold, parseThreshold, type Threshold } from "./threshold.ts";

export const Verdict = z.enum(["pass", "fail", "inconclusive"]);
export type Verdict = z.infer<typeof Verdict>;

export const Finding = z.object({
  /** The threshold as written, or the name of a command's own check. */
  subject: z.string(),
  verdict: Verdict,
  observed: z.string().nullable().describe("formatted with its unit; null: nothing was observed"),
  limit: z.string().describe("formatted with its unit"),
  reason: z.string().describe(
    "why the verdict is what it is, one sentence; empty for a plain pass",
  ),
});
export type Finding = z.infer<typeof Finding>;

/** The verdict of a whole run: fail beats inconclusive beats pass; nothing asked is inconclusive. */
export function overallVerdict(findings: readonly Finding[]): Verdict {
  const verdicts = findings.map((finding) => finding.verdict);
  if (verdicts.includes("fail")) return "fail";
  return verdicts.length === 0 || verdicts.includes("inconclusive") ? "inconclusive" : "pass";
}

/** A threshold with its answer, for those who draw conclusions from several. */
export interface Judged {
  readonly threshold: Threshold;
  readonly finding: Finding;
  /** In the limit's base unit; of the worst window if there are windows; null: no figure. */
  readonly observed: number | null;
  /** What was seen may be on this side of the limit by chance alone, for so few values. */
  readonly mayBeChance: boolean;
}

/** The answer to the threshold that the text stands for, however it is spaced; undefined: not asked. */
export function answerTo(text: string, judged: readonly Judged[]): Judged | undefined {
  const canonical = formatThreshold(parseThreshold(text));
  return judged.find(({ threshold }) => formatThreshold(threshold) === canonical);
}
