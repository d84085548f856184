/**
 * A condition without the times, and what makes one of it.
 * @module
 */

import type { Condition } from "../objects.ts";

export type Verdict = Pick<Condition, "type" | "status" | "reason" | "message">;

export function verdict(
  type: string,
  status: Verdict["status"],
  reason: string,
  message: string,
): Verdict {
  return { type, status, reason, message };
}

/** @param options.now RFC 3339 */
export function conditionOf(
  given: Verdict,
  { generation, now }: { readonly generation: number; readonly now: string },
): Condition {
  return { ...given, observedGeneration: generation, lastTransitionTime: now };
}

/** Whether two conditions say the same; when it began to hold is not asked. */
export function isSameCondition(one: Condition, other: Condition): boolean {
  return one.type === other.type && one.status === other.status && one.reason === other.reason &&
    one.message === other.message && one.observedGeneration === other.observedGeneration;
}
