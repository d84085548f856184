/**
 * What is asked of a ladder: which flag climbs, to which levels, and how long each rung lasts; and
 * which rung comes next, after those that were climbed. Pure: never runs one and judges none.
 * @module
 */

import * as z from "zod";
import { isSettled, MOST_RUNGS, nextLevel, SearchBounds, type Vote } from "./max_search.ts";

/** A ladder as it stands in the manifest. */
export const Ladder = z.object({
  flag: z.string().describe("the one that climbs, e.g. lambda"),
  unit: z.string().describe("of the levels, in words, e.g. arrivals/s"),
  isWhole: z.boolean().describe("the levels count something"),
  way: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("levels"),
      levels: z.array(z.number()).describe("ascending"),
      climbsOn: z.boolean().describe("whether a rung of the worst class is not the last one"),
    }),
    SearchBounds.extend({ kind: z.literal("search") }),
  ]),
  settleMs: z.number().describe("load at the start of a rung that is not judged"),
  stageDurationMs: z.number().describe("load that is judged"),
  classes: z.array(z.string()).describe("of the rungs, best first; the last takes everything"),
  pauseMs: z.number().describe("from rung to rung, without load"),
});
export type Ladder = z.infer<typeof Ladder>;

/** What came out of one rung. */
export interface Rung {
  readonly level: number;
  /** `unfit`: it says nothing about the target, be it that the generator was too weak. */
  readonly outcome: "held" | "broke" | "unfit";
  /** Whether its class is the worst one. */
  readonly isWorst: boolean;
}

/**
 * Where to climb after these rungs; undefined: it is over, as all is known, a rung was of the worst
 * class, or one was unfit: nothing above it can be trusted, and a search would go astray.
 */
export function nextRung({ way, isWhole }: Ladder, rungs: readonly Rung[]): number | undefined {
  if (rungs.some(({ outcome }) => outcome === "unfit")) return undefined;
  if (way.kind === "search") return nextLevel({ ...way, isWhole }, votesOf(rungs));
  if (!way.climbsOn && rungs.some(({ isWorst }) => isWorst)) return undefined;
  return way.levels[rungs.length];
}

/** Whether rungs that ended by themselves found what was searched for. */
export function isFound({ way, isWhole }: Ladder, rungs: readonly Rung[]): boolean {
  return way.kind === "levels" || isSettled({ ...way, isWhole }, votesOf(rungs));
}

/** Those rungs that say something. */
export function votesOf(rungs: readonly Rung[]): Vote[] {
  return rungs.filter(({ outcome }) => outcome !== "unfit")
    .map(({ level, outcome }) => ({ level, holds: outcome === "held" }));
}

/** `lambda=50`, and `lambda=50 (2)` when that level is climbed again: the name of a rung's stage. */
export function rungName({ flag }: Ladder, level: number, rungs: readonly Rung[]): string {
  const before = rungs.filter((rung) => rung.level === level).length;
  return `${flag}=${level}${before === 0 ? "" : ` (${before + 1})`}`;
}

/** The most rungs that it can have. */
export function mostRungs({ way }: Ladder): number {
  return way.kind === "levels" ? way.levels.length : MOST_RUNGS;
}

/** Where it begins. */
export function firstLevel({ way }: Ladder): number {
  return way.kind === "levels" ? way.levels[0] ?? 0 : way.startLevel;
}

/** The highest level that it can come to. */
export function highestLevel({ way }: Ladder): number {
  return way.kind === "levels" ? way.levels.at(-1) ?? 0 : way.highestLevel;
}
