/** Checks of a run, each of which is a finding of its own whatever the others came to. @module */

import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";

/** What a check wants to be told. */
export interface CheckSpec<T> {
  /** What is asked, as a statement that may be false. */
  readonly subject: string;
  /** What the value says, for people; absent: that it is so. */
  readonly observed?: (value: T) => string;
  /** Why it is so, in somebody else's words; absent: nobody says. */
  readonly because?: (value: T) => string;
}

/** A check that was made, and whose answer is No. */
export class CheckFailedError extends Error {
  override name = "CheckFailedError";
  constructor(readonly observed: string, message: string) {
    super(message);
  }
}

const YES = "yes";

/**
 * The value, if the check has one; else undefined, and why is a finding that fails.
 * @throws what is no answer of a cluster or a gateway; the signal's reason
 */
export async function check<T>(
  run: Run,
  { subject, observed = () => YES, because = () => "" }: CheckSpec<T>,
  look: () => Promise<T>,
): Promise<T | undefined> {
  const finding = { subject, limit: YES };
  try {
    const value = await look();
    run.addFinding({
      ...finding,
      verdict: "pass",
      observed: observed(value),
      reason: because(value),
    });
    return value;
  } catch (thrown) {
    const answer = run.stopping.aborted ? undefined : refusalOf(thrown);
    if (answer === undefined) throw thrown;
    run.addFinding({ ...finding, verdict: "fail", ...answer });
    return undefined;
  }
}

/** Undefined for what is a bug. */
function refusalOf(thrown: unknown): { observed: string; reason: string } | undefined {
  if (thrown instanceof CheckFailedError) {
    return { observed: thrown.observed, reason: thrown.message };
  }
  if (thrown instanceof OperationFailedError) {
    return { observed: thrown.reason, reason: messageOf(thrown) };
  }
  if (thrown instanceof CannotRunError) return { observed: "no", reason: messageOf(thrown) };
}
