/**
 * Which iterations of a closed load start when? Each worker's next one when its last one has ended,
 * it has thought, and nothing is paused. Workers come and go with the load's tempo.
 * @module
 */

import { yieldToEventLoop } from "./clock.ts";
import type { ClosedModel, Load } from "./load.ts";
import type { Runner } from "./runner.ts";
import { ourNumbers, type Share } from "./share.ts";

/** Resolves when no worker starts anything any more, and all have ended. */
export async function runClosed(
  runner: Runner,
  model: ClosedModel,
  { maxIterations = Infinity }: Pick<Load, "maxIterations">,
): Promise<void> {
  const workers = new Workers(runner, model, maxIterations);
  const leave = runner.tempo.onChange(() => workers.fill());
  workers.fill();
  await runner.clock.sleepUntil(Infinity, workers.over);
  leave();
  await workers.ended();
}

/** Those of our share, by their numbers in the whole load. */
class Workers {
  /** Aborts when nothing will be started any more. */
  readonly over: AbortSignal;
  readonly #runner: Runner;
  readonly #model: ClosedModel;
  readonly #iterations: Iterations;
  readonly #enough = new AbortController();
  readonly #working = new Map<number, Promise<void>>();
  /** When the load began, by its running time. */
  readonly #startMs: number;

  constructor(runner: Runner, model: ClosedModel, maxIterations: number) {
    this.#runner = runner;
    this.#model = model;
    this.#startMs = runner.tempo.running.now();
    this.#iterations = ourIterations(runner.share, model.workers, maxIterations);
    this.over = AbortSignal.any([runner.ended, this.#enough.signal]);
    if (this.#iterations.isOver) this.#enough.abort();
  }

  /** Has those begin who are to be there and are not. */
  fill(): void {
    const { share } = this.#runner;
    for (const worker of ourNumbers(share, this.#wanted)) {
      if (this.over.aborted) return;
      if (this.#working.has(worker)) continue;
      const working = this.#work(worker).catch((thrown) => this.#runner.fail(thrown));
      this.#working.set(worker, working);
    }
  }

  async ended(): Promise<void> {
    await Promise.all(this.#working.values());
  }

  get #wanted(): number {
    return this.#runner.tempo.workersOf(this.#model.workers);
  }

  async #work(worker: number): Promise<void> {
    const { clock, tempo, ended } = this.#runner;
    const { thinkMs, beginsMs } = this.#model;
    let nextMs = Math.max(tempo.running.now(), this.#startMs + (beginsMs?.(worker) ?? 0));
    for (;;) {
      await tempo.running.sleepUntil(nextMs, ended);
      if (ended.aborted || this.#iterations.isOver || worker >= this.#wanted) {
        this.#working.delete(worker); // at once: it may be wanted again
        return;
      }
      const index = this.#iterations.take();
      if (this.#iterations.isOver) this.#enough.abort();
      await this.#runner.start({ index, dueMs: clock.now(), worker });
      // An iteration that failed at once has let no socket and no timer have its turn.
      await yieldToEventLoop();
      nextMs = tempo.afterNowMs + thinkMs;
    }
  }
}

/** The numbers of those that are still to be started, by whichever worker is free. */
class Iterations {
  #next: number;

  constructor(readonly share: Share, readonly count: number) {
    this.#next = share.index;
  }

  get isOver(): boolean {
    return this.#next >= this.count;
  }

  take(): number {
    const number = this.#next;
    this.#next += this.share.of;
    return number;
  }
}

/** Only who has a worker is dealt iterations, or nobody would start them. */
function ourIterations(share: Share, workers: number, count: number): Iterations {
  const of = count === Infinity ? share.of : Math.min(share.of, workers);
  return new Iterations({ ...share, of }, share.index < of ? count : 0);
}
