/**
 * Which fields of an object are to have another value, and how is that asked for so that nobody
 * else's change is lost? Every patch tests what it replaces. Pure: never sends, never keeps a state.
 * Sources: RFC 6901 (JSON pointer), RFC 6902 (JSON patch).
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../object.ts";

/** A field as it is to be. */
export interface WantedField {
  /** JSON pointer: `/spec/limits/free/rates/0/limit`. */
  readonly path: string;
  /** JSON; undefined: not there. */
  readonly value: unknown;
}

/** A field that has to change; a value that is undefined is not there. */
export interface FieldChange {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

interface PatchOperation {
  readonly op: "test" | "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

type Keys = readonly string[];

/**
 * What a user may borrow: not the identity of an object, and nothing that its server or its controller
 * writes.
 * @returns why not; undefined if it may be
 */
export function whyNotBorrowed(path: string): string | undefined {
  if (!/^(?:\/(?:[^~]|~[01])*)+$/.test(path)) return "it is no JSON pointer such as /spec/replicas";
  const [first = "", second = "", ...rest] = keysOf(path);
  const isOfUser = ["labels", "annotations"].includes(second) && rest.length > 0;
  if (first === "metadata" && !isOfUser) {
    return "of the metadata only a label or an annotation can be";
  }
  if (["apiVersion", "kind", "status"].includes(first)) return `${first} is not the user's`;
}

/** The value there; undefined if there is none. */
export function valueAt(object: unknown, path: string): unknown {
  return follow(object, keysOf(path));
}

/**
 * The changes that make the object as it is wanted; none for what is so already. Where what a field
 * is in is missing too, all of that is the field: `/spec/limits` instead of `/spec/limits/a/rate`.
 * @throws {RangeError} for a path into a plain value or beyond the end of a list, and for taking out
 * of a list another element than the last
 */
export function changesTo(object: KubeObject, wanted: readonly WantedField[]): FieldChange[] {
  let after: unknown = object;
  for (const { path, value } of wanted) after = changed(after, keysOf(path), { path, value });
  const paths = new Set(wanted.map(({ path }) => pathOf(presentPart(object, keysOf(path)))));
  const outermost = [...paths].filter((path) =>
    ![...paths].some((other) => path.startsWith(`${other}/`))
  );
  return outermost
    .map((path) => ({ path, from: valueAt(object, path), to: valueAt(after, path) }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to));
}

/** A JSON patch that is refused if one of the fields is not any more as `object` has it. */
export function patchOf(object: KubeObject, changes: readonly FieldChange[]): PatchOperation[] {
  // Tests first: an operation would change what the tests after it look at.
  return [
    ...changes.map(({ path, from }) => testOf(object, { path, from })),
    ...changes.map(({ path, from, to }): PatchOperation =>
      to === undefined
        ? { op: "remove", path }
        : { op: from === undefined ? "add" : "replace", path, value: to }
    ),
  ];
}

/** That a field is not there shows in what it would be in. */
function testOf(object: KubeObject, { path, from }: Pick<FieldChange, "path" | "from">) {
  const op = "test" as const;
  if (from !== undefined) return { op, path, value: from };
  const parent = keysOf(path).slice(0, -1);
  if (parent.length > 0) return { op, path: pathOf(parent), value: follow(object, parent) };
  return { op, path: "/metadata/resourceVersion", value: object.metadata.resourceVersion };
}

/** The keys up to the first that is not there, that one included. */
function presentPart(object: unknown, keys: Keys): Keys {
  const missing = keys.findIndex((_, last) =>
    follow(object, keys.slice(0, last + 1)) === undefined
  );
  return missing < 0 ? keys : keys.slice(0, missing + 1);
}

function follow(object: unknown, keys: Keys): unknown {
  let value = object;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    // The length of a list is no element of it.
    if (Array.isArray(value) && !isIndex(key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A copy with that field set, or without it. */
function changed(value: unknown, [key, ...rest]: Keys, field: WantedField): unknown {
  if (key === undefined) return field.value;
  if (value === undefined && field.value === undefined) return undefined;
  if (Array.isArray(value)) return changedList(value, [key, ...rest], field);
  if (value !== undefined && (typeof value !== "object" || value === null)) {
    throw new RangeError(`${field.path} leads into a plain value`);
  }
  const map = value as Readonly<Record<string, unknown>> | undefined ?? {};
  const inner = changed(Object.hasOwn(map, key) ? map[key] : undefined, rest, field);
  const others = Object.entries(map).filter(([name]) => name !== key);
  return Object.fromEntries(inner === undefined ? others : [...others, [key, inner]]);
}

function changedList(list: readonly unknown[], [key, ...rest]: Keys, field: WantedField): unknown {
  const index = isIndex(key!) ? Number(key) : NaN;
  if (!(index <= list.length)) {
    throw new RangeError(`${field.path} leads out of a list of ${list.length}`);
  }
  const inner = changed(list[index], rest, field);
  if (inner !== undefined) return list.toSpliced(index, 1, inner);
  if (index >= list.length - 1) return list.slice(0, index);
  throw new RangeError(
    `${field.path} is not the last of its list, of which it cannot be taken out`,
  );
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(key);
}

function keysOf(path: string): string[] {
  return path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function pathOf(keys: Keys): string {
  return keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
