/**
 * Something that is asked again and again beside a load, at a low rate, without a place in the load's
 * own model: neither its rate nor what is in flight of it. Several generators take turns.
 * @module
 */

import { Ticker } from "../../../core/load/ticker.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";

/** Asks until it is disposed of, or the scope stops, but not while it is paused; what is under way is waited for. `ask` must not throw. */
export function beside(
  scope: LoadScope,
  { ratePerSec, ask }: { ratePerSec: number; ask: () => Promise<void> },
): AsyncDisposable {
  if (ratePerSec === 0) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const underWay = new Set<Promise<void>>();
  const start = () => {
    if (scope.stopping.aborted || scope.tempo.isPaused) return;
    const asking = ask().finally(() => underWay.delete(asking));
    underWay.add(asking);
  };
  const { clock, share: { index, of } } = scope;
  const turnMs = 1_000 / ratePerSec;
  const periodMs = turnMs * of;
  if (index === 0) start();
  const startMs = clock.now() - (index === 0 ? 0 : periodMs - index * turnMs);
  const ticker = new Ticker(start, { clock, periodMs, startMs, atEnd: false });
  return {
    async [Symbol.asyncDispose]() {
      await ticker[Symbol.asyncDispose]();
      await Promise.all(underWay);
    },
  };
}
