/**
 * A load of several parts: one that ends earlier than the whole, and all of them together. Never
 * decides what a part does.
 * @module
 */

import type { LoadContext } from "./load.ts";

/**
 * What one part of a load works with: chance of its own, and an end of its own.
 * @param part `endMs`: clock time at which nothing new starts in it, unless the load is stopped before;
 * default: with the load
 */
export function partOf(
  { clock, rng, share, tempo, recorder, stopping, aborted }: LoadContext,
  { name, endMs = Infinity }: { name: string; endMs?: number },
): LoadContext {
  const over = new AbortController();
  const end = () => over.abort(stopping.reason);
  // What is over before it begins is due nothing, be it in the turn of the event loop that it takes to wait.
  if (endMs <= clock.now() || stopping.aborted) end();
  else void clock.sleepUntil(endMs, stopping).then(end);
  return { clock, rng: rng.fork(name), share, tempo, recorder, stopping: over.signal, aborted };
}

/**
 * Resolves when all parts have ended, so that nothing is left running.
 * @param endOthers called when the first part breaks
 * @throws what that part threw
 */
export async function together(
  parts: readonly (Promise<unknown> | undefined)[],
  endOthers: () => void,
): Promise<void> {
  const broken: unknown[] = [];
  const ends = parts.map(async (part) => {
    try {
      await part;
    } catch (thrown) {
      if (broken.push(thrown) === 1) endOthers();
    }
  });
  await Promise.all(ends);
  if (broken.length > 0) throw broken[0];
}
