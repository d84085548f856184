/**
 * The route of the route-change probe: each change sends requests to the other port of its Service and
 * writes a value that was never there, so that no change is none, and answers tell which they are of.
 * Source: gateway-api-bench, tests/routechange.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { type BackendTarget, type RouteHead, routeWith, ruleTo } from "./route.ts";

/** Of answers: the number of the change that they are of. */
export const CHANGE_HEADER = "x-scaletool-change";

export interface ChangingRouteFields extends RouteHead {
  readonly service: Omit<BackendTarget, "kind" | "port">;
  /** In turn; one alone: only the header changes. */
  readonly ports: readonly [number, ...number[]];
}

/**
 * The header is set by a filter of the rule: those of a backend few implementations have.
 * @param change its number, from 0, as the route is first written
 */
export function changingRoute(
  { service, ports, ...head }: ChangingRouteFields,
  change: number,
): KubeObject {
  const port = ports[change % ports.length]!;
  const set = [{ name: CHANGE_HEADER, value: String(change) }];
  const filters = [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }];
  const match = { type: "PathPrefix", value: "/" } as const;
  return routeWith(head, [ruleTo({ kind: "backend", ...service, port }, { match, filters })]);
}
