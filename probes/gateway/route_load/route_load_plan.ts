/**
 * What does a use of route-load do, and what is it called? Flags -> plan. Contacts nothing.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Identified } from "../../../kube/conduct_on_cluster.ts";
import { arrivalsOf } from "../frame/arrivals.ts";
import { type RouteScale, routeScale } from "../frame/route_scale.ts";
import type { RouteLoadFlags, RouteLoadValues } from "./command.ts";
import { componentsOf, type ComponentSpec } from "./component_flags.ts";

export interface RouteLoadPlan {
  readonly values: RouteLoadValues;
  readonly scale: RouteScale;
  /** Routes that change at once. */
  readonly changes: number;
  readonly churn: ArrivalProcess;
  /** Of endpoints; undefined: there are none to change. */
  readonly endpointChurn: ArrivalProcess | undefined;
  readonly components: readonly ComponentSpec[];
}

/** What is measured by phase has its name as the tag `phase`. */
export type Phase = "add" | "change" | "churn" | "remove";

/** From the last write of a phase until every route's status is about the route as it is. */
export const SETTLE = "settle";
/** From then on until the sampled routes are served as they are, or are not served any more. */
export const SERVE_SAMPLE = "serveSample";
/** From the last delete until the listeners count what they counted before the first create. */
export const DETACH_ALL = "detachAll";
/** By how many routes a listener's count was off when the wait for it ran out. */
export const MISCOUNTED = "miscounted";
/** From when a change of the churn was due until the route's status is about it. */
export const SETTLE_ONE = "settleOne";

/** @throws {UsageError} for values of which no run can be made */
export function routeLoadPlan(invocation: Identified<RouteLoadFlags>): RouteLoadPlan {
  const { values } = invocation;
  const scale = routeScale(invocation);
  const { changes = scale.routes } = values;
  if (changes > scale.routes) {
    throw new UsageError(`--changes must be at most the routes (${scale.routes}), not ${changes}`);
  }
  const churnOf = (name: "churn-rate" | "endpoint-churn-rate") => {
    const arrivals = arrivalsOf(values[name], name);
    if (arrivals.expectedBy(values.duration) >= 0.5) return arrivals;
    throw new UsageError(
      `--${name}: nothing of ${arrivals.label} is due within --duration ` +
        formatDuration(values.duration),
    );
  };
  return {
    values,
    scale,
    changes,
    churn: churnOf("churn-rate"),
    endpointChurn: scale.simulated === undefined ? undefined : churnOf("endpoint-churn-rate"),
    components: componentsOf(values, [...new Set(values.gateways)]),
  };
}
