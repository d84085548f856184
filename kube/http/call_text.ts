/**
 * How is a call on objects written as an HTTP request: its path, its query, its body? Pure.
 * @module
 */

import type {
  CallOptions,
  DeleteOptions,
  PatchOptions,
  PatchType,
  RawRequest,
  Selection,
  WriteOptions,
} from "../cluster.ts";
import { type Resource, resourcePath } from "../resource.ts";

export const JSON_TYPE = "application/json";

/** Source: Kubernetes API concepts, "Patches". */
export const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  // YAML, of which JSON is a part.
  apply: "application/apply-patch+yaml",
};

/** Query parameters; those undefined or empty are left out. */
type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The options with only what is there, as exact optional properties want it. */
export function callOptions(
  { signal, lane }: { signal?: AbortSignal | undefined; lane?: number | undefined },
): CallOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(lane === undefined ? {} : { lane }),
  };
}

export function withNamespace(namespace: string | undefined): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** A typing error in an object is an error, and not a field that is silently dropped. */
const STRICT = { fieldValidation: "Strict" };

function writeQuery({ fieldManager, query }: WriteOptions): Query {
  return { fieldManager, ...STRICT, ...query };
}

/** The same for every write of a load: its text is made once. */
export function writeQueryText(options: WriteOptions): string {
  const { fieldManager = "", query } = options;
  if (query !== undefined) return queryText(writeQuery(options));
  let text = PLAIN_WRITE_QUERIES.get(fieldManager);
  if (text === undefined) {
    text = queryText(writeQuery(options));
    PLAIN_WRITE_QUERIES.set(fieldManager, text);
  }
  return text;
}

export function patchQueryText(options: PatchOptions): string {
  const force = options.type === "apply" && options.force ? true : undefined;
  return queryText({ ...writeQuery(options), force });
}

/** By field manager, of which a program has a handful. */
const PLAIN_WRITE_QUERIES = new Map<string, string>();

export function deleteBody(
  { propagationPolicy, gracePeriodSeconds }: DeleteOptions,
): Pick<RawRequest, "body" | "contentType"> {
  if (propagationPolicy === undefined && gracePeriodSeconds === undefined) return {};
  const options = {
    kind: "DeleteOptions",
    apiVersion: "v1",
    propagationPolicy,
    gracePeriodSeconds,
  };
  return { body: JSON.stringify(options), contentType: JSON_TYPE };
}

export function collectionPath(
  resource: Resource,
  { namespace, ...selection }: Selection,
  more: Query = {},
): string {
  return resourcePath(resource, withNamespace(namespace)) + queryText({ ...selection, ...more });
}

function queryText(query: Query): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
