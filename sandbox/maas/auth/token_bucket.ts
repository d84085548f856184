/**
 * How many calls a second may a client of the API server make? The limiter of client-go: what does not
 * fit waits for its turn, and what could not have it before its deadline is refused at once.
 * Source: golang.org/x/time/rate, (*Limiter).WaitN; client-go, util/flowcontrol/throttle.go.
 * @module
 */

/** Calls a second in the long run, and at once. */
export interface BucketSize {
  readonly qps: number;
  readonly burst: number;
}

/** The words of client-go for a call that was refused. */
export const WOULD_EXCEED_DEADLINE = "client rate limiter Wait returned an error: " +
  "rate: Wait(n=1) would exceed context deadline";

/** Full at first. */
export class TokenBucket {
  /** Below zero: calls wait. */
  #tokens = Infinity;
  #atMs = -Infinity;

  /** @returns how long the call has to wait, ms; undefined: it is refused, and has taken nothing */
  take(
    nowMs: number,
    { qps, burst, deadlineMs }: BucketSize & { readonly deadlineMs: number },
  ): number | undefined {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    const tokens = Math.min(burst, this.#tokens + elapsedMs / 1_000 * qps) - 1;
    const waitMs = Math.max(0, -tokens) / qps * 1_000;
    if (nowMs + waitMs > deadlineMs) return undefined;
    this.#tokens = tokens;
    this.#atMs = nowMs;
    return waitMs;
  }
}
