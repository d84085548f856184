/**
 * What does a JSON patch make of a document? Follows RFC 6902 and, where the server's library is more
 * lenient, the library: an absent member can be replaced, copied and tested as null, and -1 is the
 * last element of a list.
 * Source: RFC 6902, RFC 6901; github.com/evanphx/json-patch 4.12, as kube-apiserver 1.36 uses it.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { isJsonObject } from "./merge_patch.ts";
import { setOwnValue } from "../../../core/named_values.ts";

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** A member of an object or a list; whether it exists is another question. */
interface Place {
  readonly container: Container;
  readonly name: string;
}

/** An operation cannot be done; the server does not say which. */
export class JsonPatchError extends Error {
  override name = "JsonPatchError";
}

/**
 * The patched document; the one given is not changed.
 * @throws {JsonPatchError}
 */
export function jsonPatched(document: unknown, operations: readonly unknown[]): unknown {
  const root = structuredClone(document);
  for (const operation of operations) apply(root, operation as Operation);
  return root;
}

function apply(root: unknown, { op, path, from, value = null }: Operation): void {
  const to = placeAt(root, path);
  switch (op) {
    case "add":
      return add(to, value);
    case "remove":
      return void remove(to);
    case "replace":
      return replace(to, value);
    case "move":
      return add(to, remove(placeAt(root, from)));
    case "copy":
      return add(to, structuredClone(read(placeAt(root, from)) ?? null));
    case "test":
      if (isDeepStrictEqual(read(to) ?? null, value)) return;
      throw new JsonPatchError(`Cannot patch: ${String(path)} is not what the test says`);
    default:
      throw new JsonPatchError(`Cannot patch: unknown operation ${JSON.stringify(op)}`);
  }
}

/** What stands before the first slash does not count. */
function placeAt(root: unknown, path: unknown): Place {
  const [, ...tokens] = typeof path === "string" ? path.split("/") : [];
  const names = tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  const name = names.pop();
  if (name === undefined) throw new JsonPatchError(`Cannot patch: no path ${JSON.stringify(path)}`);
  const container = names.reduce<unknown>(
    (value, part) => read({ container: requireContainer(value, path), name: part }),
    root,
  );
  return { container: requireContainer(container, path), name };
}

function requireContainer(value: unknown, path: unknown): Container {
  if (Array.isArray(value) || isJsonObject(value)) return value as Container;
  throw new JsonPatchError(`Cannot patch: there is nothing at ${String(path)}`);
}

/** Undefined: an object has no such member. */
function read({ container, name }: Place): unknown {
  if (Array.isArray(container)) return container[indexIn(container, name)];
  return Object.hasOwn(container, name) ? container[name] : undefined;
}

function add({ container, name }: Place, value: unknown): void {
  if (!Array.isArray(container)) setOwnValue(container, name, value);
  else if (name === "-") container.push(value);
  else container.splice(indexIn(container, name, { extra: 1 }), 0, value);
}

function replace({ container, name }: Place, value: unknown): void {
  if (Array.isArray(container)) container[indexIn(container, name)] = value;
  else setOwnValue(container, name, value);
}

function remove(place: Place): unknown {
  const { container, name } = place;
  if (Array.isArray(container)) return container.splice(indexIn(container, name), 1)[0];
  const value = read(place);
  if (value === undefined) throw new JsonPatchError(`Cannot remove ${name}: it is not there`);
  delete container[name];
  return value;
}

/** @param options.extra places after the end that count too */
function indexIn(list: readonly unknown[], name: string, { extra = 0 } = {}): number {
  const size = list.length + extra;
  const given = /^[+-]?\d+$/.test(name) ? Number(name) : NaN;
  const index = given < 0 ? given + size : given;
  if (index >= 0 && index < size) return index;
  throw new JsonPatchError(`Cannot patch element ${name}: the list has ${list.length}`);
}
