/**
 * How many watchers work, and what became of all of them? Only counts.
 * @module
 */

import type { Watcher } from "./watcher.ts";

/** How many watchers and subscriptions work at one moment. */
export interface ShareState {
  readonly openWatchers: number;
  readonly liveSubscriptions: number;
  /** Those that were not told in time what was written, as of the last second. */
  readonly behindSubscriptions: number;
}

/** What became of the watchers, seen at the end. */
export interface Stability {
  readonly watchers: number;
  /** Open at the end, and never lost since they first were. */
  readonly stayed: number;
  /** Open at the end, after they were lost. */
  readonly cameBack: number;
  /** Not open at the end, but once. */
  readonly gone: number;
  readonly neverOpened: number;
  /** Left at least once because nothing was heard any more, whatever became of them then. */
  readonly fellSilent: number;
  /** Subscriptions of open watchers that were not live at the end. */
  readonly deadSubscriptions: number;
}

/** Of nobody. */
export const NO_STABILITY: Stability = {
  watchers: 0,
  stayed: 0,
  cameBack: 0,
  gone: 0,
  neverOpened: 0,
  fellSilent: 0,
  deadSubscriptions: 0,
};

export function stabilityOf(watchers: readonly Watcher[]): Stability {
  const ends = { stayed: 0, cameBack: 0, gone: 0, neverOpened: 0 };
  const counts = { ...ends, fellSilent: 0, deadSubscriptions: 0 };
  for (const { openings, silences, isOpen, subscriptions } of watchers) {
    if (openings === 0) counts.neverOpened++;
    else if (!isOpen) counts.gone++;
    else if (openings === 1) counts.stayed++;
    else counts.cameBack++;
    if (silences > 0) counts.fellSilent++;
    if (isOpen) counts.deadSubscriptions += subscriptions.filter((one) => !one.isLive).length;
  }
  return { watchers: watchers.length, ...counts };
}

/** The watchers of both. */
export function addStability(one: Stability, other: Stability): Stability {
  return {
    watchers: one.watchers + other.watchers,
    stayed: one.stayed + other.stayed,
    cameBack: one.cameBack + other.cameBack,
    gone: one.gone + other.gone,
    neverOpened: one.neverOpened + other.neverOpened,
    fellSilent: one.fellSilent + other.fellSilent,
    deadSubscriptions: one.deadSubscriptions + other.deadSubscriptions,
  };
}
