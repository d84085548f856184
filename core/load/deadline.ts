/**
 * What happens when something takes too long? Tells, or gives up waiting for it. Nothing here can
 * stop work that heeds no signal.
 * @module
 */

import { CannotRunError } from "../errors.ts";
import { formatDuration } from "../units.ts";
import type { Clock } from "./clock.ts";

/** There was no answer in time. */
export class TimeLimitError extends CannotRunError {
  override name = "TimeLimitError";
}

/** Calls back once when the time is over, unless it is disposed of before. */
export class Deadline implements Disposable {
  readonly #takeBack: () => void;

  /** @param options `limitMs`: from now, >= 0; Infinity for never */
  constructor(clock: Clock, { limitMs, onOver }: { limitMs: number; onOver: () => void }) {
    this.#takeBack = clock.callAt(clock.now() + limitMs, onOver);
  }

  [Symbol.dispose](): void {
    this.#takeBack();
  }
}

interface TimeLimit {
  /** >= 0; Infinity for none. */
  readonly limitMs: number;
  /** Ends it as well. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What is thrown when the time is over.
   * @default a {@link TimeLimitError}
   */
  readonly late?: () => Error;
}

/**
 * The work's result. The wait for it ends in time, and so does the work if it heeds its signal.
 * @param work its signal aborts when the time is over or the caller's signal aborts
 * @throws {TimeLimitError} that there was no answer in time, or what `late` gives
 * @throws the signal's reason, unchanged, once it has aborted
 */
export async function withinTime<T>(
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
  { limitMs, signal, late = () => noAnswer(limitMs) }: TimeLimit,
): Promise<T> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const cut = Promise.withResolvers<never>();
  const giveUp = (reason: unknown) => {
    over.abort(reason);
    cut.reject(reason);
  };
  const onAbort = () => giveUp(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  using _deadline = new Deadline(clock, { limitMs, onOver: () => giveUp(late()) });
  try {
    return await Promise.race([work(over.signal), cut.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function noAnswer(limitMs: number): TimeLimitError {
  return new TimeLimitError(`no answer in ${formatDuration(limitMs)}`);
}
