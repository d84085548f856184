/**
 * Which part of a load is ours, where several generators put it on? What is numbered 0, 1, 2, ... in
 * the whole load (arrivals, workers, watchers, users) is dealt out in turn, as cards are, so that all
 * parts together are the whole, whatever the number of generators.
 * @module
 */

/** Part `index` (from 0) of `of` parts. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** Of a load that one generator puts on alone. */
export const WHOLE: Share = { index: 0, of: 1 };

/** Whether what has this number in the whole load is ours. */
export function isOurs({ index, of }: Share, number: number): boolean {
  return number % of === index;
}

/** How many of the first `count` are ours; Infinity of an endless load. */
export function ourCount({ index, of }: Share, count: number): number {
  return count === Infinity ? Infinity : Math.max(0, Math.ceil((count - index) / of));
}
