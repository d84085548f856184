/** How long is a credential of a run to be good? As long as it is needed, and not for longer. @module */

import { SHORTEST_TOKEN_LIFE_MS } from "../../../kube/service_account/shortest_life.ts";

/** For getting ready and for what is under way at the end. */
const MARGIN_MS = 300_000;
/** Of a run whose length nobody knows: renewing goes on. */
const UNKNOWN_RUN_MS = 3_600_000;

/**
 * What to ask of the server, which may grant less.
 * @param options.runMs how long users are needed; undefined: not known beforehand
 * @param options.askedMs what the user of the program says instead
 */
export function tokenLifeMs(
  { runMs = UNKNOWN_RUN_MS, askedMs = runMs + MARGIN_MS }: {
    readonly runMs?: number | undefined;
    readonly askedMs?: number | undefined;
  },
): number {
  return Math.max(SHORTEST_TOKEN_LIFE_MS, askedMs);
}
