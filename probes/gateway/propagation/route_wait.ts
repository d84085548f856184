/**
 * One new route at one data plane, asked for again and again until it is stable: two samples, and each
 * error on the way. Decides neither when a route is made nor what comes after it.
 * @module
 */

import { isCancellation, timed } from "../../../core/load/timed.ts";
import { until } from "../../../core/load/until.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { AskerPool } from "../answers/asker_pool.ts";
import { outcomeOf } from "../frame/outcome.ts";
import { Convergence } from "./convergence.ts";
import { PROPAGATE, PROPAGATE_STABLE, PROPAGATION_ERRORS } from "./measured.ts";
import { type ProbeRoute, questionOf } from "../frame/route_set.ts";

export interface RouteWaitOptions {
  readonly route: ProbeRoute;
  readonly pool: Pick<AskerPool, "ask" | "waiter" | "intervalMs">;
  /** When the route was due, on the clock. */
  readonly dueMs: number;
  /** Good answers in a row that make it stable. */
  readonly consecutive: number;
  readonly timeoutMs: number;
  /** Of what is measured, the pool's included. */
  readonly tags: Tags;
}

/** How it came out, on the clock; undefined: not in time, or the load was stopped. */
export interface Converged {
  readonly firstMs: number | undefined;
  readonly stableMs: number | undefined;
}

/** Waits from now on; a wait that runs out is a sample that failed. */
export async function waitForRoute(at: LoadScope, options: RouteWaitOptions): Promise<Converged> {
  const { route: { expected }, consecutive } = options;
  const convergence = new Convergence({ expected, consecutive });
  const over = new AbortController();
  const waits = Promise.all([
    waitFor(at, { ...options, convergence }, PROPAGATE),
    waitFor(at, { ...options, convergence }, PROPAGATE_STABLE),
  ]).finally(() => over.abort());
  const asking = askOn(at, { ...options, convergence, over: over.signal });
  const [firstMs, stableMs] = await waits;
  await asking;
  return { firstMs, stableMs };
}

type Waiting = RouteWaitOptions & { readonly convergence: Convergence };

function waitFor(
  at: LoadScope,
  { route, dueMs, timeoutMs, tags, convergence }: Waiting,
  op: typeof PROPAGATE | typeof PROPAGATE_STABLE,
): Promise<number | undefined> {
  const look = () => op === PROPAGATE ? convergence.firstMs : convergence.stableMs;
  const waiting = timed(at, async (settledAt) => {
    const foundMs = await until(at.clock, look, {
      pollMs: Infinity,
      woken: convergence.woken,
      timeoutMs,
      signal: at.stopping,
      what: `${route.key} is served`,
    });
    settledAt(foundMs);
    return foundMs;
  }, { op, tags, dueMs });
  return outcomeOf(at, waiting);
}

/** Asks until it is over or the load is stopped. */
async function askOn(
  at: LoadScope,
  { route, pool, tags, convergence, over }: Waiting & { readonly over: AbortSignal },
): Promise<void> {
  const { clock, recorder } = at;
  const signal = AbortSignal.any([over, at.stopping]);
  using _ = pool.waiter();
  while (!signal.aborted) {
    const askedMs = clock.now();
    try {
      const answer = await pool.ask({ ...questionOf(route), signal });
      const error = convergence.take(answer);
      if (error !== undefined) {
        const { atMs } = answer;
        recorder.count(PROPAGATION_ERRORS, 1, { atMs, tags: { ...tags, answer: error } });
      }
    } catch (thrown) {
      if (!isCancellation(thrown, { stopping: signal, aborted: signal })) throw thrown;
    }
    await clock.sleepUntil(askedMs + pool.intervalMs, signal);
  }
}
