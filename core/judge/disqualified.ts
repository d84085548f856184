/**
 * A stage that says nothing about the target, though the generator was fit: something that the command
 * knows of stood in the way, e.g. a limit of somebody's policy. Nothing that was measured in it is an
 * answer, neither a good nor a bad one.
 * @module
 */

import * as z from "zod";
import type { Finding, Judged } from "./finding.ts";

export const Disqualified = z.object({
  component: z.string().describe("what stood in the way, as causes name it, e.g. policy"),
  reason: z.string().describe("why nothing in it is an answer, one sentence without a full stop"),
});
export type Disqualified = z.infer<typeof Disqualified>;

/** `policy-limited: 12 of 50 answers were ...`: not to be taken for a limit of the target. */
export function disqualifiedText({ component, reason }: Disqualified): string {
  return `${component}-limited: ${reason}`;
}

/** What is left of an answer that was given in such a stage. @param by undefined: nothing stood in the way */
export function heldBack(finding: Finding, by: Disqualified | undefined): Finding {
  if (by === undefined) return finding;
  return { ...finding, verdict: "inconclusive", reason: disqualifiedText(by) };
}

/** As {@link heldBack}, of all answers. */
export function allHeldBack(judged: readonly Judged[], by: Disqualified | undefined): Judged[] {
  return judged.map((one) => ({ ...one, finding: heldBack(one.finding, by) }));
}
