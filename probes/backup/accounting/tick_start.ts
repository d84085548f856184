/** When did a tick begin that ended then? As the schedule says, which the operator heeds to the second. @module */

import { parseSchedule } from "../../../kube/devworkspace/schedule/schedule.ts";
import type { Configuration } from "../configure/configuration.ts";
import type { TickStartOf } from "./tick.ts";

/**
 * Of `@every` it is not known: its ticks are counted from when the operator took the schedule.
 * A schedule without a time zone is taken for one of UTC, as containers have it.
 */
export function tickStartOf(
  { backupCronJob: { schedule: text }, periodMs }: Pick<
    Configuration,
    "backupCronJob" | "periodMs"
  >,
): TickStartOf {
  if (text.includes("@every ")) return () => undefined;
  const schedule = parseSchedule(text);
  return (endMs) => {
    let startMs: number | undefined;
    let nextMs = schedule.nextAfter(endMs - periodMs - 1);
    while (nextMs !== undefined && nextMs <= endMs) {
      startMs = nextMs;
      nextMs = schedule.nextAfter(nextMs);
    }
    return startMs;
  };
}
