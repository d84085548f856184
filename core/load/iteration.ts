/**
 * What happened to each operation of one iteration? Takes the permit and has the call measured, or
 * records why there was none. Never decides when an iteration starts.
 * @module
 */

import type { Outcome } from "../measure/sample.ts";
import type { Permits } from "./permits.ts";
import { isCancellation, timed, type TimedContext } from "./timed.ts";
import type { Iteration, TimedCall, TimedOperation } from "./workload.ts";

/** What all iterations of one execution share. */
export interface IterationScope extends TimedContext {
  /** No iteration will be started any more, for whatever reason. */
  readonly ended: AbortSignal;
  readonly permits: Permits;
  readonly whenFull: "drop" | "queue";
}

/** The iteration's first operation found everything in flight and was dropped; for the executor only. */
class DroppedError extends Error {
  override name = "DroppedError";
}

/** An operation whose due time is settled. */
type DueOperation = TimedOperation & { readonly dueMs: number };

const DROPPED: Outcome = { kind: "dropped" };
const CANCELLED: Outcome = { kind: "cancelled" };

function ignore(): void {}

/** One iteration under way. */
export class RunningIteration implements Iteration {
  readonly index: number;
  readonly worker: number;
  readonly dueMs: number;
  readonly stopping: AbortSignal;
  readonly aborted: AbortSignal;
  readonly #scope: IterationScope;
  #calls = 0;
  /** Calls of `timed` that have not settled. */
  #pending = 0;
  #onIdle: (() => void) | undefined;
  /** Everything that `timed` rejected with: outcomes already recorded. */
  #outcomes: Set<unknown> | undefined;
  /** Set when the first operation was never sent: then nothing else is. */
  #notSent: { readonly thrown: unknown } | undefined;

  constructor(
    scope: IterationScope,
    start: { readonly index: number; readonly worker: number; readonly dueMs: number },
  ) {
    this.#scope = scope;
    this.index = start.index;
    this.worker = start.worker;
    this.dueMs = start.dueMs;
    this.stopping = scope.stopping;
    this.aborted = scope.aborted;
  }

  timed<T>(call: TimedCall<T>, what: TimedOperation): Promise<T> {
    const result = this.#timed(call, what);
    // Recorded already; a workload that does not await it must not bring the process down.
    result.catch(ignore);
    return result;
  }

  /** Resolves when no call of `timed` is under way, those that nobody awaited included. */
  async idle(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
  }

  /** Whether what `iterate` threw is an outcome of the load, and no defect of the workload. */
  isOutcome(thrown: unknown): boolean {
    for (let error = thrown;; error = error.cause) {
      if (this.#outcomes?.has(error) || isCancellation(error, this)) return true;
      if (!(error instanceof Error && "cause" in error)) return false;
    }
  }

  async #timed<T>(call: TimedCall<T>, what: TimedOperation): Promise<T> {
    const { clock, permits } = this.#scope;
    if (this.#notSent !== undefined) throw this.#notSent.thrown;
    const isFirst = this.#calls++ === 0;
    const due = { ...what, dueMs: what.dueMs ?? (isFirst ? this.dueMs : clock.now()) };
    this.#pending++;
    try {
      if (!permits.tryTake()) await this.#waitForPermit(isFirst, due);
      try {
        return await timed(this.#scope, call, due);
      } finally {
        this.#givePermitBack();
      }
    } catch (thrown) {
      (this.#outcomes ??= new Set()).add(thrown);
      throw thrown;
    } finally {
      if (--this.#pending === 0) this.#onIdle?.();
    }
  }

  /** Resolves with a permit taken; else records why there is none and throws. */
  async #waitForPermit(isFirst: boolean, what: DueOperation): Promise<void> {
    const { clock, permits, ended, aborted, whenFull } = this.#scope;
    if (isFirst && whenFull === "drop") {
      this.#recordUnsent(what, { atMs: what.dueMs, outcome: DROPPED });
      throw this.#giveUp(new DroppedError("Everything allowed is in flight"));
    }
    // A later operation may be what cleans up after the first: it waits on when the run ends.
    const signal = isFirst ? ended : aborted;
    if (await permits.take(signal)) return;
    this.#recordUnsent(what, { atMs: clock.now(), outcome: CANCELLED });
    throw isFirst ? this.#giveUp(signal.reason) : signal.reason;
  }

  #givePermitBack(): void {
    const { clock, permits, recorder } = this.#scope;
    recorder.gauge("inFlight", permits.taken, { atMs: clock.now(), addsUp: true });
    permits.release();
  }

  /** An operation that was never sent. */
  #recordUnsent(
    { op, tags, dueMs }: DueOperation,
    { atMs, outcome }: { atMs: number; outcome: Outcome },
  ): void {
    const sample = { op, dueMs, sentMs: atMs, doneMs: atMs, outcome };
    this.#scope.recorder.record(tags === undefined ? sample : { ...sample, tags });
  }

  #giveUp(thrown: unknown): unknown {
    this.#notSent = { thrown };
    return thrown;
  }
}
