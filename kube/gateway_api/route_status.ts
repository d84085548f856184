/**
 * What does a controller say of a route and one of its parents? Counts as accepted only what is said
 * of the route as it is now, for a parent that it still asks for: controllers leave what they said of
 * former parents in the status, Accepted=True and all. Never says whether the route is served.
 * Source: gateway-api, apis/v1/shared_types.go, RouteParentStatus.
 * @module
 */

import type { KubeObject, ObjectRef } from "../object.ts";
import {
  type Condition,
  conditionIn,
  conditionsOf,
  type Observation,
  observation,
} from "../condition.ts";
import { elementsOf, fieldsOf, textOf } from "../fields.ts";
import { GATEWAY_GROUP, GATEWAYS } from "./kinds.ts";
import { isParentOf, parentKey, type ParentRef, parentRefFrom } from "./parent_ref.ts";

/** What one controller says of one parent. */
export interface ParentEntry {
  readonly parentRef: ParentRef;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

/** Whose word, on which parent. */
export interface ParentQuery {
  readonly gateway: ObjectRef;
  /** Absent: any of the Gateway's. */
  readonly listener?: string;
  readonly controllerName: string;
}

export interface Acceptance {
  /**
   * `pending`: nothing is said yet. `stale`: something is, but not of the route as it is now, see
   * `observation`. `unrequested`: the route does not ask for this parent any more.
   */
  readonly state: "accepted" | "refused" | "pending" | "stale" | "unrequested";
  /** What is said, of whichever generation. */
  readonly status: Condition["status"];
  readonly observation: Observation;
  /** As it is told; undefined: it is not. */
  readonly observedGeneration: number | undefined;
  /** Of the condition Accepted; empty: none was given. */
  readonly reason: string;
  readonly message: string;
  /** Whether the backends are there and may be used, as far as it is said of the route as it is now. */
  readonly refs: "resolved" | "unresolved" | "unknown";
  readonly refsReason: string;
  readonly refsMessage: string;
}

/** In the order of the status, which is that of whoever wrote it last. */
export function parentEntriesOf(route: KubeObject): ParentEntry[] {
  return elementsOf(fieldsOf(route["status"])["parents"]).map((fields) => ({
    parentRef: parentRefFrom(fieldsOf(fields["parentRef"])),
    controllerName: textOf(fields["controllerName"]) ?? "",
    conditions: conditionsOf(fields),
  }));
}

/** Of several that fit: one that the route still asks for, and one of this very listener, first. */
export function parentEntry(route: KubeObject, query: ParentQuery): ParentEntry | undefined {
  const { listener, controllerName } = query;
  const rank = ({ parentRef }: ParentEntry) =>
    (isParentOf(route, parentRef) ? 2 : 0) + (parentRef.sectionName === listener ? 1 : 0);
  return parentEntriesOf(route)
    .filter((entry) => entry.controllerName === controllerName)
    .filter(({ parentRef }) => covers(parentRef, query, route.metadata.namespace))
    .sort((one, other) => rank(other) - rank(one))[0];
}

/** @param namespace of the route */
function covers(
  ref: ParentRef,
  { gateway, listener }: ParentQuery,
  namespace: string | undefined,
): boolean {
  const { group = GATEWAY_GROUP, kind = GATEWAYS.kind, sectionName } = ref;
  return group === GATEWAY_GROUP && kind === GATEWAYS.kind && ref.name === gateway.name &&
    (ref.namespace ?? namespace) === (gateway.namespace ?? namespace) &&
    (listener === undefined || sectionName === undefined || sectionName === listener);
}

export function acceptanceOf(route: KubeObject, query: ParentQuery): Acceptance {
  const { generation } = route.metadata;
  const entry = parentEntry(route, query);
  const conditions = entry?.conditions ?? [];
  const accepted = conditionIn(conditions, "Accepted");
  const refs = conditionIn(conditions, "ResolvedRefs");
  const observed = observation(accepted === undefined ? [] : [accepted], generation);
  return {
    state: entry !== undefined && !isParentOf(route, entry.parentRef)
      ? "unrequested"
      : stateOf(accepted, observed),
    status: accepted?.status ?? "Unknown",
    observation: observed,
    observedGeneration: accepted?.observedGeneration,
    reason: accepted?.reason ?? "",
    message: accepted?.message ?? "",
    refs: refsOf(refs, generation),
    refsReason: refs?.reason ?? "",
    refsMessage: refs?.message ?? "",
  };
}

function stateOf(accepted: Condition | undefined, observed: Observation): Acceptance["state"] {
  if (accepted === undefined || accepted.status === "Unknown") return "pending";
  if (observed !== "current") return "stale";
  return accepted.status === "True" ? "accepted" : "refused";
}

function refsOf(
  condition: Condition | undefined,
  generation: number | undefined,
): Acceptance["refs"] {
  if (condition === undefined || condition.status === "Unknown") return "unknown";
  if (observation([condition], generation) !== "current") return "unknown";
  return condition.status === "True" ? "resolved" : "unresolved";
}

/**
 * What is said more than once by one controller of one parent, as it is when controllers fight over a
 * status; each with how often it is there.
 */
export function duplicateEntries(
  route: KubeObject,
): (Pick<ParentEntry, "parentRef" | "controllerName"> & { readonly count: number })[] {
  const byKey = Map.groupBy(parentEntriesOf(route), (entry) => entryKey(entry, route));
  return [...byKey.values()].filter((entries) => entries.length > 1).map((entries) => {
    const { parentRef, controllerName } = entries[0]!;
    return { parentRef, controllerName, count: entries.length };
  });
}

/** The same for entries of one controller on one parent. */
export function entryKey(
  { controllerName, parentRef }: Pick<ParentEntry, "parentRef" | "controllerName">,
  route: KubeObject,
): string {
  return JSON.stringify([controllerName, parentKey(parentRef, route.metadata.namespace)]);
}
