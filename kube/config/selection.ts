/**
 * Which cluster and which user of all those that the kubeconfig knows? By flag, by context, or the
 * pod's own; changes nothing in them.
 * Source: client-go, tools/clientcmd/client_config.go and merged_client_builder.go.
 * @module
 */

import { given } from "../../core/given.ts";
import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { didYouMean } from "../../core/nearest.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import { inCluster, noClusterError } from "./in_cluster.ts";
import {
  type Kubeconfig,
  type LoadedKubeconfig,
  loadKubeconfig,
} from "../kubeconfig/kubeconfig.ts";
import {
  EMPTY_CLUSTER,
  EMPTY_USER,
  type KubeconfigCluster,
  type KubeconfigContext,
  type KubeconfigUser,
} from "../kubeconfig/schema.ts";
import type { Fetch } from "../../core/net/http_channel.ts";
import type { PluginHost } from "../auth/plugin_host.ts";

/** What lies outside of the flags. */
export interface World {
  env(name: string): string | undefined;
  /** @throws what Deno.readTextFileSync throws */
  readTextFile(path: string): string;
  readonly home: string | undefined;
  readonly clock: Clock;
  /** Where a pod's service account is mounted; the kubelet's folder unless given. */
  readonly serviceAccountDir?: string;
  /** This system's unless given. */
  readonly windows?: boolean;
  /** What answers instead of a network; absent: nothing. */
  readonly fetch?: Fetch;
  /** Runs exec plugins; real processes unless given. */
  readonly plugins?: PluginHost;
}

/** How the target was found. */
export interface TargetNames {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  /** `flag`: --kubeconfig, or --server without any kubeconfig. */
  readonly source: "flag" | "KUBECONFIG" | "home" | "in-cluster";
  /** The files that were read for it. */
  readonly paths: readonly string[];
}

interface Selection {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  readonly namespace: string | undefined;
  readonly names: TargetNames;
}

/** @throws {CannotRunError} naming what there is, if what is asked for is not there */
export function select(values: ClusterValues, world: World): Selection {
  const loaded = loadKubeconfig({
    explicit: values.kubeconfig,
    env: (name) => world.env(name),
    home: world.home,
    readTextFile: (path) => world.readTextFile(path),
    ...given({ windows: world.windows }),
  });
  const { kubeconfig, context, cluster, user, server } = values;
  const isOpen = [kubeconfig, context, cluster, user, server].every((value) => value === undefined);
  if (isOpen && isEmpty(loaded.config)) return selectPod(loaded, world);
  return selectByName(values, loaded);
}

function isEmpty({ clusters, users, contexts, currentContext }: Kubeconfig): boolean {
  return clusters.size + users.size + contexts.size === 0 && currentContext === undefined;
}

function selectPod({ lookedFor, source }: LoadedKubeconfig, world: World): Selection {
  const pod = inCluster(world);
  if ("missing" in pod) {
    const fromVariable = source === "KUBECONFIG";
    throw noClusterError({ lookedFor, missing: pod.missing, fromVariable });
  }
  const { cluster, user, namespace, paths } = pod;
  return { cluster, user, namespace, names: { source: "in-cluster", paths } };
}

function selectByName(values: ClusterValues, loaded: LoadedKubeconfig): Selection {
  const { config, source, paths } = loaded;
  const contextName = values.context ?? config.currentContext;
  const context = contextOf(contextName, { values, loaded });
  const clusterName = values.cluster ?? context?.cluster;
  const userName = values.user ?? context?.user;
  if (clusterName === undefined && values.server === undefined) {
    throw noClusterChosen(contextName, loaded);
  }
  const inContext = context === undefined ? "" : ` of context "${contextName}"`;
  return {
    cluster: entryOf(config.clusters, {
      name: clusterName,
      what: values.cluster === undefined ? `The cluster${inContext}` : "--cluster",
      // kubectl too: the server is all that the cluster has to give.
      isNeeded: values.cluster !== undefined || values.server === undefined,
      loaded,
    }) ?? EMPTY_CLUSTER,
    user: entryOf(config.users, {
      name: userName,
      what: values.user === undefined ? `The user${inContext}` : "--user",
      isNeeded: values.user !== undefined || !values.token,
      loaded,
    }) ?? EMPTY_USER,
    namespace: context?.namespace,
    names: {
      ...(context === undefined || contextName === undefined ? {} : { context: contextName }),
      ...given({ cluster: clusterName, user: userName }),
      source: paths.length === 0 ? "flag" : source,
      paths,
    },
  };
}

function contextOf(
  name: string | undefined,
  { values, loaded }: { values: ClusterValues; loaded: LoadedKubeconfig },
): KubeconfigContext | undefined {
  return entryOf(loaded.config.contexts, {
    name,
    what: values.context === undefined ? "The current-context" : "--context",
    isNeeded: true,
    loaded,
  });
}

interface Wanted {
  readonly name: string | undefined;
  /** Begins the message. */
  readonly what: string;
  readonly isNeeded: boolean;
  readonly loaded: LoadedKubeconfig;
}

function entryOf<T>(entries: ReadonlyMap<string, T>, wanted: Wanted): T | undefined {
  const { name, what, isNeeded, loaded } = wanted;
  if (name === undefined) return undefined;
  const entry = entries.get(name);
  if (entry !== undefined || !isNeeded) return entry;
  if (loaded.paths.length === 0) {
    throw new CannotRunError(`${what} is "${name}", but there is no kubeconfig`);
  }
  const names = [...entries.keys()];
  throw new CannotRunError(
    `${what} is "${name}", which ${whereOf(loaded)} does not have` +
      `${didYouMean(name, names)}; there ${listed(names)}`,
  );
}

function noClusterChosen(
  contextName: string | undefined,
  loaded: LoadedKubeconfig,
): CannotRunError {
  if (loaded.paths.length === 0) {
    return new CannotRunError(
      "Cannot find a cluster: --user names a user of a kubeconfig, but there is none; " +
        "give --kubeconfig FILE, set KUBECONFIG or give --server URL",
    );
  }
  const where = whereOf(loaded);
  if (contextName !== undefined) {
    return new CannotRunError(`Context "${contextName}" of ${where} names no cluster`);
  }
  return new CannotRunError(
    `No context is chosen: ${where} has no current-context; choose with --context: there ${
      listed([...loaded.config.contexts.keys()])
    }`,
  );
}

function whereOf({ paths }: LoadedKubeconfig): string {
  return `kubeconfig ${paths.map((path) => `"${path}"`).join(" + ")}`;
}

/** Enough to find one's own among them. */
const MOST_LISTED = 20;

function listed(names: readonly string[]): string {
  if (names.length === 0) return "is none";
  const shown = names.slice(0, MOST_LISTED).map((name) => `"${name}"`).join(", ");
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : "";
  return `${names.length === 1 ? "is" : "are"} ${shown}${more}`;
}
