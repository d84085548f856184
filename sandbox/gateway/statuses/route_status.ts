/**
 * The status of a route as this controller writes it: its own entries as planned, those of others as
 * they are. The times of its conditions stay while they say the same.
 * Source: gateway-api v1.5.1, apis/v1/shared_types.go (RouteParentStatus); as Contour and Traefik do.
 * @module
 */

import type { Condition, HttpRoute, ParentRef, ParentStatus } from "../objects.ts";
import { CONTROLLER_NAME } from "../options.ts";
import { conditionOf, isSameCondition, type Verdict } from "./verdict.ts";

/** What is to be said of a route. */
export interface RouteVerdicts {
  /** Of the route that was looked at. */
  readonly generation: number;
  /** Of the Gateways that are this controller's, in the order of the spec. */
  readonly parents: readonly {
    readonly parentRef: ParentRef;
    readonly verdicts: readonly Verdict[];
  }[];
}

/** Undefined: there is nothing to write. */
export function routeStatus(
  route: HttpRoute,
  { plan, now }: {
    readonly plan: RouteVerdicts;
    /** RFC 3339. */
    readonly now: string;
  },
): { readonly parents: readonly ParentStatus[] } | undefined {
  const { parents: before = [] } = route.status ?? {};
  const foreign = before.filter(({ controllerName }) => controllerName !== CONTROLLER_NAME);
  const own = before.filter(({ controllerName }) => controllerName === CONTROLLER_NAME);
  const planned = plan.parents.map(({ parentRef, verdicts }): ParentStatus => {
    const entry = own.find((one) => isSameParent(one.parentRef, parentRef));
    const conditions = verdicts.map((verdict) => {
      const condition = conditionOf(verdict, { generation: plan.generation, now });
      const old = entry?.conditions.find(({ type }) => type === condition.type);
      return withTimeOf(condition, old);
    });
    return { parentRef, controllerName: CONTROLLER_NAME, conditions };
  });
  // A parent that is not asked for any more keeps its entry, as it does with real ones.
  const former = own.filter(({ parentRef }) =>
    !plan.parents.some((one) => isSameParent(one.parentRef, parentRef))
  );
  return own.length === planned.length + former.length &&
      planned.every((entry) => own.some((one) => isSameEntry(one, entry)))
    ? undefined
    : { parents: [...foreign, ...former, ...planned] };
}

export function isSameParent(one: ParentRef, other: ParentRef): boolean {
  return one.group === other.group && one.kind === other.kind &&
    one.namespace === other.namespace && one.name === other.name &&
    one.sectionName === other.sectionName && one.port === other.port;
}

/** The time stays while the status is the same. Source: apimachinery, SetStatusCondition. */
function withTimeOf(condition: Condition, old: Condition | undefined): Condition {
  if (old === undefined || old.status !== condition.status) return condition;
  return { ...condition, lastTransitionTime: old.lastTransitionTime };
}

function isSameEntry(one: ParentStatus, other: ParentStatus): boolean {
  return isSameParent(one.parentRef, other.parentRef) &&
    one.conditions.length === other.conditions.length &&
    one.conditions.every((condition, index) =>
      isSameCondition(condition, other.conditions[index]!)
    );
}
