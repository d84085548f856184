/** What data planes answered while something was waited for, whichever way that ended. @module */

import type { TimedContext } from "../../../core/load/timed.ts";
import { type Seen, StillNotSoError } from "../answers/until_served.ts";
import { outcomeOf } from "./outcome.ts";

/** Answers that were errors, before a route was served; tagged with the Gateway and the answer. */
export const ERRORS_BEFORE_SERVED = "errorsBeforeServed";

/** What was seen in a wait; undefined if it was cut off. @throws whatever is no outcome of a load */
export function seenOf(
  context: Pick<TimedContext, "stopping" | "aborted">,
  wait: Promise<Seen>,
): Promise<Seen | undefined> {
  return outcomeOf(
    context,
    wait.catch((thrown: unknown) => {
      if (thrown instanceof StillNotSoError) return thrown.seen;
      throw thrown;
    }),
  );
}

/** Counts those that were neither the good answer nor "not yet". */
export function recordErrors(
  { recorder, clock }: Pick<TimedContext, "recorder" | "clock">,
  gateway: string,
  seen: Seen | undefined,
): void {
  for (const [answer, { count, isError }] of Object.entries(seen?.byClass ?? {})) {
    if (!isError) continue;
    recorder.count(ERRORS_BEFORE_SERVED, count, {
      atMs: clock.now(),
      tags: { gateway, answer },
    });
  }
}
