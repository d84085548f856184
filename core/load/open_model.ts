/**
 * Which iterations of an open load start when? Each at its due time by the load's schedule, however
 * slow the system is.
 * @module
 */

import { type Arrival, Pacer } from "./catch_up.ts";
import { yieldToEventLoop } from "./clock.ts";
import type { Load, OpenModel } from "./load.ts";
import type { Rng } from "./rng.ts";
import type { Runner } from "./runner.ts";
import { isOurs, type Share } from "./share.ts";

/** Resolves when no arrival is due any more; what was started may still be under way. */
export async function runOpen(
  runner: Runner,
  { arrivals, catchUp }: OpenModel,
  { rng, maxIterations = Infinity }: Pick<Load, "maxIterations"> & { readonly rng: Rng },
): Promise<void> {
  const { clock, ended, share, tempo: { schedule } } = runner;
  const ours = ourArrivals(share, arrivals.offsets(rng), maxIterations);
  const pacer = new Pacer(ours, { time: schedule, catchUp });
  while (!ended.aborted && !pacer.isOver) {
    if (pacer.nextStartMs <= clock.now()) await yieldToEventLoop();
    else await clock.sleepUntil(pacer.nextStartMs, schedule.changeOr(ended));
    if (ended.aborted) break;
    startDue(runner, pacer);
  }
  // What a late generator never got to start was due all the same.
  pacer.takeMissed(runner.offeredUntilMs).forEach((dueMs) => runner.drop(dueMs));
}

/** What of the first `count` arrivals of the whole schedule is ours. */
function* ourArrivals(
  share: Share,
  offsets: Iterator<number>,
  count: number,
): IterableIterator<Arrival> {
  for (let index = 0; index < count; index++) {
    const { done, value: offsetMs } = offsets.next();
    if (done) return;
    if (isOurs(share, index)) yield { index, offsetMs };
  }
}

function startDue(runner: Runner, pacer: Pacer): void {
  const nowMs = runner.clock.now();
  for (const { index, dueMs, isSkipped } of pacer.take(nowMs)) {
    if (isSkipped || runner.ended.aborted) runner.drop(dueMs);
    else {
      runner.recordLag(nowMs - dueMs, nowMs);
      void runner.start({ index, dueMs, worker: 0 });
    }
  }
  runner.recordInFlight(nowMs);
}
