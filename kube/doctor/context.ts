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
import type { KindName, Resource } from "../resource.ts";
import { apiVersionOf } from "../resource.ts";
import type { User } from "../server/access.ts";
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

/** Where the objects of the run are or would be, each once; none for a cluster-scoped kind. */
export function namespacesOf({ needs, resources }: Pick<ClusterContext, "needs" | "resources">) {
  const resource = needs.objects && resourceOf(needs.objects.kind, resources);
  return resource?.namespaced === false ? [] : [...new Set(needs.namespaces)];
}
