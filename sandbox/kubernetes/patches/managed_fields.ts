/**
 * Who has written which field of an object? Keeps metadata.managedFields.
 * Source: Kubernetes, "Server-Side Apply", "Field management"; apimachinery, pkg/util/managedfields.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ObjectMeta } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import { type FieldPath, FieldSet } from "./field_set.ts";
import { type Field, walkedFields } from "./field_walk.ts";
import { isJsonObject } from "./merge_patch.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";

type Operation = "Apply" | "Update";

/** One writer, with what it has written. */
export interface Manager {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource?: string;
  /** RFC 3339; undefined: it has never changed anything. */
  readonly time?: string;
  readonly fields: FieldSet;
}

export interface FieldWrite {
  readonly resource: ServedResource;
  /** The field manager's name. */
  readonly manager: string;
  /** RFC 3339. */
  readonly time: string;
  /** `status`; undefined: the object itself was written. */
  readonly subresource?: string;
}

/** Nobody owns what the server sets. */
const OF_SERVER = new FieldSet([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["creationTimestamp", "generation", "managedFields", "name", "namespace"]
    .map((name) => ["f:metadata", `f:${name}`]),
  ...["resourceVersion", "selfLink", "uid"].map((name) => ["f:metadata", `f:${name}`]),
]);

/**
 * The new state with the entry of who wrote it. An object that had no entries gets none: its writers
 * are not known any more.
 * @param current undefined: the object is new
 */
export function managed(
  current: KubeObject | undefined,
  next: KubeObject,
  options: FieldWrite & { readonly operation: Operation },
): KubeObject {
  const before = managersOf(current);
  const isTracked = current === undefined || before.length > 0;
  if (options.operation === "Apply" || !isTracked) return next;
  const changes = changesBetween(current ?? {}, next, options);
  const others = before.map((entry) => ({
    ...entry,
    fields: entry.fields.minus(changes.written).minus(changes.removed),
  }));
  return withManagers(next, withWritten(others, changes.written, options));
}

function withWritten(
  managers: readonly Manager[],
  written: FieldSet,
  options: FieldWrite,
): readonly Manager[] {
  if (written.isEmpty) return managers;
  const own = identityOf(options, "Update");
  const previous = managers.find((entry) => isSame(entry, own));
  const fields = previous === undefined ? written : previous.fields.union(written);
  return [
    ...managers.filter((entry) => entry !== previous),
    { ...own, time: options.time, fields },
  ];
}

/** Who writes, without what. */
export function identityOf(
  { resource, manager, subresource }: FieldWrite,
  operation: Operation,
): Omit<Manager, "time" | "fields"> {
  const apiVersion = apiVersionOf(resource);
  return { manager, operation, apiVersion, ...(subresource === undefined ? {} : { subresource }) };
}

export function isSame(one: Manager, other: Omit<Manager, "time" | "fields">): boolean {
  return one.manager === other.manager && one.operation === other.operation &&
    one.apiVersion === other.apiVersion && one.subresource === other.subresource;
}

interface Changes {
  /** Added, or with another value. */
  readonly written: FieldSet;
  readonly removed: FieldSet;
}

/** What differs, as far as it can be owned by who writes here. */
export function changesBetween(
  before: object,
  after: object,
  { resource, subresource }: Pick<FieldWrite, "resource" | "subresource">,
): Changes {
  const options = { isCustom: isCustom(resource) };
  const old = byPath(walkedFields(before as KubeObject, options));
  const young = byPath(walkedFields(after as KubeObject, options));
  const isOwn = ownershipOf({ resource, subresource });
  const written = [...young].filter(([key, field]) => isWritten(field, old.get(key)));
  const removed = [...old].filter(([key]) => !young.has(key));
  return {
    written: new FieldSet(written.map(([, { path }]) => path)).filter(isOwn),
    removed: new FieldSet(removed.map(([, { path }]) => path)).filter(isOwn),
  };
}

function isWritten(field: Field, before: Field | undefined): boolean {
  if (before === undefined) return !field.isAlwaysThere;
  return !isDeepStrictEqual(valueOf(field), valueOf(before));
}

/** An object is one whether something is in it or not, and null may become one. */
function valueOf({ leaf }: Field): unknown {
  const isObject = leaf === null || isJsonObject(leaf) && Object.keys(leaf).length === 0;
  return isObject ? undefined : leaf;
}

function byPath(fields: Iterable<Field>): Map<string, Field> {
  return new Map([...fields].map((field) => [field.path.join("\0"), field]));
}

/** Whether a field can be owned by a write of an object, or of its status. */
export function ownershipOf(
  { resource, subresource }: Pick<FieldWrite, "resource"> & { subresource?: string | undefined },
): (path: FieldPath) => boolean {
  const hasStatus = resource.subresources.includes("status");
  const excluded = subresource === "status" ? "f:spec" : hasStatus ? "f:status" : undefined;
  return (path) => path[0] !== excluded && !OF_SERVER.has(path);
}

interface Entry {
  readonly manager?: string;
  readonly operation?: Operation;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: unknown;
  readonly subresource?: string;
}

export function managersOf(object: KubeObject | undefined): readonly Manager[] {
  const { managedFields = [] } = (object?.metadata ?? {}) as ObjectMeta & {
    readonly managedFields?: readonly Entry[];
  };
  return managedFields.filter(({ fieldsV1 }) => fieldsV1 !== undefined)
    .map((
      { manager = "", operation = "Update", apiVersion = "", time, subresource, fieldsV1 },
    ) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      ...(subresource === undefined ? {} : { subresource }),
      fields: FieldSet.fromFieldsV1(fieldsV1),
    }));
}

/** The object with these entries, in the server's order; a manager without fields has none. */
export function withManagers(object: KubeObject, managers: readonly Manager[]): KubeObject {
  const entries = managers.filter(({ fields }) => !fields.isEmpty).sort(byOperation).map(entryOf);
  const { managedFields: _, ...metadata } = object.metadata as ObjectMeta & Entry & {
    readonly managedFields?: unknown;
  };
  return {
    ...object,
    metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries },
  } as KubeObject;
}

function entryOf({ manager, operation, apiVersion, time, subresource, fields }: Manager): Entry {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: fields.toFieldsV1(),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** Apply before Update, then by time, manager and subresource. */
function byOperation(one: Manager, other: Manager): number {
  const keys = ({ operation, time = "", manager, apiVersion, subresource = "" }: Manager) => [
    operation,
    time,
    manager,
    apiVersion,
    subresource,
  ];
  const right = keys(other);
  const pairs = keys(one).map((left, index) => [left, right[index]!] as const);
  const [left, larger] = pairs.find(([left, other]) => left !== other) ?? ["", ""];
  return left < larger ? -1 : left > larger ? 1 : 0;
}
