/**
 * Whose doing is it that a route, or a change of it, is served late or never: the controller's, whose
 * status says when it has accepted it, or the data plane's? Measures, and the signs that are read from
 * them.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { CounterSeries } from "../../../core/run/measures.ts";
import { FOREIGN_REWRITES } from "./route_watch.ts";

/** From when a write was due until the route's status said that it is accepted as written. */
export const ACCEPTED_AFTER = "acceptedAfter";
/** From then until it was served; 0 if it was served before. */
export const SERVED_AFTER_ACCEPTED = "servedAfterAccepted";
/** Writes that were not served in time, tagged with what the status said. */
export const UNSERVED = "unserved";
/** Writes that were served, and of which no status said in time that they are accepted. */
export const UNACCEPTED = "unaccepted";

/** How one write came out at one Gateway; times on the clock. */
export interface ServedWrite {
  /** Undefined: not in time. */
  readonly servedMs: number | undefined;
  /** Undefined: not by now. */
  readonly acceptedMs: number | undefined;
  readonly nowMs: number;
  readonly tags: Tags;
}

export function recordServed(
  recorder: Recorder,
  { servedMs, acceptedMs, nowMs, tags }: ServedWrite,
): void {
  if (servedMs === undefined) {
    const status = acceptedMs === undefined ? "not-accepted" : "accepted";
    recorder.count(UNSERVED, 1, { atMs: nowMs, tags: { ...tags, status } });
    return;
  }
  const lagMs = acceptedMs === undefined ? 0 : Math.max(0, servedMs - acceptedMs);
  recorder.observeMs(SERVED_AFTER_ACCEPTED, lagMs, { atMs: servedMs, tags });
}

/** It was served, and its status says nothing of it: not even a wait for that has changed it. */
export function recordUnaccepted(recorder: Recorder, at: { atMs: number; tags: Tags }): void {
  recorder.count(UNACCEPTED, 1, { atMs: at.atMs, tags: { ...at.tags, ...SERVED } });
}

const SERVED = { served: "yes" } as const;

/** Of one Gateway, say. */
export function servedLateCounters(tags: Tags): CounterSeries[] {
  return [
    ...["accepted", "not-accepted"].map((status) => ({
      name: UNSERVED,
      tags: { ...tags, status },
    })),
    { name: UNACCEPTED, tags: { ...tags, ...SERVED } },
  ];
}

/** What has to be 0, of writes and of what their statuses say. */
const AMOUNTS = {
  foreign: `${FOREIGN_REWRITES}.total <= 0`,
  unnoticed: `${UNSERVED}{status=not-accepted}.total <= 0`,
  unserved: `${UNSERVED}{status=accepted}.total <= 0`,
  unaccepted: `${UNACCEPTED}{served=yes}.total <= 0`,
} as const;
/** Default thresholds, each a sign of {@link servedLateCauses}. */
export const SERVED_LATE_THRESHOLDS: readonly string[] = Object.values(AMOUNTS);

/**
 * @param limit a duration, as thresholds have it
 * @param what is served: "a new route"
 */
export function servedLateCauses(limit: string, what: string): CauseSpec[] {
  return [
    {
      component: "another controller",
      sign: AMOUNTS.foreign,
      because: "entries of one controller in a route's status were taken away by another one",
    },
    {
      component: "controller",
      sign: AMOUNTS.unnoticed,
      because: `${what} was not served in time, and its status did not say that it is accepted`,
    },
    {
      component: "data plane",
      sign: AMOUNTS.unserved,
      because: `${what} was not served in time although its status said that it is accepted`,
    },
    {
      component: "controller's status writer",
      sign: AMOUNTS.unaccepted,
      because: `${what} was served, and its status never said that it is accepted as it is now`,
    },
    {
      component: "controller",
      sign: `${ACCEPTED_AFTER}.max <= ${limit}`,
      because: `it took longer than ${limit} to accept ${what}`,
    },
    {
      component: "data plane",
      sign: `${SERVED_AFTER_ACCEPTED}.max <= ${limit}`,
      because: `it took longer than ${limit} to serve ${what} that was accepted`,
    },
  ];
}
