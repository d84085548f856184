/**
 * Starts iterations when the load model says so, and waits for their ends. One `execute` for the
 * open and the closed model. Never measures (timed.ts does), prints, or gives up on a call.
 * @module
 */

import { runClosed } from "./closed_model.ts";
import type { Load, LoadContext } from "./load.ts";
import { runOpen } from "./open_model.ts";
import { Runner } from "./runner.ts";

export type { Load, LoadContext, LoadModel } from "./load.ts";

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

/**
 * Puts the load on: resolves when the schedule is over, `maxIterations` were started or `stopping`
 * fired, and every iteration under way has ended.
 *
 * Open model: due times count from this call, and the schedule depends on the context's seed only
 * (`rng.fork("arrivals")`): a share draws all of it and starts its own arrivals. Iterations run
 * independently of each other. Closed model: an iteration is due when its worker is free and has
 * thought, so that response time is service time. With a tempo, due times are those of the tempo that
 * there is when an iteration starts: they never go back, and while it is paused none is due.
 *
 * @throws {RangeError} if a number of the model is out of range
 * @throws what a workload throws that is no outcome of the load; then nothing new is started, and
 * what is under way ends first
 */
export async function execute(context: LoadContext, load: Load): Promise<void> {
  requireUsable(load);
  const { model } = load;
  const runner = new Runner(context, load);
  try {
    if (model.kind === "closed") await runClosed(runner, model, load);
    else {
      await runOpen(runner, model, { ...load, rng: context.rng.fork("arrivals") });
      load.onArrivalsOver?.();
    }
  } catch (thrown) {
    runner.fail(thrown);
  }
  await runner.settle();
}
