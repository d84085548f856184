/**
 * What becomes of a watch that the server should have ended, and of which nothing is heard?
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";

/** After the time that the server was to end the watch at. */
const GRACE_MS = 30_000;

/** A watch as its reader sees it. */
interface HeardWatch {
  readonly controller: AbortController;
  readonly timeoutSeconds: number;
  /** When the last of it came, clock ms; until then when it was sent or accepted. */
  readonly heardMs: number;
}

/** Aborts it with a failure of class `stalled`; resolves then, or when something else aborts it. */
export async function giveUpWhenSilent(watch: HeardWatch, clock: Clock): Promise<void> {
  const { controller, timeoutSeconds } = watch;
  const patienceMs = timeoutSeconds * 1_000 + GRACE_MS;
  while (clock.now() < watch.heardMs + patienceMs) {
    await clock.sleepUntil(watch.heardMs + patienceMs, controller.signal);
    if (controller.signal.aborted) return;
  }
  const silence = `Nothing came for ${patienceMs / 1_000} s from a watch of ${timeoutSeconds} s`;
  controller.abort(new OperationFailedError("stalled", silence));
}
