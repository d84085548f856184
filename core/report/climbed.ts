/**
 * The stages of a report -> the rungs of its ladder.
 * @module
 */

import { GENERATOR } from "../judge/cause.ts";
import type { ClimbedRung } from "../ladder/ladder_result.ts";
import type { Ladder } from "../ladder/ladder.ts";
import type { StageReport } from "./report.ts";

/** Timers are never early by more. */
const TIMER_MS = 1;

/** Those rungs that were measured to their end, or told to be none, in order. */
export function climbedRungs(ladder: Ladder, stages: readonly StageReport[]): ClimbedRung[] {
  return stages.flatMap((stage) => {
    const { kind, level, startMs, endMs, pausedMs, name, class: found, disqualified, isDone } =
      stage;
    const isOver = isDone || disqualified !== null ||
      endMs - startMs - pausedMs >= ladder.stageDurationMs - TIMER_MS;
    if (kind !== "measured" || level === null || found === null || !isOver) return [];
    return [{ name, level, class: found, boundBy: boundBy(stage) }];
  });
}

/** What kept the stage from saying anything of the target; null: nothing did. */
function boundBy({ disqualified, validity }: StageReport): string | null {
  return disqualified?.component ?? (validity.level === "invalid" ? GENERATOR : null);
}
