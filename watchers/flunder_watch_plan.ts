/** flunder-watch: flags -> plan. @module */

import { FLUNDERS } from "../kube/resource.ts";
import type { FlunderWatchValues } from "./flags.ts";
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

export function flunderWatchPlan(values: FlunderWatchValues): WatcherPlan {
  const { watches, bookmarks, selector, v: verbosity, stagger: staggerMs } = values;
  const namespaces = watchedNamespaces(values);
  const all = watches * Math.max(1, namespaces.length);
  return {
    model: `${all} independent LIST and WATCH loop${all === 1 ? "" : "s"} over ` +
      scopeText(FLUNDERS, namespaces),
    mainOperation: "events",
    defaultThresholds: [
      "events.total > 0",
      "list.failed.count <= 0",
      "watch.failed.count <= 0",
    ],
    measures: WATCH_MEASURES,
    permissions: watchPermissions(FLUNDERS, namespaces),
    watches: all,
    connections: connectionsFor(all, values),
    warnings: protobufWarnings(values),
    work: (cluster, { run, say }) =>
      watchFleet(cluster, {
        resource: FLUNDERS,
        namespaces,
        labelSelector: selector,
        watches,
        staggerMs,
        bookmarks,
        verbosity,
        run,
        say,
      }),
  };
}
