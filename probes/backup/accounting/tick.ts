/**
 * When did a tick of the operator's schedule run, and for whom was it too late or too early? The API
 * tells its end alone (`lastBackupTime`), in whole seconds; its beginning is reckoned. All times of
 * this file are of the server's clock: none is compared with the run's.
 * @module
 */

import type { Miss } from "./account.ts";

/** One run of the loop over all workspaces. */
export interface Tick {
  /** When its end was seen, on the run's clock. */
  readonly seenAtMs: number;
  /** As `lastBackupTime` says, server's clock, whole seconds. */
  readonly endMs: number;
  /** The latest that it can have begun at, server's clock: ticks that outlast a period overlap. */
  readonly startMs: number;
}

/**
 * When a tick that ended then began, by the schedule: the last time that it was due until then.
 * Undefined: the schedule does not tell, as `@every 10s` does not.
 */
export type TickStartOf = (lastBackupTimeMs: number) => number | undefined;

/**
 * The latest that a tick can have begun at of which something was seen then: its end, or a Job that it
 * has made. Of a schedule that does not tell it is that very second.
 * @param seenMs server's clock
 */
export function latestStart(seenMs: number, startOf: TickStartOf): number {
  return Math.min(seenMs, startOf(seenMs) ?? seenMs);
}

/**
 * Why a workspace got no Job, which was stopped before the tick's end was noted: it was stopped after
 * the tick had listed the workspaces, or its Job could not be made. The seconds of both ends are the
 * tick's, because all times are whole seconds.
 */
export function lossIn(
  tick: Tick,
  stopMs: number,
): Extract<Miss, "lost-in-tick" | "lost-by-error"> {
  return stopMs >= tick.startMs ? "lost-in-tick" : "lost-by-error";
}
