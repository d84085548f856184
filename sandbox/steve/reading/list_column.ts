/**
 * What of an object can a list be filtered and sorted by? Names of columns -> readers.
 * Source: rancher/steve v0.10.2, pkg/sqlcache/informer (indexed fields), pkg/stores/sqlproxy.
 * @module
 */

import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { Schema } from "./schema.ts";
import { SteveError } from "./steve_error.ts";

/** Undefined: the object does not have it. */
export type ColumnReader = (object: KubeObject) => string | undefined;

const PLAIN: Readonly<Record<string, ColumnReader>> = {
  id: objectKey,
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.creationTimestamp": ({ metadata }) => metadata.creationTimestamp,
  "metadata.state.name": ({ metadata }) =>
    metadata.deletionTimestamp === undefined ? "active" : "removing",
};
const SHOWN = /^metadata\.fields\[(\d+)\]$/;
const LABEL = /^metadata\.labels(?:\.(.+)|\[(.+)\])$/;

export function isLabel(name: string): boolean {
  return LABEL.test(name);
}

/** @throws {SteveError} 422 */
export function columnReader(name: string, schema: Schema): ColumnReader {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name]!;
  if (name === "metadata.namespace" && schema.resource.namespaced) {
    return ({ metadata }) => metadata.namespace;
  }
  if (name === "_type" && schema.id === "secret") return ({ type }) => String(type);
  const [, dotted, bracketed] = LABEL.exec(name) ?? [];
  const label = dotted ?? bracketed;
  if (label !== undefined) return ({ metadata }) => metadata.labels?.[label];
  const [, index] = SHOWN.exec(name) ?? [];
  if (index !== undefined && Number(index) < schema.columns.length) {
    return (object) => String(schema.cells(object, new Date(0))[Number(index)]);
  }
  throw new SteveError(
    "InvalidBodyContent",
    `column is invalid [${name}]: supplied column is invalid`,
  );
}
