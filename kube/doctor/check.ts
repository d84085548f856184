/**
 * How is one check made without harm to the others? It has a time limit, and what it throws is a
 * finding of its own: that this is not known.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { formatDuration } from "../../core/units.ts";
import { type Finding, unknownBecause } from "./finding.ts";

/** Long enough for a slow server, short enough to wait for. */
export const CHECK_LIMIT_MS = 10_000;

/** There was no answer in time. */
export class TimeLimitError extends CannotRunError {
  override name = "TimeLimitError";
}

/** Looks at one thing; `C` is what it may look with. */
export interface Check<C> {
  readonly id: string;
  /** No finding: it has nothing to look at in this run. */
  look(context: C, signal: AbortSignal): readonly Finding[] | Promise<readonly Finding[]>;
}

/** All at the same time, their findings in the order of the checks. Never rejects. */
export async function makeChecks<C>(
  checks: readonly Check<C>[],
  context: C,
  { clock }: { readonly clock: Clock },
): Promise<Finding[]> {
  const found = await Promise.all(checks.map(async (check) => {
    try {
      return await withinLimit(clock, async (signal) => await check.look(context, signal));
    } catch (thrown) {
      return [unknownBecause(check.id, thrown)];
    }
  }));
  return found.flat();
}

/**
 * The work's result.
 * @param work its signal aborts when the limit is over, whether or not it heeds it
 * @throws {TimeLimitError} that there was no answer in time
 */
export async function withinLimit<T>(
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
  { limitMs = CHECK_LIMIT_MS }: { readonly limitMs?: number } = {},
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  const limit = clock.sleepUntil(clock.now() + limitMs, done.signal).then((): never => {
    const late = new TimeLimitError(`no answer in ${formatDuration(limitMs)}`);
    over.abort(late);
    throw late;
  });
  limit.catch(() => {}); // after the work has ended nobody waits for it
  try {
    return await Promise.race([work(over.signal), limit]);
  } finally {
    done.abort();
  }
}
