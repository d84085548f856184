/**
 * What does a strategic merge patch make of an object? Lists whose elements have a key are merged
 * element by element, others are replaced; directives say otherwise.
 * Source: Kubernetes, "Strategic Merge Patch"; apimachinery, pkg/util/strategicpatch; the words as
 * kube-apiserver 1.36 answers them.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { jsonTypeOf } from "../validation/field_types.ts";
import { type ListRule, listRuleOf } from "./list_rules.ts";
import { isJsonObject, type JsonObject } from "./merge_patch.ts";
import { goFormat, PatchError } from "./patch_error.ts";
import { ownValue, setOwnValue } from "../../../core/named_values.ts";

const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_PREFIX = "$deleteFromPrimitiveList/";
const ORDER_PREFIX = "$setElementOrder/";

/**
 * The patched object; neither of the two given is changed.
 * @param patch an object
 * @throws {PatchError} 400 or 500
 */
export function strategicPatched(current: JsonObject, patch: JsonObject): JsonObject {
  return mergedMap(current, patch, "");
}

/** @param name of the field that the map stands in; empty at the top */
function mergedMap(current: JsonObject, patch: JsonObject, name: string): JsonObject {
  const { [PATCH]: directive, [RETAIN_KEYS]: retained, ...fields } = patch;
  if (directive === "replace") return fields;
  if (directive === "delete") return {};
  if (directive !== undefined) throw unknownDirective(directive, patch);
  const merged: Record<string, unknown> = { ...retainedOf(current, fields, retained) };
  const deletions = withPrefix(fields, DELETE_PREFIX);
  const orders = withPrefix(fields, ORDER_PREFIX);
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith("$")) continue;
    setField(merged, { field, value, parent: name });
  }
  for (const [field, values] of deletions) {
    const list = merged[field];
    if (!Array.isArray(list) || !Array.isArray(values)) continue;
    merged[field] = list.filter((element) => !values.includes(element));
  }
  for (const [field, order] of orders) {
    reorder(merged, { field, order, parent: name, patch: fields, current });
  }
  return merged;
}

function withPrefix(fields: JsonObject, prefix: string): [field: string, value: unknown][] {
  return Object.entries(fields).filter(([field]) => field.startsWith(prefix))
    .map(([field, value]) => [field.slice(prefix.length), value]);
}

interface FieldPatch {
  readonly field: string;
  readonly value: unknown;
  readonly parent: string;
}

function setField(
  merged: Record<string, unknown>,
  { field, value, parent }: FieldPatch,
): void {
  const before = ownValue(merged, field);
  if (value === null) {
    delete merged[field];
  } else if (isJsonObject(before) && isJsonObject(value)) {
    setOwnValue(merged, field, mergedMap(before, value, field));
  } else if (Array.isArray(before) && Array.isArray(value)) {
    const rule = listRuleOf({ parent, name: field, isCustom: false });
    setOwnValue(
      merged,
      field,
      rule === undefined ? value : mergedList(before, value, { rule, field }),
    );
  } else {
    const kept = withoutDirectives(value);
    if (kept === undefined) delete merged[field];
    else setOwnValue(merged, field, kept);
  }
}

interface ListOptions {
  readonly rule: ListRule;
  readonly field: string;
}

function mergedList(
  before: readonly unknown[],
  patch: readonly unknown[],
  { rule, field }: ListOptions,
): unknown[] {
  requireSameTypes(before, patch);
  const { mergeKey } = rule;
  if (mergeKey === undefined) {
    const merged = [...new Set([...before, ...patch])];
    return ordered(merged, { wanted: patch, before, keyOf: (element) => element });
  }
  const keyOf = (element: unknown) => keyIn(element as JsonObject, mergeKey);
  const [special, plain] = partition(patch as readonly JsonObject[]);
  const deleted = special.filter((element) => isDeletion(element)).map(keyOf);
  if (special.some((element) => element[PATCH] === "replace")) return [...plain];
  const kept = before.filter((element) => !deleted.includes(keyOf(element)));
  const merged = [...kept];
  for (const element of plain) {
    const key = keyOf(element);
    const index = merged.findIndex((other) => keyOf(other) === key);
    if (index === -1) merged.push(withoutDirectives(element));
    else merged[index] = mergedMap(merged[index] as JsonObject, element, field);
  }
  return ordered(merged, { wanted: plain, before: kept, keyOf });
}

function partition(elements: readonly JsonObject[]): [special: JsonObject[], plain: JsonObject[]] {
  return [
    elements.filter((element) => element[PATCH] !== undefined),
    elements.filter((element) => element[PATCH] === undefined),
  ];
}

function isDeletion(element: JsonObject): boolean {
  switch (element[PATCH]) {
    case "delete":
      return true;
    case "replace":
      return false;
    case "merge":
      throw new PatchError(500, "merging lists cannot yet be specified in the patch");
    default:
      throw unknownDirective(element[PATCH], element);
  }
}

function keyIn(element: JsonObject, mergeKey: string): unknown {
  if (Object.hasOwn(element, mergeKey)) return element[mergeKey];
  throw new PatchError(
    500,
    `map: ${goFormat(element)} does not contain declared merge key: ${mergeKey}`,
  );
}

