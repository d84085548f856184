/**
 * How patient is a client that watches? The values that every kind of watcher here goes by, so that
 * a fleet of them neither hammers a sick server nor comes back all at once; and what becomes of a watch
 * that the server should have ended, and of which nothing is heard.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type { BackoffPolicy } from "../../core/load/backoff.ts";
import type { Clock } from "../../core/load/clock.ts";

/**
 * After a failure: 0.8 to 1.6 s at first, from the seventh on 30 to 60 s. The reset is later than the
 * longest wait, so that a server that answers every try with a failure never resets.
 * Source: client-go, tools/cache/reflector.go.
 */
export const WATCH_BACKOFF: BackoffPolicy = {
  firstMs: 800,
  longestMs: 30_000,
  spread: [1, 2],
  resetAfterMs: 120_000,
};

/** How long the server is to keep a watch: spread, so that a fleet's do not all end in one second. */
export const WATCH_TIMEOUT_SECONDS = { min: 300, span: 300 };

/** A watch that ends sooner with nothing said is a server that cannot serve it. */
export const SHORTEST_WATCH_MS = 1_000;

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
