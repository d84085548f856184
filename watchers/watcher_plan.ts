/**
 * What a watcher wants done with a cluster, all of it but the connection; and what all of them have
 * in common. Connects to nothing.
 * @module
 */

import type { Say } from "../core/say.ts";
import type { Invocation } from "../core/command/command.ts";
import { shownWithChosen } from "../core/command/settings.ts";
import type { Measures } from "../core/run/measures.ts";
import type { Run } from "../core/run/run.ts";
import type { RunPlan } from "../core/run/run_plan.ts";
import { CLUSTER_FLAGS } from "../kube/cluster_flags.ts";
import type { ClusterUse } from "../kube/conduct_on_cluster.ts";
import type { Permission } from "../kube/server/access.ts";
import type { ClusterReader } from "../kube/cluster.ts";
import { type Resource, resourceName } from "../kube/resource.ts";
import type { ClusterTarget } from "../kube/config/target.ts";
import type { WatcherValues } from "./flags.ts";

/** Beside the values of the flags. */
export type Given = Pick<Invocation, "shown" | "coordinator" | "generators">;

export interface WatcherPlan {
  /** What is done, for people. */
  readonly model: string;
  /** What the live line shows the rate of. */
  readonly mainOperation: string;
  readonly defaultThresholds: readonly string[];
  readonly measures: Measures;
  readonly permissions: readonly Permission[];
  /** Open at a time. */
  readonly watches: number;
  /** Fewest connections that they fit on. */
  readonly connections: number;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Where to go instead of where the flags lead. */
  readonly retarget?: (target: ClusterTarget) => ClusterTarget;
  /** The ladder that `work` climbs. */
  readonly climb?: Pick<RunPlan, "ladder" | "classes">;
  /** More text for `/metrics`, ending with a line feed. */
  readonly metrics?: () => string;
  /** As `RunPlan.instrument`, with the connected cluster. */
  readonly work: (
    cluster: ClusterReader,
    context: { readonly run: Run; readonly say: Say },
  ) => Promise<void>;
}

/** What it asks of a cluster, and its run there. */
export function watcherUse(plan: WatcherPlan, { shown }: Pick<Invocation, "shown">): ClusterUse {
  const { permissions, connections, watches, warnings, retarget, metrics } = plan;
  const { model, mainOperation, defaultThresholds, measures, climb } = plan;
  return {
    needs: {
      rights: permissions.map(({ resource: kind, ...right }) => ({ ...right, kind })),
      namespaces: [...new Set(permissions.flatMap(({ namespace }) => namespace ?? []))],
      createsNamespaces: false,
      requestsPerSec: null,
      connections,
      watches,
      defaultThresholds,
    },
    connections: { connections },
    ...(retarget === undefined ? {} : { retarget }),
    shown: shownWithChosen(shown, {
      flags: CLUSTER_FLAGS,
      chosen: { conns: connections },
      source: "derived",
    }),
    plan: ({ cluster, target }) => ({
      target: target.server,
      warnings,
      model,
      targetRatePerSec: null,
      defaultThresholds,
      measures,
      mainOperation,
      isDivisible: true,
      ...(metrics === undefined ? {} : { metrics }),
      ...climb,
      instrument: (run, say) => plan.work(cluster, { run, say }),
    }),
  };
}

/**
 * Watches on one HTTP/2 connection: as many streams as an API server takes by default
 * (--http2-max-streams-per-connection) less one for whatever is asked beside them, and a watcher never
 * lists while it watches.
 */
const WATCHES_PER_CONNECTION = 99;

/** How many connections so many watches need. */
export function connectionsFor(watches: number, { conns }: Pick<WatcherValues, "conns">): number {
  return Math.max(conns, Math.ceil(watches / WATCHES_PER_CONNECTION));
}

/** The namespaces that are named; none: all. Old scripts name all of them with an empty text. */
export function watchedNamespaces(
  { namespace }: Pick<WatcherValues, "namespace">,
): readonly string[] {
  return [...new Set(namespace.filter((name) => name !== ""))];
}

/** To list and watch the resource in these namespaces, or in all. */
export function watchPermissions(
  resource: Resource,
  namespaces: readonly string[],
): Permission[] {
  const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
  return scopes.flatMap((scope) => ["list", "watch"].map((verb) => ({ verb, resource, ...scope })));
}

export function protobufWarnings(
  { useProtobuf }: Pick<WatcherValues, "useProtobuf">,
): WatcherPlan["warnings"] {
  if (!useProtobuf) return [];
  return [{
    code: "json-not-protobuf",
    message: "--useProtobuf has no effect: this program reads JSON, which is more bytes and more " +
      "work for the server than the original asked for",
  }];
}

/** `configmaps of all namespaces`, `flunders of a, b`. */
export function scopeText(resource: Resource, namespaces: readonly string[]): string {
  const scope = namespaces.length === 0 ? "all namespaces" : namespaces.join(", ");
  return `${resourceName(resource)} of ${scope}`;
}
