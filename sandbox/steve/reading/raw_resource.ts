/**
 * How does an object leave Steve? With its id, type and links in front of its own fields, and with
 * what Steve adds to its metadata.
 * Source: rancher/apiserver v0.10.0, pkg/types/server_types.go (RawResource), pkg/writer/encoding.go;
 * rancher/steve v0.10.2, pkg/resources/common/formatter.go, pkg/stores/partition/store.go.
 * @module
 */

import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { resourcePath } from "../../../kube/resource.ts";
import { isCustom } from "../../kubernetes/discovery/resources.ts";
import { goFields, goJson, goString } from "./go_json.ts";
import type { Schema } from "./schema.ts";

interface ResourceForm {
  readonly schema: Schema;
  /** `https://HOST`: what links begin with. */
  readonly baseUrl: string;
  readonly now: Date;
  /**
   * Where the id stands that the cache adds to the object: lists keep it, events move it aside; what
   * does not come from the cache has none.
   */
  readonly cacheIds?: readonly ("id" | "_id")[];
  /** Paths of the fields that are left out, or the only ones that are shown. */
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  /** Paths of maps whose values are emptied. */
  readonly excludeValues?: readonly string[];
}

type Json = Record<string, unknown>;

/** JSON. An object that a client may do everything with has all links. */
export function rawResource(object: KubeObject, form: ResourceForm): string {
  const id = objectKey(object);
  const head = `"id":${goString(id)},"type":${goString(form.schema.id)},` +
    `"links":${goJson(linksOf(object, form))}`;
  const fields = goFields(chosen(withAdditions(object, form), form));
  return fields === "" ? `{${head}}` : `{${head},${fields}}`;
}

function linksOf(object: KubeObject, { schema, baseUrl }: ResourceForm): Record<string, string> {
  const { namespace = "", name = "" } = object.metadata;
  const self = `${baseUrl}/v1/${schema.pluralName}/${objectKey(object)}`;
  const view = baseUrl + resourcePath(schema.resource, { namespace, name });
  return { patch: self, remove: self, self, update: self, view };
}

function withAdditions(object: KubeObject, { schema, now, cacheIds = [] }: ResourceForm): Json {
  const { id: ownId, type: _, links: __, actions: ___, ...rest } = object as KubeObject & Json;
  const moved: Json = {};
  for (const name of ["type", "links", "actions"]) {
    if (object[name] !== undefined) moved[`_${name}`] = object[name];
  }
  if (ownId !== undefined) moved["_id"] = ownId;
  for (const name of cacheIds) moved[name] = objectKey(object);
  return {
    ...rest,
    ...moved,
    metadata: {
      ...object.metadata,
      fields: schema.cells(object, now),
      relationships: null,
      state: stateOf(object, schema),
    },
  };
}

function stateOf(object: KubeObject, { id, resource }: Schema): Json {
  if (id === "namespace") return namespaceState(object);
  if (object.metadata.deletionTimestamp !== undefined) {
    return { error: false, message: "", name: "removing", transitioning: true };
  }
  const message = isCustom(resource) ? "Resource is current" : "Resource is always ready";
  return { error: false, message, name: "active", transitioning: false };
}

function namespaceState({ status }: KubeObject): Json {
  const { phase = "Active" } = (status ?? {}) as { phase?: string };
  return { error: false, message: "", name: phase.toLowerCase(), transitioning: false };
}

function chosen(
  object: Json,
  { include = [], exclude = [], excludeValues = [] }: ResourceForm,
): Json {
  let result = object;
  if (include.length > 0) {
    result = {};
    for (const path of include) result = copied(object, { to: result, path: path.split(".") });
  }
  for (const path of exclude) result = without(result, path.split("."));
  for (const path of excludeValues) result = emptied(result, path.split("."));
  return result;
}

function copied(from: Json, { to, path }: { to: Json; path: readonly string[] }): Json {
  const [name = "", ...rest] = path;
  const value = from[name];
  if (value === undefined) return to;
  if (rest.length === 0) return { ...to, [name]: value };
  if (!isObject(value)) return to;
  const inner = to[name];
  const copy = copied(value, { to: isObject(inner) ? inner : {}, path: rest });
  return Object.keys(copy).length === 0 ? to : { ...to, [name]: copy };
}

function without(object: Json, [name = "", ...rest]: readonly string[]): Json {
  const { [name]: value, ...others } = object;
  if (rest.length === 0) return others;
  return isObject(value) ? { ...object, [name]: without(value, rest) } : object;
}

function emptied(object: Json, [name = "", ...rest]: readonly string[]): Json {
  const value = object[name];
  if (!isObject(value)) return object;
  const inner = rest.length > 0
    ? emptied(value, rest)
    : Object.fromEntries(Object.keys(value).map((key) => [key, ""]));
  return { ...object, [name]: inner };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
