/**
 * Starts iterations when the load model says so, and waits for their ends. One `execute` for the
 * open and the closed model. Never measures (timed.ts does), prints, or gives up on a call.
 * @module
 */

import { OperationFailedError } from "../errors.ts";
import type { ArrivalProcess } from "./arrival.ts";
import { type CatchUp, Pacer } from "./catch_up.ts";
import { type Clock, yieldToEventLoop } from "./clock.ts";
import { type IterationScope, RunningIteration } from "./iteration.ts";
import { Permits } from "./permits.ts";
import type { Rng } from "./rng.ts";
import type { TimedContext } from "./timed.ts";
import type { Workload } from "./workload.ts";

/** What an execution needs of its run. */
export interface LoadContext extends TimedContext {
  readonly rng: Rng;
}

/**
 * Open: iterations start at their due times, however slow the system is. Closed: each worker
 * starts its next iteration when its last one has ended, so a slow system gets less load.
 */
export type LoadModel =
  | {
    readonly kind: "open";
    readonly arrivals: ArrivalProcess;
    /** Most operations outstanding at a time, >= 1; Infinity for no bound. */
    readonly maxInFlight: number;
    /** What an iteration's first operation does when that many are; later ones always queue. */
    readonly whenFull: "drop" | "queue";
    readonly catchUp: CatchUp;
  }
  | {
    readonly kind: "closed";
    readonly workers: number;
    /** Pause of a worker between two iterations, ms. */
    readonly thinkMs: number;
    /** When each begins, ms since the start, by its number. @default all at once */
    readonly beginsMs?: (worker: number) => number;
  };

/** One load: what to do, when, and how often at most. */
export interface Load {
  readonly workload: Workload;
  readonly model: LoadModel;
  /** @default {Infinity} */
  readonly maxIterations?: number;
  /** Open model: called once when no arrival will be due any more; what is under way goes on. */
  readonly onArrivalsOver?: () => void;
}

type OpenModel = Extract<LoadModel, { kind: "open" }>;
type ClosedModel = Extract<LoadModel, { kind: "closed" }>;

function requireCount(value: number, what: string): void {
  if (value >= 1 && (Number.isInteger(value) || value === Infinity)) return;
  throw new RangeError(`Cannot use ${value} as ${what}: expected an integer of at least 1`);
}

function requireUsable({ model, maxIterations }: Load): void {
  if (maxIterations !== undefined) requireCount(maxIterations, "the most iterations");
  if (model.kind === "open") return requireCount(model.maxInFlight, "the most in flight");
  requireCount(model.workers, "the number of workers");
  if (model.workers === Infinity) throw new RangeError("Cannot use Infinity workers");
  if (!(model.thinkMs >= 0 && model.thinkMs < Infinity)) {
    throw new RangeError(`Cannot use ${model.thinkMs} ms of think time: expected at least 0`);
  }
}

/** Starts iterations, keeps those under way, and the first defect that one of them showed. */
class Runner {
  readonly workload: Workload;
  readonly clock: Clock;
  /** Aborts when no iteration will be started any more, unless because enough were. */
  readonly ended: AbortSignal;
  readonly #scope: IterationScope;
  readonly #broken = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #maxIterations: number;
  #started = 0;
  #endedMs = Infinity;
  #defect: { readonly thrown: unknown } | undefined;

  constructor(context: LoadContext, { workload, model, maxIterations = Infinity }: Load) {
    const { clock, recorder, stopping, aborted } = context;
    this.workload = workload;
    this.clock = clock;
    this.#maxIterations = maxIterations;
    this.ended = AbortSignal.any([stopping, aborted, this.#broken.signal]);
    this.ended.addEventListener("abort", () => this.#endedMs = clock.now(), { once: true });
    this.#scope = {
      clock,
      recorder,
      stopping,
      aborted,
      ended: this.ended,
      permits: new Permits(model.kind === "open" ? model.maxInFlight : Infinity),
      whenFull: model.kind === "open" ? model.whenFull : "queue",
    };
  }

  /** Whether the asked number of iterations was started. */
  get hasStartedAll(): boolean {
    return this.#started >= this.#maxIterations;
  }

  /** Arrivals due by then were offered: now, or when the load was ended. */
  get offeredUntilMs(): number {
    return Math.min(this.#endedMs, this.clock.now());
  }

  get mayStart(): boolean {
    return !this.ended.aborted && !this.hasStartedAll;
  }

  /** Starts an iteration; resolves at its end, and never rejects. */
  start(start: { dueMs: number; worker: number }): Promise<void> {
    const iteration = new RunningIteration(this.#scope, { ...start, index: this.#started++ });
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
    this.#scope.recorder.gauge("inFlight", this.#scope.permits.taken, { atMs });
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

async function runOpen(runner: Runner, model: OpenModel, rng: Rng): Promise<void> {
  const { clock } = runner;
  const pacer = new Pacer(model.arrivals.offsets(rng), {
    startMs: clock.now(),
    catchUp: model.catchUp,
  });
  while (runner.mayStart && pacer.nextStartMs < Infinity) {
    if (pacer.nextStartMs <= clock.now()) await yieldToEventLoop();
    else await clock.sleepUntil(pacer.nextStartMs, runner.ended);
    if (!runner.mayStart) break;
    const nowMs = clock.now();
    for (const { dueMs, isSkipped } of pacer.take(nowMs)) {
      if (runner.hasStartedAll) break;
      if (isSkipped || runner.ended.aborted) runner.drop(dueMs);
      else {
        runner.recordLag(nowMs - dueMs, nowMs);
        void runner.start({ dueMs, worker: 0 });
      }
    }
    runner.recordInFlight(nowMs);
  }
  // What a late generator never got to start was due all the same.
  if (runner.hasStartedAll) return;
  pacer.takeMissed(runner.offeredUntilMs).forEach((dueMs) => runner.drop(dueMs));
}

async function runWorker(runner: Runner, worker: number, model: ClosedModel): Promise<void> {
  const { clock } = runner;
  const { thinkMs, beginsMs } = model;
  if (beginsMs !== undefined) {
    await clock.sleepUntil(clock.now() + beginsMs(worker), runner.ended);
  }
  while (runner.mayStart) {
    await runner.start({ dueMs: clock.now(), worker });
    // An iteration that failed at once has let no socket and no timer have its turn.
    await yieldToEventLoop();
    if (thinkMs > 0) await clock.sleepUntil(clock.now() + thinkMs, runner.ended);
  }
}

function runModel(runner: Runner, model: LoadModel, rng: Rng): Promise<unknown> {
  if (model.kind === "open") return runOpen(runner, model, rng);
  return Promise.all(
    Array.from({ length: model.workers }, (_, worker) => runWorker(runner, worker, model)),
  );
}

/**
 * Puts the load on: resolves when the schedule is over, `maxIterations` were started or `stopping`
 * fired, and every iteration under way has ended.
 *
 * Open model: due times count from this call, and the schedule depends on the context's seed only
 * (`rng.fork("arrivals")`). Iterations run independently of each other. Closed model: an iteration
 * is due when its worker is free and has thought, so that response time is service time.
 *
 * @throws {RangeError} if a number of the model is out of range
 * @throws what a workload throws that is no outcome of the load; then nothing new is started, and
 * what is under way ends first
 */
export async function execute(context: LoadContext, load: Load): Promise<void> {
  requireUsable(load);
  const runner = new Runner(context, load);
  try {
    await runModel(runner, load.model, context.rng.fork("arrivals"));
    if (load.model.kind === "open") load.onArrivalsOver?.();
  } catch (thrown) {
    runner.fail(thrown);
  }
  await runner.settle();
}
