/**
 * The routes of the propagation probe: beside the rule that is asked about, one to a Service that is
 * not there, and filters, as routes of real clusters have them.
 * Source: gateway-api-bench, tests/probe.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { type BackendTarget, type RouteHead, routeWith, ruleTo } from "./route.ts";

export interface PropagationRouteFields extends RouteHead {
  readonly path: string;
  /** One that answers. */
  readonly backend: BackendTarget;
  /** The Service of this name is missing: all other paths are for it. */
  readonly missing: string;
}

export function propagationRoute(
  { path, backend, missing, ...head }: PropagationRouteFields,
): KubeObject {
  const filters = ["RequestHeaderModifier", "ResponseHeaderModifier"].map((type) => ({
    type,
    [type[0]!.toLowerCase() + type.slice(1)]: {
      add: [{ name: "x-scaletool-route", value: head.name }],
    },
  }));
  const nowhere = { ...backend, service: missing };
  return routeWith(head, [
    ruleTo(backend, { match: { type: "PathPrefix", value: path }, filters }),
    ruleTo(nowhere, { match: { type: "PathPrefix", value: "/" }, filters }),
  ]);
}
