/**
 * Starts one iteration after another, keeps those under way, and the first defect that one of them
 * showed. Never decides when one starts.
 * @module
 */

import { OperationFailedError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { Load, LoadContext } from "./load.ts";
import { type IterationScope, RunningIteration } from "./iteration.ts";
import { Permits } from "./permits.ts";
import { ourCount, type Share, WHOLE } from "./share.ts";
import { Tempo } from "./tempo.ts";
import type { Workload } from "./workload.ts";

/** See the module. */
export class Runner {
  readonly workload: Workload;
  readonly clock: Clock;
  readonly share: Share;
  readonly tempo: Tempo;
  /** Aborts when no iteration may be started any more, however many were. */
  readonly ended: AbortSignal;
  readonly #scope: IterationScope;
  readonly #broken = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #endedMs = Infinity;
  #defect: { readonly thrown: unknown } | undefined;

  constructor(context: LoadContext, { workload, model }: Load) {
    const { clock, recorder, share = WHOLE, tempo = new Tempo(clock), stopping, aborted } = context;
    this.workload = workload;
    this.clock = clock;
    this.share = share;
    this.tempo = tempo;
    this.ended = AbortSignal.any([stopping, aborted, this.#broken.signal]);
    this.ended.addEventListener("abort", () => this.#endedMs = clock.now(), { once: true });
    this.#scope = {
      clock,
      recorder,
      stopping,
      aborted,
      ended: this.ended,
      // With fewer places than generators each has one all the same, or could do nothing.
      permits: new Permits(
        model.kind === "open" ? Math.max(1, ourCount(share, model.maxInFlight)) : Infinity,
      ),
      whenFull: model.kind === "open" ? model.whenFull : "queue",
    };
  }

  /** Arrivals due by then were offered: now, or when the load was ended. */
  get offeredUntilMs(): number {
    return Math.min(this.#endedMs, this.clock.now());
  }

  /** Starts an iteration; resolves at its end, and never rejects. */
  start(start: { index: number; dueMs: number; worker: number }): Promise<void> {
    const iteration = new RunningIteration(this.#scope, start);
    const ending = this.#run(iteration).finally(() => this.#underWay.delete(ending));
    this.#underWay.add(ending);
    return ending;
  }

  /** Records an arrival that never became an iteration. */
  drop(dueMs: number): void {
    const { recorder } = this.#scope;
    const times = { dueMs, sentMs: dueMs, doneMs: dueMs };
    recorder.record({ op: this.workload.firstOp, ...times, outcome: { kind: "dropped" } });
  }

  /** How late the generator itself was: before any wait for a place in flight. */
  recordLag(lagMs: number, atMs: number): void {
    this.#scope.recorder.observeMs("schedulingLag", lagMs, { atMs, sinceMs: atMs });
  }

  recordInFlight(atMs: number): void {
    this.#scope.recorder.gauge("inFlight", this.#scope.permits.taken, { atMs, addsUp: true });
  }

  /** Starts nothing more, and rejects with this in the end. */
  fail(thrown: unknown): void {
    this.#defect ??= { thrown };
    this.#broken.abort(thrown);
  }

  /** @throws what the first defective iteration threw, once all iterations have ended */
  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    if (this.#defect !== undefined) throw this.#defect.thrown;
  }

  async #run(iteration: RunningIteration): Promise<void> {
    try {
      await this.workload.iterate(iteration);
    } catch (thrown) {
      if (!iteration.isOutcome(thrown)) this.#onUntimedError(iteration, thrown);
    }
    await iteration.idle();
  }

  #onUntimedError({ dueMs }: RunningIteration, thrown: unknown): void {
    if (!(thrown instanceof OperationFailedError)) return this.fail(thrown);
    // No timed call has counted it, and a failure must not pass in silence.
    const nowMs = this.clock.now();
    const outcome = { kind: "failed", reason: thrown.reason } as const;
    const { firstOp: op } = this.workload;
    this.#scope.recorder.record({ op, dueMs, sentMs: nowMs, doneMs: nowMs, outcome });
  }
}
