/**
 * The error classes that callers branch on, one per condition.
 * Libraries throw them; only `cli.ts` turns them into a line on stderr and an exit code.
 * @module
 */

import type { FailureReason } from "./measure/sample.ts";

/** What the user typed (flag, variable, plan file, threshold) cannot be used: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The run could not take place at all (port taken, target not reachable, no permission): exit code 1. */
export class CannotRunError extends Error {
  override name = "CannotRunError";
}

/** One operation of the load failed; it is an outcome of that operation and never ends the run. */
export class OperationFailedError extends Error {
  override name = "OperationFailedError";
  /** What went wrong, without the request in which it showed. */
  readonly why: string;

  constructor(
    /** The bounded class that the failure is counted under. */
    readonly reason: FailureReason,
    message: string,
    /** `why`: part of a message that also names the request. */
    { why = message, ...options }: ErrorOptions & { why?: string } = {},
  ) {
    super(message, options);
    this.why = why;
  }
}

/** What a {@link LeftoverError} is about. */
interface LeftoverParts {
  /** `3 configmaps left`. */
  readonly what: string;
  /** What holds it, or why it could not be deleted. */
  readonly why: string;
  /** The command line that finishes it. */
  readonly byHand: string;
  /** How many objects are left, as far as is known. */
  readonly left: number;
}

/** Cleaning up ended before everything was gone. */
export class LeftoverError extends Error implements LeftoverParts {
  override name = "LeftoverError";
  readonly what: string;
  readonly why: string;
  readonly byHand: string;
  readonly left: number;

  constructor({ what, why, byHand, left }: LeftoverParts) {
    super(`${what}: ${why}; finish with: ${byHand}`);
    this.what = what;
    this.why = why;
    this.byHand = byHand;
    this.left = left;
  }
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The text of anything thrown, for a message: an Error's own message with its causes, else String(thrown). */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.cause === undefined) return thrown.message;
  const cause = messageOf(thrown.cause);
  return thrown.message.includes(cause) ? thrown.message : `${thrown.message}: ${cause}`;
}
