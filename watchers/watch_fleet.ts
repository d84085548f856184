/**
 * Many watchers in one process, each independent of the others, started one after the other.
 * @module
 */

import { given } from "../core/given.ts";
import type { Say } from "../core/say.ts";
import { CannotRunError, OperationFailedError } from "../core/errors.ts";
import { Ticker } from "../core/load/ticker.ts";
import type { Run } from "../core/run/run.ts";
import type { ClusterReader } from "../kube/cluster.ts";
import { type Resource, resourceName } from "../kube/resource.ts";
import { ListWatchLoop } from "./list_watch_loop.ts";
import { TALLY_PERIOD_MS } from "./tally.ts";
import { WatchFigures } from "./watch_figures.ts";

export interface WatchFleetOptions {
  readonly resource: Resource;
  /** Empty: all of them together. */
  readonly namespaces: readonly string[];
  readonly labelSelector: string | undefined;
  /** Of each namespace, >= 1. */
  readonly watches: number;
  /** From the start of one to the start of the next. */
  readonly staggerMs: number;
  readonly bookmarks: boolean;
  readonly verbosity: number;
  readonly run: Run;
  readonly say: Say;
}

/**
 * Begins the run with the first list that succeeds, and watches until the run is stopped.
 * @throws {CannotRunError} if that list fails; what fails later is an outcome and is tried again
 */
export async function watchFleet(
  cluster: ClusterReader,
  options: WatchFleetOptions,
): Promise<void> {
  const { run, say } = options;
  const figures = new WatchFigures(run, say);
  const over = new AbortController();
  const signal = AbortSignal.any([run.stopping, over.signal]);
  await using _ticker = new Ticker(() => figures.flush(), {
    clock: run.clock,
    periodMs: TALLY_PERIOD_MS,
  });
  const running = loopsOf(cluster, { ...options, figures }).map((loop, index) =>
    index === 0 ? loop.run(signal) : later(loop, { options, index, signal })
  );
  try {
    await Promise.all(running);
  } catch (error) {
    if (run.hasBegun || !(error instanceof OperationFailedError)) throw error;
    const what = resourceName(options.resource);
    throw new CannotRunError(`Cannot list ${what}: ${error.message}`, { cause: error });
  } finally {
    over.abort();
    await Promise.allSettled(running);
  }
  if (run.hasBegun) figures.addFinding();
}

function loopsOf(
  cluster: ClusterReader,
  { namespaces, labelSelector, watches, figures, ...rest }: WatchFleetOptions & {
    figures: WatchFigures;
  },
): ListWatchLoop[] {
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  return Array.from({ length: watches * scopes.length }, (_, index) => {
    const namespace = scopes[index % scopes.length];
    return new ListWatchLoop(cluster, {
      ...rest,
      index,
      figures,
      selection: {
        ...given({ namespace, labelSelector }),
      },
      rng: rest.run.rng.fork(`watch ${index}`),
      ...(index === 0 ? { onFirstList: () => rest.run.begin() } : {}),
    });
  });
}

/** Starts a watcher when its turn has come after the beginning. */
async function later(
  loop: ListWatchLoop,
  { options, index, signal }: { options: WatchFleetOptions; index: number; signal: AbortSignal },
): Promise<void> {
  const { run, staggerMs } = options;
  await Promise.race([run.begun, run.clock.sleepUntil(Infinity, signal)]);
  if (signal.aborted) return;
  await run.clock.sleepUntil(run.startMs + index * staggerMs, signal);
  await loop.run(signal);
}
