/**
 * What checks look with: the flags and needs of the command, and the cluster that has answered.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Invocation } from "../../core/command/command.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterTarget } from "../config/target.ts";
import type { HttpCluster } from "../http/http_cluster.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import type { Resource } from "../resource.ts";
import { apiVersionOf, resourceName } from "../resource.ts";
import type { User } from "../server/access.ts";
import type { KindName } from "../server/discovery.ts";
import type { AnswerLog } from "./answer_log.ts";

/** For checks of this machine. */
export interface MachineContext {
  readonly command: string;
  readonly values: Invocation["values"];
  readonly needs: ClusterNeeds;
}

/** For checks of the cluster. */
export interface ClusterContext extends MachineContext {
  readonly clusterValues: ClusterValues;
  readonly target: ClusterTarget;
  readonly cluster: HttpCluster;
  readonly answers: AnswerLog;
  readonly user: User | undefined;
  readonly serverVersion: string;
  readonly resources: Resources;
  readonly clock: Clock;
}

/** Kinds that the run names, and as what the server serves them. */
export type Resources = ReadonlyMap<string, Resource>;

/** `apps/v1 Deployment`: one key for a kind, however it is given. */
export function kindKey(kind: Resource | KindName): string {
  const apiVersion = "apiVersion" in kind ? kind.apiVersion : apiVersionOf(kind);
  return `${apiVersion} ${kind.kind}`;
}

/** As the server serves it; undefined for a kind that has to be looked up and was not found. */
export function resourceOf(kind: Resource | KindName, resources: Resources): Resource | undefined {
  return resources.get(kindKey(kind)) ?? ("plural" in kind ? kind : undefined);
}

type KnownNeeds = Pick<ClusterContext, "needs" | "resources">;

/** Objects of the run as the server serves them; a kind that was not found is none of them. */
export interface MadeObjects {
  readonly resource: Resource;
  /** Highest number at a time; Infinity: unbounded. */
  readonly mostAtOnce: number;
}

/** Each kind once. */
export function madeObjects({ needs: { objects = [] }, resources }: KnownNeeds): MadeObjects[] {
  const byName = new Map<string, MadeObjects>();
  for (const { kind, mostAtOnce } of objects) {
    const resource = resourceOf(kind, resources);
    if (resource === undefined) continue;
    const name = resourceName(resource);
    const others = byName.get(name)?.mostAtOnce ?? 0;
    byName.set(name, { resource, mostAtOnce: others + mostAtOnce });
  }
  return [...byName.values()];
}

/** Where the objects of the run are or would be, each once; none if all kinds are cluster-scoped. */
export function namespacesOf({ needs, resources }: KnownNeeds): string[] {
  const { objects = [], namespaces } = needs;
  const isOutside = objects.length > 0 &&
    objects.every(({ kind }) => resourceOf(kind, resources)?.namespaced === false);
  return isOutside ? [] : [...new Set(namespaces)];
}
