/**
 * One page of text from another endpoint of Steve: metrics, profiles. Never retries.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { failureReason, failureText } from "../../../core/net/fetch_failure.ts";

const TIMEOUT_MS = 10_000;

/** A function that gets pages, each within 10 s. */
export function pageFetcher(
  clock: Clock,
): (url: string, signal: AbortSignal) => Promise<string> {
  return async (url, signal) => {
    const over = new AbortController();
    const ended = new AbortController();
    void clock.sleepUntil(clock.now() + TIMEOUT_MS, ended.signal).then(() => {
      if (!ended.signal.aborted) over.abort(new DOMException("no answer in 10 s", "TimeoutError"));
    });
    try {
      const either = AbortSignal.any([signal, over.signal]);
      const answer = await fetch(url, { signal: either, redirect: "manual" });
      const text = await answer.text();
      if (answer.ok) return text;
      const what = `Cannot GET ${url}: the server answered ${answer.status}`;
      throw new OperationFailedError(`http-${answer.status}`, what);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OperationFailedError) throw error;
      const what = `Cannot GET ${url}: ${failureText(error)}`;
      throw new OperationFailedError(failureReason(error), what, { cause: error });
    } finally {
      ended.abort();
    }
  };
}
