/**
 * The answer to a list: which of a cache's objects, in which order, and the collection around them.
 * Source: rancher/steve v0.10.2, pkg/stores/sqlpartition/listprocessor; rancher/apiserver v0.10.0,
 * pkg/types/types.go (Collection).
 * @module
 */

import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import { columnReader, objectFilter } from "./filter.ts";
import { goJson, goString } from "./go_json.ts";
import { rawResource } from "./raw_resource.ts";
import { SteveError } from "./steve_error.ts";
import type { TypeCache } from "../caches/type_cache.ts";

interface ListRequest {
  readonly query: URLSearchParams;
  /** Of the path; empty: all. */
  readonly namespace: string;
  readonly baseUrl: string;
  /** Of the request, without its query. */
  readonly url: string;
  readonly now: Date;
}

/** JSON. @throws {SteveError} */
export function listBody(cache: TypeCache, request: ListRequest): string {
  const { query, baseUrl, url, now } = request;
  const { schema, revision } = cache;
  requireRevision(query.get("revision") ?? "", cache);
  const found = sorted(chosen(cache, request), { query, cache });
  const { items, next } = pageOf(found, query);
  const form = {
    schema,
    baseUrl,
    now,
    exclude: query.getAll("exclude"),
    include: query.getAll("include"),
    excludeValues: query.getAll("excludeValues"),
  } as const;
  const collection = `${baseUrl}/v1/${schema.pluralName}`;
  const head = [
    '"type":"collection"',
    `"links":${goJson({ self: url })}`,
    `"createTypes":${goJson({ [schema.id]: collection })}`,
    '"actions":{}',
    `"resourceType":${goString(schema.id)}`,
    ...(next === undefined ? [] : [paginationText({ url, query, next })]),
    ...(revision === "" ? [] : [`"revision":${goString(revision)}`]),
    ...(next === undefined ? [] : [`"continue":${goString(next)}`]),
    ...(found.length === 0 ? [] : [`"count":${found.length}`]),
  ];
  const data = items.map((object) =>
    rawResource(object, { ...form, cacheIds: cache.isFirst(object) ? ["_id", "id"] : ["id"] })
  ).join(",");
  return `{${head.join(",")},"data":[${data}]}\n`;
}

function requireRevision(wanted: string, { revision, schema }: TypeCache): void {
  if (wanted === "") return;
  if (!/^[+-]?\d+$/.test(wanted)) {
    throw new SteveError(
      { code: "invalid revision query param", status: 400 },
      `value ${wanted} for revision query param is not valid`,
    );
  }
  if (revision === "") {
    const { kind } = schema.resource;
    throw new SteveError(
      "ServerError",
      `listbyoptions ${apiVersionOf(schema.resource)}, Kind=${kind}: ` +
        'strconv.ParseInt: parsing "": invalid syntax',
    );
  }
  if (BigInt(wanted) > BigInt(revision)) {
    throw new SteveError({ code: "unknown revision", status: 400 }, "unknown revision");
  }
}

function chosen(cache: TypeCache, { query, namespace }: ListRequest): KubeObject[] {
  const isChosen = objectFilter(query.getAll("filter"), cache.schema);
  return [...cache.objects].filter((object) =>
    (namespace === "" || object.metadata.namespace === namespace) && isChosen(object)
  );
}

function sorted(
  objects: KubeObject[],
  { query, cache }: { query: URLSearchParams; cache: TypeCache },
): KubeObject[] {
  const keys = (query.get("sort") ?? "").split(",").filter((key) => key !== "").map((key) => ({
    direction: key.startsWith("-") ? -1 : 1,
    read: columnReader(key.replace(/^-/, ""), cache.schema),
  }));
  return objects.sort((one, other) => {
    for (const { read, direction } of [...keys, { read: objectKey, direction: 1 }]) {
      const [a = "", b = ""] = [read(one), read(other)];
      if (a !== b) return a < b ? -direction : direction;
    }
    return 0;
  });
}

/** @returns the continue token too, if there is more */
function pageOf(
  objects: readonly KubeObject[],
  query: URLSearchParams,
): { items: readonly KubeObject[]; next: string | undefined } {
  const size = wholeNumber(query.get("pagesize")) ?? 0;
  if (size <= 0) return { items: objects, next: undefined };
  const page = Math.max(1, wholeNumber(query.get("page")) ?? 1);
  const end = page * size;
  return {
    items: objects.slice(end - size, end),
    next: end < objects.length ? String(end) : undefined,
  };
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function paginationText(
  { url, query, next }: { url: string; query: URLSearchParams; next: string },
): string {
  const marked = new URLSearchParams(query);
  marked.set("continue", next);
  marked.sort();
  return `"pagination":${goJson({ first: url, next: `${url}?${marked}`, partial: true })}`;
}
