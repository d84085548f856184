/**
 * How is one check made without harm to the others? It has a time limit, and what it throws is a
 * finding of its own: that this is not known.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import { withinTime } from "../../core/load/deadline.ts";
import { type Finding, unknownBecause } from "./finding.ts";

/** Long enough for a slow server, short enough to wait for. */
export const CHECK_LIMIT_MS = 10_000;

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

/** The result of what a check asks, within {@link CHECK_LIMIT_MS}. @throws {TimeLimitError} */
export function withinLimit<T>(
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withinTime(clock, work, { limitMs: CHECK_LIMIT_MS });
}
