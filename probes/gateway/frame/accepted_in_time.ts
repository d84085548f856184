/** Does a route's status come to say that it is accepted as it is now, in time? @module */

import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Scene } from "./gateway_probe.ts";
import { outcomeOf } from "./outcome.ts";

/** @returns undefined: the load was stopped before that could be said */
export async function isAcceptedInTime(
  at: Pick<LoadScope, "stopping" | "aborted">,
  routes: Scene["routes"],
  { timeoutMs, ...where }: {
    /** `namespace/name`. */
    readonly route: string;
    /** Its tag. */
    readonly gateway: string;
    /** From now. */
    readonly timeoutMs: number;
  },
): Promise<boolean | undefined> {
  const wait = { timeoutMs, signal: at.stopping };
  const accepted = routes.untilAccepted(where, wait).then(() => true);
  if (await outcomeOf(at, accepted)) return true;
  return at.stopping.aborted ? undefined : false;
}
