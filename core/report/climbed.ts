/**
 * The stages of a report -> the rungs of its ladder.
 * @module
 */

import type { ClimbedRung } from "../ladder/ladder_result.ts";
import type { Ladder } from "../ladder/ladder.ts";
import type { StageReport } from "./report.ts";

/** Timers are never early by more. */
const TIMER_MS = 1;

/** Those rungs that were measured to their end, in order. */
export function climbedRungs(ladder: Ladder, stages: readonly StageReport[]): ClimbedRung[] {
  return stages.flatMap(({ kind, level, startMs, endMs, name, class: found }) => {
    const isWhole = endMs - startMs >= ladder.stageDurationMs - TIMER_MS;
    if (kind !== "measured" || level === null || found === null || !isWhole) return [];
    return [{ name, level, class: found }];
  });
}
