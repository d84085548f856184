/**
 * When is a call of the set-up or the clean-up sent again? Waits as long as the server asks, and
 * longer and longer after failed connections and a server's own failures. Never for the measured path,
 * where a refusal is an outcome and a repetition would hide it.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import { Backoff, type BackoffPolicy } from "../core/load/backoff.ts";
import type { Clock } from "../core/load/clock.ts";
import type { Rng } from "../core/load/rng.ts";
import type { CommonReason, FailureReason } from "../core/measure/sample.ts";
import { asksForRetry, type KubernetesReason, StatusError } from "./status_error.ts";

export interface RetryOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Ends the waiting; cutting off the call itself is the business of the call. */
  readonly signal?: AbortSignal;
  /**
   * No call is begun after this time of the clock; Infinity: as long as the signal lets it.
   * @default 30 s from now
   */
  readonly deadlineMs?: number;
  /**
   * `answers`: a connection that fails is none that has worked, and says so at once.
   * @default "all"
   */
  readonly after?: "all" | "answers";
}

const PATIENCE_MS = 30_000;
/** Chance only prolongs a wait, so that callers refused together come back apart. */
const BACK_OFF: BackoffPolicy = { firstMs: 100, longestMs: 5_000, spread: [1, 1.5] };
/** After 5xx that asks for nothing, 3 s in all: what is broken for good is to be told soon. */
const MOST_UNASKED = 5;

/** Of the connection: the same call may well succeed over a new one. */
const PASSING: ReadonlySet<FailureReason> = new Set<CommonReason | KubernetesReason>([
  "connection-refused",
  "connection-reset",
  "connection-closed",
  "goaway",
  "stalled",
  "stream-reset",
  "timeout",
  "truncated",
]);

/**
 * Calls until it succeeds, fails for good or the next try would be past the deadline; then it
 * rejects with the last error as it came. A call whose answer was lost may have taken effect, so a
 * repeated create must expect "already exists" and a repeated delete "not found".
 * Source of the rule for answers: client-go, rest/request.go (429, and 5xx with Retry-After); other
 * 5xx, as when etcd changes its leader, are tried again a few times.
 * @throws the signal's reason, if it aborts before a try
 */
export async function retrying<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, rng, signal } = options;
  const deadlineMs = options.deadlineMs ?? clock.now() + PATIENCE_MS;
  const backoff = new Backoff(BACK_OFF, rng);
  let unasked = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (thrown) {
      if (isUnaskedFailure(thrown) ? ++unasked > MOST_UNASKED : !isPassing(thrown, options)) {
        throw thrown;
      }
      const askedMs = thrown instanceof StatusError ? thrown.retryAfterMs : undefined;
      const nowMs = clock.now();
      const nextMs = nowMs + backoff.failedAt(nowMs, { askedMs });
      if (nextMs > deadlineMs) throw thrown;
      await clock.sleepUntil(nextMs, signal);
    }
  }
}

const NOT_IMPLEMENTED = 501;

function isUnaskedFailure(thrown: unknown): boolean {
  return thrown instanceof StatusError && thrown.code >= 500 && thrown.code !== NOT_IMPLEMENTED &&
    thrown.retryAfterMs === undefined;
}

function isPassing(thrown: unknown, { after }: RetryOptions): boolean {
  // A Status may say "timeout" too, which is then the server's answer and not the connection's.
  if (thrown instanceof StatusError) return asksForRetry(thrown);
  if (after === "answers") return false;
  return thrown instanceof OperationFailedError && PASSING.has(thrown.reason);
}
