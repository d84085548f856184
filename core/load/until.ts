/**
 * How long does it take until something is so? Looks at once, then whenever it is woken and every
 * few moments, until the look gives a value, which may have to hold for a while. Changes nothing,
 * and never waits beyond its time limit.
 * @module
 */

import { OperationFailedError } from "../errors.ts";
import { formatDuration } from "../units.ts";
import type { Clock } from "./clock.ts";

export interface UntilOptions<T> {
  /**
   * From the end of one look to the next unless it is woken before; Infinity: only when woken. A
   * function where the looks tell it, as a server's Retry-After does.
   */
  readonly pollMs: number | (() => number);
  /** By when the value has to be there; a stretch that began in time is held to its end. Infinity: no limit. */
  readonly timeoutMs: number;
  /**
   * How long each look has to give a value without a break. What comes and goes between two looks
   * is seen only if it wakes them.
   * @default 0
   */
  readonly holdMs?: number;
  /** Told when the value that held was first seen: the end of what a `timed` wait measures. */
  readonly onSettled?: (atMs: number) => void;
  /** Subscribes `wake`, which asks for another look, to whatever may change; returns what unsubscribes it. */
  readonly woken?: (wake: () => void) => () => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** What is waited for, as the subject of the message: `route "a" is attached`. */
  readonly what?: string;
  /**
   * What comes of a wait that ran out: its value, or what it throws.
   * @default throws an {@link OperationFailedError} with reason `stalled`
   */
  readonly late?: () => T;
}

/**
 * The first value other than undefined that `look` gives, or the last one of a stretch that held.
 * The first look is made at once, the last one when the time is over.
 * @throws {OperationFailedError} `stalled`, if it runs out and `late` says nothing else
 * @throws what `look` throws
 * @throws the signal's reason, if it aborts before a look
 */
export async function until<T>(
  clock: Clock,
  look: () => T | undefined | Promise<T | undefined>,
  options: UntilOptions<T>,
): Promise<T> {
  const { pollMs, timeoutMs, holdMs = 0, onSettled, signal } = options;
  const deadlineMs = clock.now() + timeoutMs;
  using alarm = new Alarm(options);
  let sinceMs: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const sleepSignal = alarm.set();
    const value = await look();
    const nowMs = clock.now();
    sinceMs = value === undefined ? undefined : sinceMs ?? nowMs;
    if (value !== undefined && nowMs >= sinceMs! + holdMs) {
      onSettled?.(sinceMs!);
      return value;
    }
    if (sinceMs === undefined && nowMs >= deadlineMs) return (options.late ?? stalled(options))();
    const endMs = sinceMs === undefined ? deadlineMs : sinceMs + holdMs;
    const pauseMs = typeof pollMs === "number" ? pollMs : pollMs();
    await clock.sleepUntil(Math.min(nowMs + pauseMs, endMs), sleepSignal);
  }
}

function stalled({ what = "what was waited for", timeoutMs }: UntilOptions<unknown>): () => never {
  return () => {
    const message = `Not so after ${formatDuration(timeoutMs)}: ${what}`;
    throw new OperationFailedError("stalled", message);
  };
}

/** Ends sleeps early: whatever rings it between two settings ends the sleep that comes after. */
class Alarm implements Disposable {
  readonly #outer: AbortSignal | undefined;
  #bell: AbortController | undefined;
  #unsubscribe: (() => void) | undefined;
  readonly #ring = () => this.#bell?.abort();

  constructor({ signal, woken }: Pick<UntilOptions<unknown>, "signal" | "woken">) {
    this.#outer = signal;
    if (woken === undefined) return;
    this.#bell = new AbortController();
    signal?.addEventListener("abort", this.#ring);
    this.#unsubscribe = woken(this.#ring);
  }

  /** The signal for the next sleep; undefined if nothing can end it early. */
  set(): AbortSignal | undefined {
    if (this.#bell === undefined) return this.#outer;
    if (this.#bell.signal.aborted) this.#bell = new AbortController();
    return this.#bell.signal;
  }

  [Symbol.dispose](): void {
    this.#outer?.removeEventListener("abort", this.#ring);
    this.#unsubscribe?.();
  }
}
