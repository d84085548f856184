/**
 * Climbs a ladder: one stage a rung, up to where what came out says that it is over, or the run is
 * stopped. Never decides which rung is next, nor what one is worth.
 * @module
 */

import { rungOf } from "../ladder/ladder_result.ts";
import { type Ladder, nextRung, type Rung, rungName } from "../ladder/ladder.ts";
import { climbedRungs } from "../report/climbed.ts";
import type { LedRungs, Run } from "./run.ts";
import { type RunStage, runStage, type StageSpec } from "./run_stage.ts";

export interface Climb {
  readonly ladder: Ladder;
  /** Whether the level is the offered load, in operations per second. */
  readonly isRate: boolean;
  /** Puts on the load of one rung: gets ready, calls `begin()`, works until `stopping`. */
  readonly rung: (stage: RunStage, level: number) => Promise<void>;
  /** Whether a rung is whole when its work is done, though its time is not over. @default {false} */
  readonly mayEndEarly?: boolean;
  /** Removes what a rung leaves behind, before the next one. @default nothing */
  readonly tidyUp?: () => Promise<void>;
}

/** Resolves when the ladder is over, or the run is stopped. @throws what a rung throws */
export async function climb(run: Run, climb: Climb): Promise<void> {
  const { rungs } = run;
  await (rungs === undefined ? climbAlone(run, climb) : climbLed(run, climb, rungs));
}

/** Somebody else decides how far it goes, and when. */
async function climbLed(run: Run, climb: Climb, rungs: LedRungs): Promise<void> {
  const { isRate, mayEndEarly = false } = climb;
  for (;;) {
    const next = await rungs.next({ isRate, mayEndEarly });
    if (next === undefined) return;
    const { level, name } = next;
    await runStage(run, specOf(climb, level, name), (stage) => climb.rung(stage, level));
    rungs.done();
    if (!run.isOnGroundwork) await climb.tidyUp?.();
  }
}

function specOf(
  { ladder, isRate, mayEndEarly = false }: Climb,
  level: number,
  name: string,
): StageSpec {
  return {
    name,
    kind: "measured",
    level,
    targetRatePerSec: isRate ? level : null,
    settleMs: ladder.settleMs,
    durationMs: ladder.stageDurationMs,
    mayEndEarly,
  };
}

async function climbAlone(run: Run, climb: Climb): Promise<void> {
  const { ladder } = climb;
  const rungs: Rung[] = [];
  for (;;) {
    const level = nextRung(ladder, rungs);
    if (level === undefined) return;
    if (rungs.length > 0) {
      const { running } = run.tempo;
      await running.sleepUntil(running.now() + ladder.pauseMs, run.stopping);
    }
    const spec = specOf(climb, level, rungName(ladder, level, rungs));
    const report = await runStage(run, spec, (stage) => climb.rung(stage, level));
    const [rung] = report === undefined ? [] : climbedRungs(ladder, [report]);
    if (rung === undefined) return;
    rungs.push(rungOf(ladder, rung));
    if (run.stopping.aborted || nextRung(ladder, rungs) === undefined) return;
    await climb.tidyUp?.();
  }
}
