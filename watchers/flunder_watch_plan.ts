/** flunder-watch: flags -> plan. @module */

import type { Invocation } from "../core/command/command.ts";
import { givenLadder, ladderOf } from "../core/command/ladder_flags.ts";
import { firstLevel, highestLevel } from "../core/ladder/ladder.ts";
import { climb } from "../core/run/ladder.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { FLUNDERS } from "../kube/resource.ts";
import { type FlunderWatchValues, MOST_WATCHES } from "./flags.ts";
import { WATCH_MEASURES } from "./watch_figures.ts";
import { watchFleet } from "./watch_fleet.ts";
import {
  connectionsFor,
  protobufWarnings,
  scopeText,
  watchedNamespaces,
  type WatcherPlan,
  watchPermissions,
} from "./watcher_plan.ts";

/** @throws {UsageError} for a ladder that cannot be climbed */
export function flunderWatchPlan(
  values: FlunderWatchValues,
  shown: Invocation["shown"],
): WatcherPlan {
  const { bookmarks, selector, v: verbosity, stagger: staggerMs } = values;
  const namespaces = watchedNamespaces(values);
  const ladder = ladderOf({ values, shown }, {
    climbables: [{
      flag: "watches",
      unit: "watchers",
      isWhole: true,
      highest: MOST_WATCHES,
      startLevel: values.watches,
    }],
  });
  const inEach = Math.max(1, namespaces.length);
  const first = inEach * (ladder === undefined ? values.watches : firstLevel(ladder));
  const most = inEach * (ladder === undefined ? values.watches : highestLevel(ladder));
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
    watches: most,
    connections: connectionsFor(most, values),
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
