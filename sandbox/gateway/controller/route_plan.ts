/**
 * What becomes of one route: what is said of it, where it counts, and what the data plane is to do for
 * it. Pure; says nothing about when.
 * @module
 */

import { GATEWAY_GROUP, GATEWAYS } from "../../../kube/gateway_api/kinds.ts";
import type { ServedRoute, TableEntry } from "../data_plane/routing_table.ts";
import type { Gateway, HttpRoute, ParentRef, RouteRule } from "../objects.ts";
import type { GatewaySettings } from "../options.ts";
import { attach, type Attachment } from "./attachment.ts";
import type { Backends } from "./backends.ts";
import { DEPENDENCY } from "./cluster_view.ts";
import type { RouteVerdicts } from "../statuses/route_status.ts";
import { verdict } from "../statuses/verdict.ts";

export interface RoutePlan extends RouteVerdicts {
  /** Where it counts. */
  readonly attachments: readonly Attachment[];
  readonly served: ServedRoute;
  /** See cluster_view.ts. */
  readonly dependsOn: ReadonlySet<string>;
}

interface Surroundings {
  readonly backends: Backends;
  /** One that is this controller's. */
  readonly gateway: (key: string) => Gateway | undefined;
  readonly settings: GatewaySettings;
}

const RESOLVED = verdict("ResolvedRefs", "True", "ResolvedRefs", "References resolved");
const UNSUPPORTED = verdict(
  "Accepted",
  "False",
  "UnsupportedValue",
  "matches other than by path, of type Exact or PathPrefix, are not supported",
);

/** The Gateways that a route asks for, whoever's they are, by key. */
export function parentsOf(
  { metadata: { namespace = "" }, spec: { parentRefs = [] } }: HttpRoute,
): { readonly parent: ParentRef; readonly gateway: string }[] {
  return parentRefs.filter(isGateway).map((parent) => ({
    parent,
    gateway: `${parent.namespace ?? namespace}/${parent.name}`,
  }));
}

/** @param key of the route */
export function planRoute(key: string, route: HttpRoute, around: Surroundings): RoutePlan {
  const { namespace = "", generation = 0, creationTimestamp = "" } = route.metadata;
  const { rules } = route.spec;
  const known = parentsOf(route);
  const planned = rules.map((rule) => ({
    rule,
    ...around.backends.ruleOf(rule, namespace),
  }));
  const attachings = known.flatMap(({ parent, gateway: gatewayKey }) => {
    const gateway = around.gateway(gatewayKey);
    return gateway === undefined ? [] : [attaching(route, { parent, gateway, around })];
  });
  const resolved = planned.flatMap(({ trouble }) => trouble)[0] ?? RESOLVED;
  const attachments = attachings.flatMap((one) => one.attachments);
  return {
    generation,
    parents: attachings.map(({ parentRef, accepted }) => ({
      parentRef,
      verdicts: [accepted, resolved],
    })),
    attachments: distinct(attachments),
    served: {
      key,
      createdAt: creationTimestamp,
      entries: planned.flatMap(({ rule, action }) => entriesOf(rule, { attachments, action })),
    },
    dependsOn: new Set([
      ...known.map(({ gateway }) => DEPENDENCY.gateway(gateway)),
      ...planned.flatMap(({ dependsOn }) => dependsOn),
    ]),
  };
}

function attaching(
  route: HttpRoute,
  { parent, gateway, around: { settings: { countsRefused } } }: {
    readonly parent: ParentRef;
    readonly gateway: Gateway;
    readonly around: Surroundings;
  },
) {
  if (!route.spec.rules.every(isSupported)) {
    return { parentRef: parent, accepted: UNSUPPORTED, attachments: [] };
  }
  return { parentRef: parent, ...attach(route, { parent, gateway, countsRefused }) };
}

function isGateway({ group, kind }: ParentRef): boolean {
  return group === GATEWAY_GROUP && kind === GATEWAYS.kind;
}

function isSupported({ matches }: RouteRule): boolean {
  return matches.every(({ path, method, headers, queryParams }) =>
    path.type !== "RegularExpression" && method === undefined && headers === undefined &&
    queryParams === undefined
  );
}

/** A route that names a listener twice counts once. */
function distinct(attachments: readonly Attachment[]): Attachment[] {
  const byPlace = attachments.map((one) => [`${one.gateway} ${one.listener}`, one] as const);
  return [...new Map(byPlace).values()];
}

function entriesOf(
  { matches }: RouteRule,
  { attachments, action }: {
    readonly attachments: readonly Attachment[];
    readonly action: TableEntry["action"];
  },
): TableEntry[] {
  return attachments.flatMap(({ port, hosts }) =>
    hosts.flatMap((host) =>
      matches.map(({ path: { type, value } }) => ({
        port,
        host,
        isExact: type === "Exact",
        path: value,
        action,
      }))
    )
  );
}
