/**
 * So many routes, and the cluster that is simulated behind them: flags -> sizes, pace, namespaces and
 * what that asks of a cluster. Makes nothing.
 * @module
 */

import type { PlanSection } from "../../../core/command/dry_run.ts";
import { formatDuration } from "../../../core/units.ts";
import { HTTP_ROUTES, REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { ENDPOINT_SLICES, NODES, SERVICES } from "../../../kube/resource.ts";
import type { GatewayValues, LaidRoutesValues } from "../flags.ts";
import { namespaceOf, namespacesFor } from "../objects/placement.ts";
import {
  PROFILES,
  type RouteProfile,
  routeProfile,
  type SimulatedSize,
  simulatedSize,
} from "../objects/profile.ts";
import { STALE_AFTER_MS } from "./ready_gateway.ts";
import type { Pace } from "./route_writes.ts";

/** Routes that are asked at a time whether they are served. */
export const SERVED_CONCURRENCY = 32;

/** See the module. */
export interface RouteScale {
  readonly routes: number;
  readonly profile: RouteProfile;
  readonly pace: Pace;
  /** How long what a status says has to stay so until it is believed. */
  readonly holdMs: number;
  /** Of the routes, in order. */
  readonly routeNamespaces: readonly string[];
  /** Of the simulated Services; undefined: there are none. */
  readonly simulated: { readonly namespace: string; readonly size: SimulatedSize } | undefined;
  readonly objects: NonNullable<ClusterNeeds["objects"]>;
  readonly sections: readonly PlanSection[];
  readonly hasGrants: boolean;
  readonly hasNodes: boolean;
  /** Namespace of route `index`, from 1. */
  readonly namespaceOf: (index: number) => string;
}

export function routeScale(
  { values }: { readonly values: LaidRoutesValues & Pick<GatewayValues, "namespace"> },
): RouteScale {
  const routes = values.routes ?? PROFILES[values.profile ?? "baseline"];
  const profile = routeProfile(routes);
  const pace = {
    concurrency: values["write-concurrency"],
    batch: values.batch ?? profile.batch,
    pauseMs: values["batch-pause"],
  };
  const placement = {
    base: values.namespace,
    routesPerNamespace: values["routes-per-namespace"] || Infinity,
  };
  const routeNamespaces = namespacesFor(routes, placement);
  const simulated = values.simulate === "none"
    ? undefined
    : { namespace: `${values.namespace}-sim`, size: simulatedSize(routes) };
  return {
    routes,
    profile,
    pace,
    holdMs: values.hold ?? STALE_AFTER_MS,
    routeNamespaces,
    simulated,
    objects: objectsOf(values, { routes, simulated }),
    sections: sectionsOf(values, { routes, pace, simulated }),
    hasGrants: simulated !== undefined && !values["unresolved-backends"],
    hasNodes: simulated !== undefined && values.simulate === "nodes",
    namespaceOf: (index) => namespaceOf(index, placement),
  };
}

type Sized = Pick<RouteScale, "routes" | "simulated">;

function objectsOf(
  values: LaidRoutesValues,
  { routes, simulated }: Sized,
): RouteScale["objects"] {
  const ofRoutes = { kind: HTTP_ROUTES, mostAtOnce: routes + 1 };
  if (simulated === undefined) return [ofRoutes];
  const { namespace, size: { services, nodes } } = simulated;
  const namespaces = [namespace];
  return [
    { kind: SERVICES, mostAtOnce: services, namespaces },
    { kind: ENDPOINT_SLICES, mostAtOnce: services, namespaces },
    ...(values["unresolved-backends"]
      ? []
      : [{ kind: REFERENCE_GRANTS, mostAtOnce: 1, namespaces }]),
    ...(values.simulate === "nodes" ? [{ kind: NODES, mostAtOnce: nodes }] : []),
    ofRoutes,
  ];
}

function sectionsOf(
  values: LaidRoutesValues,
  { routes, pace, simulated }: Sized & Pick<RouteScale, "pace">,
): PlanSection[] {
  const { batch, pauseMs, concurrency } = pace;
  return [
    { title: "routes", value: routes },
    {
      title: "pace",
      value: `${Math.ceil(routes / batch)} batches of ${batch}, ${concurrency} at a time, ` +
        `${formatDuration(pauseMs)} after each`,
    },
    { title: "simulated cluster", value: simulatedText(values, simulated) },
    ...timed("a count holds", values.hold),
    ...timed("a wait runs out after", values.timeout),
  ];
}

function timed(title: string, ms: number | undefined): PlanSection[] {
  return ms === undefined ? [] : [{ title, value: formatDuration(ms) }];
}

function simulatedText(values: LaidRoutesValues, simulated: RouteScale["simulated"]): string {
  if (simulated === undefined) return "none: routes redirect";
  const { services, nodes } = simulated.size;
  const grants = values["unresolved-backends"]
    ? "no ReferenceGrant: no reference to them is resolved"
    : "a ReferenceGrant";
  return [
    `${services} Services with 2 endpoints each that nobody can reach`,
    ...(values.simulate === "nodes" ? [`${nodes} Nodes`] : []),
    grants,
  ].join(", ");
}
