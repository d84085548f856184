/**
 * How patient is a client that watches? The values that every kind of watcher here goes by, so that
 * a fleet of them neither hammers a sick server nor comes back all at once.
 * @module
 */

import type { BackoffPolicy } from "../../core/load/backoff.ts";

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
