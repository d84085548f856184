/**
 * How is a configuration merged into an object, and how do fields leave it again?
 * Source: sigs.k8s.io/structured-merge-diff, typed/merge.go and typed/remove.go.
 * @module
 */

import type { FieldSet } from "./field_set.ts";
import { elementKey, isUndeclared } from "./field_walk.ts";
import { type FieldPlace, isAtomicMap, listRuleOf } from "./list_rules.ts";
import { isJsonObject, type JsonObject } from "./merge_patch.ts";
import { ownValue, setOwnValue } from "../../../core/named_values.ts";

/** @param isCustom whether it is a custom resource */
export function mergedWith(
  live: JsonObject,
  config: JsonObject,
  { isCustom }: { isCustom: boolean },
): JsonObject {
  return mergedMap(live, config, { parent: "", isCustom });
}

type Around = Omit<FieldPlace, "name">;

function mergedMap(live: JsonObject, config: JsonObject, around: Around): JsonObject {
  const merged: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(config)) {
    setOwnValue(merged, name, mergedValue(ownValue(live, name), value, { ...around, name }));
  }
  return merged;
}

function mergedValue(live: unknown, config: unknown, place: FieldPlace): unknown {
  const { name: parent, isCustom } = place;
  if (isJsonObject(live) && isJsonObject(config) && !isAtomicMap(place)) {
    return mergedMap(live, config, { parent, isCustom });
  }
  const rule = listRuleOf(place);
  if (!Array.isArray(live) || !Array.isArray(config) || rule === undefined) return config;
  return mergedList(live, config, {
    keyOf: (element) => elementKey(element, rule),
    merge: (old, young) =>
      rule.isAtomic !== true && isJsonObject(old) && isJsonObject(young)
        ? mergedMap(old, young, { parent, isCustom })
        : young,
  });
}

interface ListOptions {
  readonly keyOf: (element: unknown) => string;
  readonly merge: (old: unknown, young: unknown) => unknown;
}

/** In the order of the configuration; what only the object has stays where it was. */
function mergedList(
  live: readonly unknown[],
  config: readonly unknown[],
  { keyOf, merge }: ListOptions,
): unknown[] {
  const before = new Map(live.map((element) => [keyOf(element), element]));
  const wanted = new Set(config.map(keyOf));
  const left = [...config];
  const result: unknown[] = [];
  const takeNext = () => {
    const element = left.shift();
    const key = keyOf(element);
    result.push(before.has(key) ? merge(before.get(key), element) : element);
    return key;
  };
  const nextShared = () => left.map(keyOf).find((key) => before.has(key));
  for (const element of live) {
    const key = keyOf(element);
    if (!wanted.has(key)) result.push(element);
    else if (key === nextShared()) { while (takeNext() !== key); }
  }
  while (left.length > 0) takeNext();
  return result;
}

interface RemoveOptions {
  readonly isCustom: boolean;
  /** What stays, with everything around it. */
  readonly kept: FieldSet;
}

/** The object without these fields; built-in kinds do not keep what has become empty by it. */
export function withoutFields(
  object: JsonObject,
  removed: FieldSet,
  { isCustom, kept }: RemoveOptions,
): JsonObject {
  const remover = new Remover(removed, { isCustom, kept });
  return remover.fromMap(object, { path: [], around: { parent: "", isCustom } });
}

interface Where {
  readonly path: readonly string[];
  readonly around: Around;
}

class Remover {
  readonly #removed: FieldSet;
  readonly #options: RemoveOptions;

  constructor(removed: FieldSet, options: RemoveOptions) {
    this.#removed = removed;
    this.#options = options;
  }

  fromMap(object: JsonObject, { path, around }: Where): JsonObject {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(object)) {
      const at = [...path, `f:${name}`];
      if (this.#isGone(at)) continue;
      const left = this.#inside(value, at, { ...around, name });
      if (left !== undefined) setOwnValue(result, name, left);
    }
    return result;
  }

  /** Undefined: nothing is left of it. */
  #inside(value: unknown, path: readonly string[], place: FieldPlace): unknown {
    const isContainer = Array.isArray(value) || isJsonObject(value);
    if (!isContainer || !this.#removed.hasWithin(path)) return value;
    const around = { parent: place.name, isCustom: place.isCustom };
    const left = Array.isArray(value)
      ? this.#fromList(value, path, place)
      : this.fromMap(value, { path, around });
    const { isCustom, kept } = this.#options;
    if (Object.keys(left).length > 0) return left;
    // The server forgets what kind of value an undeclared field had.
    if (isUndeclared(path, this.#options)) return null;
    return isCustom || kept.has(path) ? left : undefined;
  }

  #fromList(list: readonly unknown[], path: readonly string[], place: FieldPlace): unknown[] {
    const rule = listRuleOf(place);
    if (rule === undefined) return [...list];
    const around = { parent: place.name, isCustom: place.isCustom };
    return list.flatMap((element) => {
      const at = [...path, elementKey(element, rule)];
      if (this.#isGone(at)) return [];
      return [isJsonObject(element) ? this.fromMap(element, { path: at, around }) : element];
    });
  }

  /** With everything in it, unless it is a declared field and some of that has another owner. */
  #isGone(path: readonly string[]): boolean {
    if (!this.#removed.has(path)) return false;
    const isElement = !path.at(-1)!.startsWith("f:");
    return isElement || isUndeclared(path, this.#options) || !this.#options.kept.hasWithin(path);
  }
}
