/**
 * Work on a virtual clock, as fast as this machine can: whenever nothing can go on without time
 * passing, time passes. Ends with the work, whatever still sleeps then.
 * @module
 */

import { CannotRunError } from "../errors.ts";
import { formatDuration } from "../units.ts";
import { SystemClock } from "./clock.ts";
import type { VirtualClock } from "./virtual_clock.ts";

const MS_PER_DAY = 86_400_000;

interface SimulateOptions {
  /**
   * Most time that may pass: work that waits for what never comes is not ended by a deadlock, as
   * something ticks beside it.
   * @default 7 days
   */
  readonly limitMs?: number;
  /**
   * How long, on this machine's clock, nobody may sleep while the work is not over. Nothing is
   * decided by it but when to give up.
   * @default 10000
   */
  readonly deadlockMs?: number;
}

/**
 * The work's result.
 * @throws what the work throws
 * @throws {CannotRunError} if it cannot end by itself: nobody sleeps, or time is up
 */
export async function simulate<T>(
  clock: VirtualClock,
  work: () => Promise<T>,
  { limitMs = 7 * MS_PER_DAY, deadlockMs = 10_000 }: SimulateOptions = {},
): Promise<T> {
  const startMs = clock.now();
  const over = new AbortController();
  const result = work().finally(() => over.abort());
  const passing = passTime(clock, { untilMs: startMs + limitMs, deadlockMs, over: over.signal });
  // Once time does not pass any more the work has no end to wait for.
  return await Promise.race([result, passing.then(() => result)]);
}

async function passTime(
  clock: VirtualClock,
  { untilMs, deadlockMs, over }: { untilMs: number; deadlockMs: number; over: AbortSignal },
): Promise<void> {
  const startMs = clock.now();
  const passed = () => formatDuration(clock.now() - startMs);
  await clock.settle();
  while (!over.aborted) {
    if (clock.nextMs > untilMs && clock.nextMs < Infinity) {
      throw new CannotRunError(`The simulation did not end within ${passed()} of its own time`);
    }
    if (clock.nextMs < Infinity) await clock.jump();
    else await sleeper(clock, { limitMs: deadlockMs, over, passed });
  }
}

/** How often to look whether somebody sleeps again, whom something outside of the simulation woke. */
const LOOK_MS = 5;

/** @throws {CannotRunError} if nobody sleeps for too long */
async function sleeper(
  clock: VirtualClock,
  { limitMs, over, passed }: { limitMs: number; over: AbortSignal; passed: () => string },
): Promise<void> {
  const machine = new SystemClock();
  for (const endMs = machine.now() + limitMs; machine.now() < endMs;) {
    await machine.sleepUntil(machine.now() + LOOK_MS, over);
    await clock.settle();
    if (over.aborted || clock.nextMs < Infinity) return;
  }
  throw new CannotRunError(
    `The simulation stands still after ${passed()} of its own time: nobody waits for a time, ` +
      "and what it waits for instead does not come",
  );
}
