/** flunder-watch: flags -> plan, and the fleet of LIST and WATCH loops that carries it out. @module */

import { shareOf } from "../core/command/command.ts";
import { givenLadder, ladderOf } from "../core/command/given_ladder.ts";
import { CannotRunError, OperationFailedError } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { firstLevel, highestLevel, type Ladder } from "../core/ladder/ladder.ts";
import { together } from "../core/load/parts.ts";
import { ourCount, ourNumbers } from "../core/load/share.ts";
import { Ticker } from "../core/load/ticker.ts";
import { climb } from "../core/run/ladder.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import type { Say } from "../core/say.ts";
import type { ClusterReader } from "../kube/cluster.ts";
import { FLUNDERS, type Resource, resourceName } from "../kube/resource.ts";
import { type FlunderWatchValues, MOST_WATCHES } from "./flags.ts";
import { ListWatchLoop } from "./list_watch_loop.ts";
import { TALLY_PERIOD_MS } from "./tally.ts";
import { WATCH_MEASURES, WatchFigures } from "./watch_figures.ts";
import {
  connectionsFor,
  type Given,
  protobufWarnings,
  scopeText,
  watchedNamespaces,
  type WatcherPlan,
  watchPermissions,
} from "./watcher_plan.ts";

/** @throws {UsageError} for a ladder that cannot be climbed */
export function flunderWatchPlan(
  values: FlunderWatchValues,
  given: Given,
): WatcherPlan {
  const { bookmarks, selector, v: verbosity, stagger: staggerMs } = values;
  const namespaces = watchedNamespaces(values);
  const ladder = watchesLadder(values, given);
  const inEach = Math.max(1, namespaces.length);
  const first = inEach * (ladder === undefined ? values.watches : firstLevel(ladder));
  const most = inEach * (ladder === undefined ? values.watches : highestLevel(ladder));
  const ours = ourCount(shareOf(given), most);
  return {
    model: `${first} independent LIST and WATCH loop${first === 1 ? "" : "s"} over ` +
      scopeText(FLUNDERS, namespaces) + (ladder === undefined ? "" : `, then more ${ladder.unit}`),
    mainOperation: "events",
    defaultThresholds: [
      "events.total > 0",
      "list.failed.count <= 0",
      "watch.failed.count <= 0",
    ],
    measures: WATCH_MEASURES,
    permissions: watchPermissions(FLUNDERS, namespaces),
    watches: ours,
    connections: connectionsFor(ours, values),
    warnings: protobufWarnings(values),
    climb: givenLadder(values, ladder),
    work: (cluster, { run, say }) => {
      const fleet = {
        resource: FLUNDERS,
        namespaces,
        labelSelector: selector,
        ...{ staggerMs, bookmarks, verbosity, say },
      };
      const watch = (scope: LoadScope, watches: number) =>
        watchFleet(cluster, { ...fleet, watches, scope });
      return ladder === undefined
        ? watch(run, values.watches)
        : climb(run, { ladder, isRate: false, rung: watch });
    },
  };
}

function watchesLadder(
  values: FlunderWatchValues,
  { shown }: Given,
): Ladder | undefined {
  return ladderOf({ values, shown }, {
    climbables: [{
      flag: "watches",
      unit: "watchers",
      isWhole: true,
      highest: MOST_WATCHES,
      startLevel: values.watches,
    }],
  });
}

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
  /** The whole run, or a stage of it. */
  readonly scope: LoadScope;
  readonly say: Say;
}

/**
 * Begins the run with the first list of the first watcher, if that is among ours, and watches until its
 * load is stopped.
 * @throws {CannotRunError} if that list fails; what fails later is an outcome and is tried again
 */
export async function watchFleet(
  cluster: ClusterReader,
  options: WatchFleetOptions,
): Promise<void> {
  const { scope, say } = options;
  const { clock, stopping, run, share } = scope;
  // A later stage is there to see what happens, be it that no list succeeds.
  if (run.hasBegun || share.index > 0) await scope.begin();
  const figures = new WatchFigures(scope, say);
  const over = new AbortController();
  const signal = AbortSignal.any([stopping, over.signal]);
  await using _ticker = new Ticker(() => figures.flush(), {
    clock,
    periodMs: TALLY_PERIOD_MS,
  });
  const running = loopsOf(cluster, { ...options, figures }).map(({ index, loop }) =>
    index === 0 ? loop.run(signal) : later(loop, { options, index, signal })
  );
  // Who has no watcher of the whole load is there for as long as it lasts.
  if (running.length === 0) running.push(clock.sleepUntil(Infinity, signal));
  try {
    await together(running, () => over.abort());
  } catch (error) {
    if (scope.hasBegun || !(error instanceof OperationFailedError)) throw error;
    const what = resourceName(options.resource);
    throw new CannotRunError(`Cannot list ${what}: ${error.message}`, { cause: error });
  }
  if (scope.hasBegun) figures.addFinding();
}

function loopsOf(
  cluster: ClusterReader,
  { namespaces, labelSelector, watches, figures, ...rest }: WatchFleetOptions & {
    figures: WatchFigures;
  },
): { readonly index: number; readonly loop: ListWatchLoop }[] {
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  return [...ourNumbers(rest.scope.share, watches * scopes.length)].map((index, lane) => {
    const namespace = scopes[index % scopes.length];
    const loop = new ListWatchLoop(cluster, {
      ...rest,
      ...{ index, lane },
      figures,
      selection: {
        ...given({ namespace, labelSelector }),
      },
      rng: rest.scope.rng.fork(`watch ${index}`),
      ...(index === 0 && !rest.scope.hasBegun ? { onFirstList: () => rest.scope.begin() } : {}),
    });
    return { index, loop };
  });
}

/** Starts a watcher when its turn has come after the beginning. */
async function later(
  loop: ListWatchLoop,
  { options, index, signal }: { options: WatchFleetOptions; index: number; signal: AbortSignal },
): Promise<void> {
  const { scope: { begun, clock }, staggerMs } = options;
  await Promise.race([begun, clock.sleepUntil(Infinity, signal)]);
  if (signal.aborted) return;
  await clock.sleepUntil(options.scope.startMs + index * staggerMs, signal);
  await loop.run(signal);
}
