/**
 * One question asked of a run and its answer. No data is never a pass.
 * @module
 */

import * as z from "zod";

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
