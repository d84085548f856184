/**
 * Do single changes wait for a time that was set, rather than for work? Looks at changes of which each
 * was asked for after the one before had taken effect, adding and removing in turn: work of two kinds
 * does not take the same time, and a throttle makes them do so. A minority of odd times, as the first
 * after a pause or those of a busy machine, does not hide it.
 *
 * Two shapes are looked for. Each change may wait equally long. Or changes may take effect equally far
 * apart, whenever they were asked for: so do ticks, and so does a controller that rests after each
 * change. There a machine that is late to ask finds shorter waits, and the same distances.
 * Source: Traefik's providers.providersThrottleDuration does the latter.
 * @module
 */

import { formatDuration } from "../../../core/units.ts";

/** One change; times of one clock. */
export interface SingleChange {
  /** When its write was sent. */
  readonly askedMs: number;
  /** When it was first seen to have taken effect. */
  readonly effectMs: number;
}

/** Below, half of them may be alike by chance. */
const FEWEST_CHANGES = 10;
/** Of a time: how far those that count as the same may be apart. Seen of throttles: up to 0.025. */
const FLAT_RATIO = 0.04;
/** Below, a flat time may as well be one of work. */
const FLAT_FROM_MS = 1_000;
/** A wait below this part of the distance does not explain it: it is us who were slow to ask. */
const EXPLAINS_RATIO = 0.5;

/**
 * @param changes in the order in which they were asked for; gaps do no harm
 * @returns a clause that says what was seen of the throttle; undefined: there is none, or too little
 * was seen to tell
 */
export function throttleOf(changes: readonly SingleChange[]): string | undefined {
  if (changes.length < FEWEST_CHANGES) return undefined;
  const waits = flatMajority(changes.map(waitOf));
  if (waits !== undefined) return `${waits.share} single changes took ${waits.range}`;
  const distances = flatMajority(distancesOf(changes));
  if (distances === undefined) return undefined;
  return `${distances.share} single changes took effect ${distances.range} after the one before, ` +
    "whenever they were asked for";
}

function waitOf({ askedMs, effectMs }: SingleChange): number {
  return effectMs - askedMs;
}

/** From each effect to the next; undefined where the wait for that is not most of it. */
function distancesOf(changes: readonly SingleChange[]): (number | undefined)[] {
  return changes.slice(1).map((change, index) => {
    const distanceMs = change.effectMs - changes[index]!.effectMs;
    return waitOf(change) >= EXPLAINS_RATIO * distanceMs ? distanceMs : undefined;
  });
}

/**
 * More than half of the times that are all the same, and long; undefined: there are not so many.
 * @param timesMs of adding and of removing in turn; of an odd number the first one is left out, so that
 * more than half are never of one kind
 */
function flatMajority(
  timesMs: readonly (number | undefined)[],
): { readonly share: string; readonly range: string } | undefined {
  const even = timesMs.slice(timesMs.length % 2);
  const count = even.length / 2 + 1;
  const sorted = even.flatMap((ms) => ms ?? []).sort((one, other) => one - other);
  for (const [index, lowMs] of sorted.entries()) {
    const highMs = sorted[index + count - 1];
    if (highMs === undefined) return undefined;
    if (lowMs < FLAT_FROM_MS || highMs - lowMs > FLAT_RATIO * lowMs) continue;
    return {
      share: `${count} of ${even.length}`,
      range: `${formatDuration(lowMs)} to ${formatDuration(highMs)}`,
    };
  }
  return undefined;
}
