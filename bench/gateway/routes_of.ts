/** The routes of a benchmark, as `gateway attached-routes` lays them in front of its simulated cluster. @module */

import { given } from "../../core/given.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { ParentRef } from "../../kube/gateway_api/parent_ref.ts";
import { objectNames } from "../../kube/owned/object_names.ts";
import { ownerLabels } from "../../kube/owned/ownership.ts";
import { domainOf, hostnameOf, pathOf } from "../../probes/gateway/objects/hostname.ts";
import { httpRoute, type RouteFields } from "../../probes/gateway/objects/route.ts";
import { simulatedBackend } from "../../probes/gateway/objects/simulated_cluster.ts";

/** Where they are. */
export const ROUTE_NAMESPACE = "default";

/** Nobody's. */
const NO_GATEWAY = { namespace: "gateways", name: "bench", sectionName: "http" };

export interface RoutesOptions {
  /** Of their names, hosts and labels. */
  readonly runId: string;
  readonly count: number;
  /** @default a Gateway that is not there */
  readonly parent?: ParentRef;
}

export function routesOf(options: RoutesOptions): KubeObject[] {
  return fieldsOf(options).map(httpRoute);
}

/** What {@link routesOf} makes them of. */
export function fieldsOf({ runId, count, parent = NO_GATEWAY }: RoutesOptions): RouteFields[] {
  const nameOf = objectNames({ runId, highest: count });
  return Array.from({ length: count }, (_, index) => ({
    name: nameOf(index + 1),
    namespace: ROUTE_NAMESPACE,
    labels: ownerLabels({ runId, command: "bench" }),
    hostnames: [hostnameOf(index + 1, "unique", domainOf(runId))],
    path: pathOf(index + 1),
    parents: [parent],
    to: simulatedBackend(index + 1, { namespace: "simulated", services: 100 }),
    checked: true,
  }));
}

/** One that has nothing in common with those but where it goes. */
export function furtherRoute(parent?: ParentRef): RouteFields {
  return fieldsOf({ runId: "further", count: 1, ...given({ parent }) })[0]!;
}
