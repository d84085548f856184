/**
 * Which fields does an object have, as far as writers own them: down to the values, to the elements of
 * keyed lists and sets, and no further into what changes as a whole?
 * Source: sigs.k8s.io/structured-merge-diff, typed; Kubernetes, "Server-Side Apply", merge strategy.
 * @module
 */

import type { FieldPath } from "./field_set.ts";
import {
  type FieldPlace,
  isAlwaysThere,
  isAtomicMap,
  type ListRule,
  listRuleOf,
} from "./list_rules.ts";
import { isJsonObject, type JsonObject } from "./merge_patch.ts";

export interface Field {
  readonly path: FieldPath;
  /** Undefined: it is known by what is in it. */
  readonly leaf: unknown;
  /** What an apply patch owns; objects and lists around are owned only by who made them. */
  readonly isOwnedByApply: boolean;
  /** Nobody comes to own it. */
  readonly isAlwaysThere: boolean;
}

interface WalkOptions {
  /** Custom resources are not known in detail. */
  readonly isCustom: boolean;
}

/** Every field, outer ones first; elements of a list with the same keys have the same path. */
export function* walkedFields(
  object: JsonObject,
  { isCustom }: WalkOptions,
): Generator<Field, void> {
  for (const [name, value] of Object.entries(object)) {
    yield* fieldsIn(value, { path: [`f:${name}`], place: { parent: "", name, isCustom } });
  }
}

interface Where {
  readonly path: FieldPath;
  readonly place: FieldPlace;
}

function* fieldsIn(value: unknown, where: Where): Generator<Field, void> {
  const { path, place } = where;
  const rule = Array.isArray(value) ? listRuleOf(place) : undefined;
  if (value === undefined || isLeaf(value, place, rule)) {
    const isEmpty = value === null && !place.isCustom ||
      isJsonObject(value) && isAlwaysThere(place);
    yield { path, leaf: value, isOwnedByApply: true, isAlwaysThere: isEmpty };
    return;
  }
  yield {
    path,
    leaf: undefined,
    isOwnedByApply: isUndeclared(path, place),
    isAlwaysThere: isAlwaysThere(place),
  };
  if (rule === undefined) yield* membersOf(value as JsonObject, where);
  else yield* elementsOf(value as readonly unknown[], { ...where, rule });
}

/** Of what is in the spec of a custom resource nobody has said that it has to be there. */
export function isUndeclared([top, ...inner]: FieldPath, { isCustom }: WalkOptions): boolean {
  return isCustom && top !== "f:metadata" && inner.length > 0;
}

function isLeaf(value: unknown, place: FieldPlace, rule: ListRule | undefined): boolean {
  if (Array.isArray(value)) return rule === undefined;
  return !isJsonObject(value) || isAtomicMap(place) || Object.keys(value).length === 0;
}

function* membersOf(object: JsonObject, { path, place }: Where): Generator<Field, void> {
  const { name: parent, isCustom } = place;
  for (const [name, value] of Object.entries(object)) {
    yield* fieldsIn(value, { path: [...path, `f:${name}`], place: { parent, name, isCustom } });
  }
}

function* elementsOf(
  list: readonly unknown[],
  { path, place, rule }: Where & { readonly rule: ListRule },
): Generator<Field, void> {
  for (const element of list) {
    const at = [...path, elementKey(element, rule)];
    const isWhole = rule.isAtomic === true || !isJsonObject(element);
    yield {
      path: at,
      leaf: isWhole ? element : undefined,
      isOwnedByApply: true,
      isAlwaysThere: false,
    };
    if (!isWhole) yield* membersOf(element as JsonObject, { path: at, place });
  }
}

/** The element's place in a path. */
export function elementKey(element: unknown, { keys }: ListRule): string {
  const names = Object.keys(keys);
  if (names.length === 0 || !isJsonObject(element)) return `v:${JSON.stringify(element)}`;
  const given = names.map((name) => [name, element[name] ?? keys[name] ?? ""]);
  return `k:${JSON.stringify(Object.fromEntries(given))}`;
}
