/**
 * The load of a run, and the clockwork beside it: readings of the own process, an interval each second,
 * the end in two steps. The same for a run that reports and for a generator, which does not.
 * @module
 */

import type { Say } from "../say.ts";
import { isCancellation } from "../load/timed.ts";
import { formatSignificant } from "../units.ts";
import type { RunInvocation } from "../command/run_flags.ts";
import type { Run } from "./run.ts";
import type { RunPlan } from "./run_plan.ts";
import { GRACE_MS } from "./run_stage.ts";
import { SelfMonitor } from "./self_monitor.ts";
import { Unanswered } from "./unanswered.ts";

interface LoadOptions {
  readonly invocation: Pick<RunInvocation, "values" | "simulation" | "generators">;
  readonly plan: RunPlan;
  readonly say: Say;
  /** Called each second with what it brought, which is in the run by then. */
  readonly onSecond?: () => Promise<void>;
  /** Goes on beside the load until that is over. */
  readonly beside?: (ended: AbortSignal) => Promise<void>;
}

/** Lets the instrument work, and stops it in time; the error that broke it, if one did. */
export async function putLoadOn(
  run: Run,
  { invocation: { values, simulation, generators }, plan, say, onSecond, beside }: LoadOptions,
): Promise<unknown> {
  const ended = new AbortController();
  // Of one for which time stands still there is nothing to tell, nor of one that puts no load on.
  const monitor = simulation === undefined && generators === undefined
    ? new SelfMonitor({
      clock: run.clock,
      recorder: run.recorder,
      loop: run.loop,
      loopLagIntervalMs: plan.loopLagIntervalMs,
    })
    : undefined;
  const unanswered = new Unanswered();
  const clockwork = Promise.all([
    tick(run, ended.signal, onSecond),
    stopAfter(run, values.duration, ended.signal),
    abortAfterGrace(run, { ended: ended.signal, unanswered }),
    beside?.(ended.signal),
  ]);
  let failure: unknown;
  try {
    await plan.instrument(run, say);
    run.stop("limit");
  } catch (error) {
    // A run that was stopped may end where it waited: that is its end, and no failure of its own.
    if (!(run.hasBegun && isCancellation(error, run))) failure = error;
    run.stop("failed");
  }
  ended.abort();
  warnOfLateStandIns(run, { isSeen: generators === undefined });
  await clockwork;
  await monitor?.close();
  unanswered.end(run);
  return failure;
}

/** Share of the time beyond which stand-ins that were away are told of. */
const BEARABLE_AWAY_RATIO = 0.05;
/** Of so short a time their start alone is a large share. */
const LEAST_AWAY_MS = 500;

/**
 * Says of a sandbox that was late that it was, so that nobody takes it for a slow target.
 * @param options.isSeen whoever measures sees how late it is, sample by sample
 */
function warnOfLateStandIns(run: Run, { isSeen }: { isSeen: boolean }): void {
  const nowMs = run.clock.now();
  const awayMs = run.standInLagMs(run.startMs, nowMs);
  const ratio = awayMs / (nowMs - run.startMs);
  if (awayMs < LEAST_AWAY_MS || !(ratio > BEARABLE_AWAY_RATIO)) return;
  run.warn(
    "sandbox-late",
    `The sandbox's own event loop was behind for ${formatSignificant(100 * ratio)} % of the ` +
      "time: it shares this machine with the load, and what it did late is no figure of a target; " +
      (isSeen
        ? "verdicts that this decides are inconclusive"
        : "other processes cannot tell what of their times that was"),
  );
}

/** How long after the end of a second what threads have measured in it may take to come. */
const FROM_THREADS_MS = 100;

/** Closes an interval each second. */
async function tick(
  run: Run,
  ended: AbortSignal,
  onSecond: LoadOptions["onSecond"],
): Promise<void> {
  const over = AbortSignal.any([ended, run.stopping]);
  await untilBegun(run, over);
  while (!over.aborted) {
    await run.clock.sleepUntil(run.nextSecondMs, over);
    if (!run.hasBegun) return;
    run.rotate();
    if (run.hasThreads) await run.clock.sleepUntil(run.clock.now() + FROM_THREADS_MS, over);
    run.latest.showTold();
    await onSecond?.();
  }
}

async function stopAfter(
  run: Run,
  durationMs: number | undefined,
  ended: AbortSignal,
): Promise<void> {
  if (durationMs === undefined) return;
  await untilBegun(run, ended);
  const { running } = run.tempo;
  const endMs = running.at(run.startMs) + run.warmUpMs + durationMs;
  const takeBack = running.callAt(endMs, () => run.stop("duration"));
  await run.clock.sleepUntil(Infinity, ended);
  takeBack();
}

/** Resolves when the load begins, or will never. */
async function untilBegun(run: Run, over: AbortSignal): Promise<void> {
  await Promise.race([run.begun, run.clock.sleepUntil(Infinity, over)]);
}

async function abortAfterGrace(
  run: Run,
  { ended, unanswered }: { ended: AbortSignal; unanswered: Unanswered },
): Promise<void> {
  await run.clock.sleepUntil(Infinity, AbortSignal.any([ended, run.stopping]));
  // What prepares a load is worth no waiting once there will be none.
  if (run.hasBegun) await run.clock.sleepUntil(run.clock.now() + GRACE_MS, ended);
  if (ended.aborted) return;
  unanswered.begin(run);
  run.abort();
}