function requireSameTypes(before: readonly unknown[], patch: readonly unknown[]): void {
  const types = new Set([...before, ...patch].map(jsonTypeOf));
  if (types.size <= 1) return;
  throw new PatchError(
    500,
    `list element types are not identical: ${goFormat([before, patch])}`,
  );
}

interface Order extends Omit<FieldPatch, "value"> {
  readonly order: unknown;
  readonly patch: JsonObject;
  readonly current: JsonObject;
}

function reorder(merged: Record<string, unknown>, options: Order): void {
  const { field, order, parent, patch, current } = options;
  if (!Array.isArray(order)) {
    throw new PatchError(
      500,
      `expected a []interface {}, but received a ${goTypeOf(order)}`,
    );
  }
  const list = merged[field];
  if (!Array.isArray(list)) return;
  const { mergeKey } = listRuleOf({ parent, name: field, isCustom: false }) ?? {};
  const keyOf = (element: unknown) =>
    mergeKey === undefined ? element : keyIn(element as JsonObject, mergeKey);
  const changed = Array.isArray(patch[field]) ? patch[field] : [];
  requireOrder(changed, { order, keyOf });
  const before = Array.isArray(current[field]) ? current[field] : [];
  merged[field] = ordered(list, { wanted: order, before, keyOf });
}

/** The elements of the patch come in the order that it asks for. */
function requireOrder(
  changed: readonly unknown[],
  { order, keyOf }: { order: readonly unknown[]; keyOf: (element: unknown) => unknown },
): void {
  const keys = changed.filter((element) => !isJsonObject(element) || element[PATCH] === undefined)
    .map(keyOf);
  const inOrder = order.map(keyOf).filter((key) => keys.includes(key));
  if (order.length === 0 || isDeepStrictEqual(inOrder, keys)) return;
  throw new PatchError(
    500,
    `The order in patch list:\n${goFormat(changed)}\n doesn't match $setElementOrder list:\n${
      goFormat(order)
    }\n`,
  );
}

function goTypeOf(value: unknown): string {
  const type = jsonTypeOf(value);
  return type === "object" ? "map[string]interface {}" : type === "number" ? "float64" : type;
}

function retainedOf(current: JsonObject, fields: JsonObject, retained: unknown): JsonObject {
  if (retained === undefined) return current;
  const isAllowed = Array.isArray(retained) &&
    Object.entries(fields).every(([field, value]) =>
      value === null || field.startsWith("$") || retained.includes(field)
    );
  if (!isAllowed) throw new PatchError(400, "invalid patch format of retainKeys");
  return Object.fromEntries(Object.entries(current).filter(([field]) => retained.includes(field)));
}

function unknownDirective(directive: unknown, patch: JsonObject): PatchError {
  return new PatchError(
    500,
    `unknown patch type: ${goFormat(directive)} in map: ${goFormat(patch)}`,
  );
}

/** A new value as it is stored; undefined if it is only there to be deleted. Null is no value. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((element) => element !== undefined);
  }
  if (!isJsonObject(value)) return value;
  if (value[PATCH] !== undefined) return undefined;
  return Object.fromEntries(
    Object.entries(value)
      .map(([field, member]) => [field, withoutDirectives(member)] as const)
      .filter(([field, member]) =>
        member !== undefined && member !== null && !field.startsWith("$")
      ),
  );
}

/** Of the elements of a list, after a patch. */
interface OrderOptions {
  /** As the patch has it, or wants it. */
  readonly wanted: readonly unknown[];
  /** As it was. */
  readonly before: readonly unknown[];
  /** By what elements are told apart: their key, or they themselves. */
  readonly keyOf: (element: unknown) => unknown;
}

/**
 * The elements in their order: what the patch names comes in the patch's order; other elements keep
 * their order, and stay before those of the patch that they were before.
 * Source: apimachinery, pkg/util/strategicpatch/patch.go, normalizeElementOrder.
 */
function ordered(
  merged: readonly unknown[],
  { wanted, before, keyOf }: OrderOptions,
): unknown[] {
  const placesIn = (list: readonly unknown[]) =>
    new Map(list.map((element, index) => [keyOf(element), index] as const).reverse());
  const wantedPlaces = placesIn(wanted);
  const placesBefore = placesIn(before);
  const placeIn = (places: ReadonlyMap<unknown, number>, element: unknown) =>
    places.get(keyOf(element)) ?? Infinity;
  const named = merged.filter((element) => wantedPlaces.has(keyOf(element)))
    .sort((one, other) => placeIn(wantedPlaces, one) - placeIn(wantedPlaces, other));
  const others = merged.filter((element) => !wantedPlaces.has(keyOf(element)));
  const result: unknown[] = [];
  for (const element of named) {
    const place = placesBefore.get(keyOf(element));
    while (place !== undefined && others.length > 0 && placeIn(placesBefore, others[0]) < place) {
      result.push(others.shift());
    }
    result.push(element);
  }
  return [...result, ...others];
}
