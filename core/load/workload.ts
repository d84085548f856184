/**
 * What does one iteration of the load do? The port between the executor, which decides when, and
 * the drivers and probes, which know how. Never decides a time itself.
 * @module
 */

import type { Tags } from "../measure/sample.ts";

/** How one operation is recorded. */
export interface TimedOperation {
  /** The kind of operation, e.g. `create`. */
  readonly op: string;
  /** Low-cardinality labels of its series. */
  readonly tags?: Tags;
  /**
   * When the schedule wanted it, clock time in ms.
   * @default the iteration's `dueMs` for its first operation, the time of the call for later ones
   */
  readonly dueMs?: number;
}

/**
 * A call to measure.
 * @param settledAt to be told when it was over if that is known to be earlier than when it resolves
 */
export type TimedCall<T> = (settledAt: (atMs: number) => void) => Promise<T>;

/** One run through a workload, as its `iterate` sees it. */
export interface Iteration {
  /**
   * Its number in the whole load, whoever puts the others on. Open model: that of its arrival in the
   * schedule. Closed model: 0, 1, 2, ... in the order in which they were started, where one generator
   * starts all of them.
   */
  readonly index: number;
  /** Closed model: the number of the worker, from 0. Open model: 0. */
  readonly worker: number;
  /** When the schedule wanted the iteration started, clock time in ms. */
  readonly dueMs: number;
  /** No new iterations. One that is under way goes on to its end, so that it leaves nothing behind. */
  readonly stopping: AbortSignal;
  /** Give up what is in flight. */
  readonly aborted: AbortSignal;
  /**
   * Makes one call and records one sample of it, once a place in flight is free. Resolves or
   * rejects as the call does. What it rejects with never ends the run: `iterate` may let it pass.
   *
   * An operation that is never sent also rejects: the iteration's first one when everything is in
   * flight and the model drops (recorded as dropped, `op` counting), or when the run stops while
   * it waits for a place; later ones only when the run is aborted. After such a first operation,
   * every further call of `timed` rejects the same way and records nothing.
   */
  timed<T>(call: TimedCall<T>, what: TimedOperation): Promise<T>;
}

/** The work of a load. */
export interface Workload {
  /** For reports, e.g. `configmap lifecycle`. */
  readonly name: string;
  /** The operation that an arrival is counted under when it is dropped before it could start. */
  readonly firstOp: string;
  /**
   * Does the work once. Errors from `timed` and any `OperationFailedError` are outcomes; anything
   * else that it throws ends the run.
   */
  iterate(iteration: Iteration): Promise<void>;
}
