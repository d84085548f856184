/**
 * What happened to each operation of one iteration? Takes the permit, reads the two times, sorts
 * the outcome, records the sample. Never decides when an iteration starts.
 * @module
 */

import { OperationFailedError } from "../errors.ts";
import type { Recorder } from "../measure/recorder.ts";
import type { Outcome } from "../measure/sample.ts";
import type { Clock } from "./clock.ts";
import type { Permits } from "./permits.ts";
import type { Iteration, TimedOperation } from "./workload.ts";

/** What all iterations of one execution share. */
export interface IterationScope {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly stopping: AbortSignal;
  readonly aborted: AbortSignal;
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

const OK: Outcome = { kind: "ok" };
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

  timed<T>(call: () => Promise<T>, what: TimedOperation): Promise<T> {
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
      if (this.#outcomes?.has(error) || this.#isCancellation(error)) return true;
      if (!(error instanceof Error && "cause" in error)) return false;
    }
  }

  async #timed<T>(call: () => Promise<T>, what: TimedOperation): Promise<T> {
    const { clock, permits } = this.#scope;
    if (this.#notSent !== undefined) throw this.#notSent.thrown;
    const isFirst = this.#calls++ === 0;
    const dueMs = what.dueMs ?? (isFirst ? this.dueMs : clock.now());
    this.#pending++;
    try {
      if (!permits.tryTake()) await this.#waitForPermit(isFirst, { ...what, dueMs });
      return await this.#send(call, { ...what, dueMs });
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
    const { dueMs } = what;
    if (isFirst && whenFull === "drop") {
      this.#record(what, { sentMs: dueMs, doneMs: dueMs, outcome: DROPPED });
      throw this.#giveUp(new DroppedError("Everything allowed is in flight"));
    }
    // A later operation may be what cleans up after the first: it waits on when the run ends.
    const signal = isFirst ? ended : aborted;
    if (await permits.take(signal)) return;
    const nowMs = clock.now();
    this.#record(what, { sentMs: nowMs, doneMs: nowMs, outcome: CANCELLED });
    throw isFirst ? this.#giveUp(signal.reason) : signal.reason;
  }

  /** Makes the call with the permit held, and gives the permit back. */
  async #send<T>(call: () => Promise<T>, what: DueOperation): Promise<T> {
    const { clock, permits, recorder } = this.#scope;
    const sentMs = clock.now();
    let doneMs = sentMs;
    try {
      const value = await call();
      doneMs = clock.now();
      this.#record(what, { sentMs, doneMs, outcome: OK });
      return value;
    } catch (thrown) {
      doneMs = clock.now();
      this.#record(what, { sentMs, doneMs, outcome: this.#outcomeOf(thrown) });
      throw thrown;
    } finally {
      recorder.gauge("inFlight", permits.taken, { atMs: doneMs });
      permits.release();
    }
  }

  #record(
    { op, tags, dueMs }: DueOperation,
    { sentMs, doneMs, outcome }: { sentMs: number; doneMs: number; outcome: Outcome },
  ): void {
    const sample = { op, dueMs, sentMs, doneMs, outcome };
    this.#scope.recorder.record(tags === undefined ? sample : { ...sample, tags });
  }

  #giveUp(thrown: unknown): unknown {
    this.#notSent = { thrown };
    return thrown;
  }

  #outcomeOf(thrown: unknown): Outcome {
    if (this.aborted.aborted || this.#isCancellation(thrown)) return CANCELLED;
    const reason = thrown instanceof OperationFailedError ? thrown.reason : "other";
    return { kind: "failed", reason };
  }

  /** Whether this is the run's end passing through: an abort after one of its signals fired. */
  #isCancellation(thrown: unknown): boolean {
    return [this.stopping, this.aborted].some((signal) =>
      signal.aborted &&
      (thrown === signal.reason || (thrown instanceof Error && thrown.name === "AbortError"))
    );
  }
}
