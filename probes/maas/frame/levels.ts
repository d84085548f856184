/**
 * Which levels does a use climb, and for how long? Flags -> a ladder, which every use has: levels of the
 * plan of the field, unless others are named or one is given.
 * @module
 */

import { type LADDER_FLAGS } from "../../../core/command/ladder_flags.ts";
import { type Climbable, ladderOf, type OwnClasses } from "../../../core/command/given_ladder.ts";
import { isGiven } from "../../../core/command/settings.ts";
import { UsageError } from "../../../core/errors.ts";
import { type Ladder, mostRungs } from "../../../core/ladder/ladder.ts";
import type { Identified } from "../../../kube/conduct_on_cluster.ts";
import type { MaasFlags } from "../flags.ts";

interface LevelsSpec {
  readonly climbable: Climbable;
  readonly usualLevels: string;
  readonly own: OwnClasses;
}

/** @throws {UsageError} */
export function levelsOf(
  { values, shown }: Identified<MaasFlags & typeof LADDER_FLAGS>,
  { climbable, usualLevels, own }: LevelsSpec,
): Ladder {
  const { duration = values["stage-duration"] } = values;
  if (isGiven(shown, "duration") && isGiven(shown, "stage-duration")) {
    throw new UsageError("--duration does not go with --stage-duration: they are the same here");
  }
  const { duration: _, ...others } = shown;
  return ladderOf({ values: { ...values, "stage-duration": duration }, shown: others }, {
    climbables: [climbable],
    usualLevels,
    own,
  })!;
}

/** The longest that it takes. */
export function longestMs(ladder: Ladder): number {
  const { settleMs, stageDurationMs, pauseMs } = ladder;
  return mostRungs(ladder) * (settleMs + stageDurationMs + pauseMs);
}

/** Levels that are known beforehand: of a search the first. */
export function knownLevels({ way }: Ladder): readonly number[] {
  return way.kind === "levels" ? way.levels : [way.startLevel];
}
