/**
 * How long was a watch blind? From the last that was heard of it to the list after it was lost: what
 * came and went in between nobody can know. A watch that goes on where it was has missed nothing.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { ReflectorActivity } from "../../../kube/watch/reflector.ts";

/** @returns what takes a reflector's activity */
export function watchGaps(
  clock: Clock,
  onGap: (lengthMs: number) => void,
): (activity: ReflectorActivity) => void {
  let heardMs = clock.now();
  return (activity) => {
    const nowMs = clock.now();
    if (activity.kind === "listed" && activity.isRelist) onGap(nowMs - heardMs);
    if (HEARD.has(activity.kind)) heardMs = nowMs;
  };
}

/** A watch that is accepted tells nothing yet: it may be so only to say that it comes too late. */
const HEARD: ReadonlySet<ReflectorActivity["kind"]> = new Set([
  "listed",
  "event",
  "bookmark",
  "closed",
]);
