/**
 * What is asked of a ladder: which flag climbs, to which levels, and how long each rung lasts; and
 * which rung comes next, after those that were climbed. Pure: never runs one and judges none.
 * @module
 */

import { isSettled, MOST_RUNGS, nextLevel, type SearchBounds, type Vote } from "./max_search.ts";

export interface Ladder {
  /** The one that climbs, e.g. `lambda`. */
  readonly flag: string;
  /** Of the levels, in words, e.g. `arrivals/s`. */
  readonly unit: string;
  /** The levels count something. */
  readonly isWhole: boolean;
  readonly way:
    | {
      readonly kind: "levels";
      /** Ascending. */
      readonly levels: readonly number[];
      /** Whether a rung of the worst class is not the last one. */
      readonly climbsOn: boolean;
    }
    | SearchBounds & { readonly kind: "search" };
  /** Load at the start of a rung that is not judged. */
  readonly settleMs: number;
  /** Load that is judged. */
  readonly stageDurationMs: number;
  /** Of the rungs, best first; the last takes everything. */
  readonly classes: readonly string[];
  /**
   * Its classes say themselves how far answers may stay behind an offered rate; absent: in all but the
   * last one they have to keep up.
   */
  readonly judgesOffer?: boolean | undefined;
  /** From rung to rung, without load. */
  readonly pauseMs: number;
}

/** What came out of one rung. */
export interface Rung {
  readonly level: number;
  /**
   * `open`: it may have held, for all that is known; `unfit`: it says nothing about the target, be it
   * that the generator was too weak.
   */
  readonly outcome: "held" | "broke" | "open" | "unfit";
  /** Whether its class is the worst one. */
  readonly isWorst: boolean;
}

/**
 * Where to climb after these rungs; undefined: it is over, as all is known, a rung was of the worst
 * class, or one was unfit: nothing above it can be trusted. An open one leads a search astray; of
 * levels that are named the next one may tell, as it has more answers.
 */
export function nextRung({ way, isWhole }: Ladder, rungs: readonly Rung[]): number | undefined {
  const isOver = ({ outcome }: Rung) =>
    outcome === "unfit" || (outcome === "open" && way.kind === "search");
  if (rungs.some(isOver)) return undefined;
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
  return rungs.filter(({ outcome }) => outcome === "held" || outcome === "broke")
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
