/**
 * Routes that a data plane served without a break: do they stay so? Asks one after another of them,
 * again and again, and all of them once more at the end.
 * @module
 */

import type { LoadScope } from "../../../core/run/run_stage.ts";
import { isCancellation } from "../../../core/load/timed.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { classOf } from "../answers/answer.ts";
import type { AskerPool } from "../answers/asker_pool.ts";
import { RECHECKS, REGRESSIONS } from "./measured.ts";
import { type ProbeRoute, questionOf } from "../frame/route_set.ts";

/** From one question to the next. */
const PERIOD_MS = 20;
const AT_ONCE_IN_THE_END = 8;

export interface StableRoutesOptions {
  readonly pool: AskerPool;
  /** Of what is measured, the pool's included. */
  readonly tags: Tags;
}

/** See the module. */
export class StableRoutes {
  readonly #at: LoadScope;
  readonly #options: StableRoutesOptions;
  readonly #routes: ProbeRoute[] = [];

  constructor(at: LoadScope, options: StableRoutesOptions) {
    this.#at = at;
    this.#options = options;
  }

  add(route: ProbeRoute): void {
    this.#routes.push(route);
  }

  /** Until the signal aborts, or the load is stopped. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock, stopping } = this.#at;
    const over = AbortSignal.any([signal, stopping]);
    for (let turn = 0; !over.aborted; turn++) {
      const route = this.#routes[turn % this.#routes.length];
      if (route !== undefined) await this.#ask(route, over);
      await clock.sleepUntil(clock.now() + PERIOD_MS, over);
    }
  }

  /** Asks each once, unless the load is stopped. */
  async askAll(): Promise<void> {
    const { stopping } = this.#at;
    const ask = async (route: ProbeRoute) => {
      if (!stopping.aborted) await this.#ask(route, stopping);
    };
    await eachAtMost(this.#routes, ask, { limit: AT_ONCE_IN_THE_END });
  }

  async #ask(route: ProbeRoute, signal: AbortSignal): Promise<void> {
    const { recorder } = this.#at;
    const { pool, tags } = this.#options;
    try {
      const answer = await pool.ask({ ...questionOf(route), signal });
      const { atMs } = answer;
      recorder.count(RECHECKS, 1, { atMs, tags });
      const answerClass = classOf(answer, route.expected);
      if (answerClass === "expected") return;
      recorder.count(REGRESSIONS, 1, { atMs, tags: { ...tags, answer: answerClass } });
    } catch (thrown) {
      if (!isCancellation(thrown, { stopping: signal, aborted: signal })) throw thrown;
    }
  }
}
