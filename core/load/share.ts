/**
 * Which part of a load is ours, where several generators put it on? What is numbered 0, 1, 2, ... in
 * the whole load (arrivals, workers, watchers, users) is dealt out in turn, as cards are, so that all
 * parts together are the whole, whatever the number of generators.
 * @module
 */

import type { Rng } from "./rng.ts";

/** Part `index` (from 0) of `of` parts. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** Of a load that one generator puts on alone. */
export const WHOLE: Share = { index: 0, of: 1 };

/** Whether there are others, who put on the rest. */
export function hasOthers({ of }: Share): boolean {
  return of > 1;
}

/**
 * Chance of this generator alone, e.g. of its waits before another try, which would all come at once if
 * each drew the same. Decides nothing that has a number in the whole.
 */
export function ownRng(share: Share, rng: Rng): Rng {
  return hasOthers(share) ? rng.fork(`generator ${share.index}`) : rng;
}

/** Whether what has this number in the whole load is ours. */
export function isOurs({ index, of }: Share, number: number): boolean {
  return number % of === index;
}

/** Which of the first `count` numbers are ours, in order. */
export function* ourNumbers({ index, of }: Share, count: number): IterableIterator<number> {
  for (let number = index; number < count; number += of) yield number;
}

/** The how many-th of ours this number is, from 0. */
export function ourPlace({ of }: Share, number: number): number {
  return Math.floor(number / of);
}

/** How many of the first `count` are ours; Infinity of an endless load. */
export function ourCount({ index, of }: Share, count: number): number {
  return count === Infinity ? Infinity : Math.max(0, Math.ceil((count - index) / of));
}
