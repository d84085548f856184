/**
 * What has changed between two versions of a Gateway or of a route, as a watch shows them one after
 * the other, and whose entries? Attributed by the difference of the two alone: managed fields name the
 * last writer of a list only, and the order of a route's parents is that of its last writer.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { contentOf, type KubeObject } from "../object.ts";
import { elementsOf, fieldsOf } from "../fields.ts";
import { attachedRoutesOf } from "./gateway_status.ts";
import { isParentOf, type ParentRef } from "./parent_ref.ts";
import { entryKey, parentEntriesOf, type ParentEntry } from "./route_status.ts";

/**
 * `status`: more of the status than times; `spec`: what users write, labels included; `times`: nothing
 * but times of transitions; `managed-fields`: nothing that anybody reads.
 */
export type ObjectChange = "status" | "times" | "managed-fields" | "spec";

/** `count`: the listener's number of attached routes has changed, whatever else has. */
export function gatewayChange(
  before: KubeObject,
  after: KubeObject,
  listener: string,
): ObjectChange | "count" {
  const isSameCount = attachedRoutesOf(before, listener) === attachedRoutesOf(after, listener);
  return isSameCount ? objectChange(before, after) : "count";
}

/** An entry that was taken out of the status of a route that still asks for its parent. */
export interface RemovedEntry {
  readonly controllerName: string;
  readonly parentRef: ParentRef;
  /** Whose entries the same write added or changed, if that was one controller; else nobody can tell. */
  readonly by: string | undefined;
}

export interface RouteChange {
  readonly kind: ObjectChange;
  /** Whose entries were added, changed (times included) or removed, in order of their names. */
  readonly controllers: readonly string[];
  /** Entries that went although their own controller wrote no other and the route still asks for it. */
  readonly removedForeign: readonly RemovedEntry[];
}

export function routeChange(before: KubeObject, after: KubeObject): RouteChange {
  const earlier = entriesByKey(before);
  const later = entriesByKey(after);
  const written = new Set<string>();
  for (const [key, { entry, contents }] of later) {
    const isSame = isDeepStrictEqual(earlier.get(key)?.contents, contents);
    if (!isSame) written.add(entry.controllerName);
  }
  const removed = [...earlier].filter(([key]) => !later.has(key)).map(([, { entry }]) => entry);
  const controllers = new Set([...written, ...removed.map((entry) => entry.controllerName)]);
  const by = written.size === 1 ? [...written][0] : undefined;
  return {
    kind: objectChange(before, after),
    controllers: [...controllers].sort(),
    removedForeign: removed
      .filter((entry) => !written.has(entry.controllerName) && isParentOf(after, entry.parentRef))
      .map(({ controllerName, parentRef }) => ({ controllerName, parentRef, by })),
  };
}

/** What a controller has written of a parent; more than one thing, where it is there twice. */
interface WrittenEntry {
  readonly entry: ParentEntry;
  readonly contents: readonly unknown[];
}

/** As they are, so that fields count that nobody here reads; conditions in order of their types. */
function entriesByKey(route: KubeObject): ReadonlyMap<string, WrittenEntry> {
  const raw = elementsOf(fieldsOf(route["status"])["parents"]);
  const found = new Map<string, WrittenEntry>();
  parentEntriesOf(route).forEach((entry, index) => {
    const { parentRef: _, ...content } = raw[index]!;
    const conditions = elementsOf(content["conditions"])
      .toSorted((one, other) => String(one["type"]).localeCompare(String(other["type"])));
    const key = entryKey(entry, route);
    const contents = [...found.get(key)?.contents ?? [], { ...content, conditions }];
    found.set(key, { entry, contents });
  });
  return found;
}

function objectChange(before: KubeObject, after: KubeObject): ObjectChange {
  const { status: earlier, ...usersBefore } = contentOf(before);
  const { status: later, ...usersAfter } = contentOf(after);
  if (!isDeepStrictEqual(withoutTimes(earlier), withoutTimes(later))) return "status";
  if (!isDeepStrictEqual(usersBefore, usersAfter)) return "spec";
  return isDeepStrictEqual(earlier, later) ? "managed-fields" : "times";
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "lastTransitionTime")
      .map(([name, field]) => [name, withoutTimes(field)]),
  );
}
