/**
 * How did the operations end that a threshold asks about? Counts by class, and which of them could be
 * another one. Knows nothing of times.
 * @module
 */

import { ownValue } from "../named_values.ts";
import type { OperationInterval } from "../measure/interval.ts";
import type { Threshold } from "./threshold.ts";
import type { View } from "./threshold_words.ts";

/**
 * Ends of an operation, by class; `ofReason` are the failures that the threshold names, and
 * `explained` those of them that lag of our own can explain.
 */
export interface Outcomes {
  readonly ok: number;
  readonly failed: number;
  readonly ofReason: number;
  readonly explained: number;
  readonly dropped: number;
  readonly cancelled: number;
}

/** Of an interval, as the threshold sees it. */
export function outcomesOf(
  { ok, failed, ownLagFailures = {}, dropped, cancelled }: OperationInterval,
  { reason }: Threshold,
): Outcomes {
  const ofReason = (failures: Readonly<Record<string, number>>) =>
    reason === null ? sumOf(failures) : ownValue(failures, reason) ?? 0;
  return {
    ok,
    failed: sumOf(failed),
    ofReason: ofReason(failed),
    explained: ofReason(ownLagFailures),
    dropped,
    cancelled,
  };
}

export function mergedOutcomes(one: Outcomes | undefined, other: Outcomes): Outcomes {
  if (one === undefined) return other;
  return {
    ok: one.ok + other.ok,
    failed: one.failed + other.failed,
    ofReason: one.ofReason + other.ofReason,
    explained: one.explained + other.explained,
    dropped: one.dropped + other.dropped,
    cancelled: one.cancelled + other.cancelled,
  };
}

/** By how much the count would be another one if what lag of our own can explain had succeeded. */
export function couldChange(view: View, { explained }: Outcomes): number {
  if (view === "failed") return -explained;
  return view === "ok" ? explained : 0;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
