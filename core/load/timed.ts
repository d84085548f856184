/**
 * How is one call measured? Makes it, reads its times, sorts how it ended and records one sample.
 * Never decides when a call is made, and never repeats one.
 * @module
 */

import { OperationFailedError } from "../errors.ts";
import type { Recorder } from "../measure/recorder.ts";
import type { Outcome } from "../measure/sample.ts";
import type { Clock } from "./clock.ts";
import type { TimedCall, TimedOperation } from "./workload.ts";

/** What measuring a call needs of its run. */
export interface TimedContext {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Start nothing new. */
  readonly stopping: AbortSignal;
  /** Cancel what is in flight. */
  readonly aborted: AbortSignal;
}

const OK: Outcome = { kind: "ok" };
const CANCELLED: Outcome = { kind: "cancelled" };

/**
 * Makes one call and records one sample of it, due now unless `what` says otherwise. Resolves or
 * rejects as the call does: for a call with no arrival behind it, as the opening of a connection, or
 * a wait with `until`, which fails as `stalled` when it runs out. Inside an iteration use its own
 * `timed`, which waits for a place in flight.
 */
export async function timed<T>(
  context: TimedContext,
  call: TimedCall<T>,
  { op, tags, dueMs }: TimedOperation,
): Promise<T> {
  const { clock, recorder } = context;
  const sentMs = clock.now();
  let settledMs: number | undefined;
  const record = (outcome: Outcome) => {
    const doneMs = settledMs ?? clock.now();
    const sample = { op, dueMs: dueMs ?? sentMs, sentMs, doneMs, outcome };
    recorder.record(tags === undefined ? sample : { ...sample, tags });
  };
  let value: T;
  try {
    value = await call((atMs) => settledMs = atMs);
  } catch (thrown) {
    settledMs = undefined;
    record(outcomeOf(thrown, context));
    throw thrown;
  }
  record(OK);
  return value;
}

/** How a call that threw has ended; `failed` with reason `other` for anything that nobody classed. */
function outcomeOf(thrown: unknown, context: Pick<TimedContext, RunSignal>): Outcome {
  if (context.aborted.aborted || isCancellation(thrown, context)) return CANCELLED;
  const reason = thrown instanceof OperationFailedError ? thrown.reason : "other";
  return { kind: "failed", reason };
}

/** Whether this is the run's end passing through: an abort after one of its signals fired. */
export function isCancellation(
  thrown: unknown,
  { stopping, aborted }: Pick<TimedContext, RunSignal>,
): boolean {
  return [stopping, aborted].some((signal) =>
    signal.aborted &&
    (thrown === signal.reason || (thrown instanceof Error && thrown.name === "AbortError"))
  );
}

type RunSignal = "stopping" | "aborted";
