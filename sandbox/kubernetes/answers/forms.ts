/**
 * In which form does a client want objects: whole, as a table for people, or their metadata alone?
 * Turns what the store has into the JSON texts of answers and watches.
 * Source: Kubernetes API concepts, "Receiving resources as Tables"; apiserver, pkg/endpoints/handlers.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import type { ApiState, Resolved } from "../api_state.ts";
import { type Column, columnsOf } from "../tables/table_columns.ts";
import { ApiError } from "./api_error.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import type { ObjectTexts } from "../store/object_texts.ts";
import type { ObjectType, StoredObject } from "../store/stored_object.ts";

/** Objects of a list, all or as many as a client takes at once. */
export interface Page {
  readonly objects: readonly StoredObject[];
  readonly revision: number;
  /** Empty: this is the last one. */
  readonly continueToken: string;
  /** Undefined: not known, or none. */
  readonly remaining: number | undefined;
}

/** Each gives JSON. */
export interface Form {
  one(object: StoredObject): string;
  list(page: Page): string;
  /** The object of an event that says only how far the watch has come. */
  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): string;
}

/** The objects themselves. */
class WholeForm implements Form {
  readonly #texts: ObjectTexts;
  readonly #type: ObjectType;
  readonly #listType: ObjectType;
  readonly #isCustom: boolean;

  constructor(resource: ServedResource, texts: ObjectTexts) {
    const apiVersion = apiVersionOf(resource);
    this.#texts = texts;
    this.#type = { apiVersion, kind: resource.kind };
    this.#listType = { apiVersion, kind: resource.listKind };
    this.#isCustom = isCustom(resource);
  }

  one(object: StoredObject): string {
    return this.#texts.as(object, this.#type);
  }

  list(page: Page): string {
    // Items of built-in kinds have lost their type on the way through Go; custom ones keep it.
    const items = page.objects.map((object) =>
      this.#isCustom ? this.one(object) : this.#texts.of(object)
    );
    return listText(this.#listType, { page, items, hasContinue: this.#isCustom });
  }

  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): string {
    const { apiVersion, kind } = this.#type;
    return JSON.stringify({ kind, apiVersion, metadata: bookmarkMeta(revision, annotations) });
  }
}

/** What a garbage collector or a metadata informer asks for. */
class MetadataForm implements Form {
  static readonly #type = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" };
  static readonly #listType = { ...MetadataForm.#type, kind: "PartialObjectMetadataList" };

  one({ fields: { metadata } }: StoredObject): string {
    const { apiVersion, kind } = MetadataForm.#type;
    return JSON.stringify({ kind, apiVersion, metadata });
  }

  list(page: Page): string {
    const items = page.objects.map((object) => this.one(object));
    return listText(MetadataForm.#listType, { page, items, hasContinue: false });
  }

  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): string {
    const { apiVersion, kind } = MetadataForm.#type;
    return JSON.stringify({ kind, apiVersion, metadata: bookmarkMeta(revision, annotations) });
  }
}

/** What kubectl shows. */
class TableForm implements Form {
  readonly #resource: ServedResource;
  readonly #options: FormOptions;
  /** The first table of a watch alone tells its columns. */
  #hasColumns = true;

  constructor(resource: ServedResource, options: FormOptions) {
    this.#resource = resource;
    this.#options = options;
  }

  one(object: StoredObject): string {
    return this.#table([object]);
  }

  list(page: Page): string {
    return this.#table(page.objects, listMeta(page, { hasContinue: false }));
  }

  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): string {
    return this.#table([], bookmarkMeta(revision, annotations));
  }

  #table(objects: readonly StoredObject[], list?: Readonly<Record<string, unknown>>): string {
    const resource = this.#resource;
    const { now, includeObject } = this.#options;
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    const hasColumns = this.#hasColumns;
    this.#hasColumns = false;
    const table = asTable(objects.map((object) => object.as(type)), {
      resource,
      now: now(),
      hasColumns,
      includeObject,
      ...(list === undefined ? {} : { list }),
    });
    return JSON.stringify(table);
  }
}

interface FormOptions {
  readonly texts: ObjectTexts;
  /** Up to when ages are counted. */
  readonly now: () => Date;
  /** Of a table: what of each object goes with its row. */
  readonly includeObject: IncludeObject;
}

/**
 * The first form of an Accept header that can be had.
 * @throws {ApiError} 406
 */
function formFor(
  accept: string | null,
  resource: ServedResource,
  options: FormOptions,
): Form {
  for (const clause of (accept || "*/*").split(",")) {
    const [type = "", ...parameters] = clause.split(";").map((part) => part.trim());
    if (!["application/json", "application/*", "*/*"].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice("as=".length);
    if (as === undefined) return new WholeForm(resource, options.texts);
    if (as === "Table") return new TableForm(resource, options);
    if (/^PartialObjectMetadata(List)?$/.test(as)) return new MetadataForm();
  }
  throw notAcceptable();
}

function notAcceptable(): ApiError {
  return new ApiError({
    code: 406,
    reason: "NotAcceptable",
    message: "406: Not Acceptable\n\nAvailable representations: application/json",
    details: {},
  });
}

function bookmarkMeta(
  revision: number,
  annotations?: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const resourceVersion = String(revision);
  return annotations === undefined ? { resourceVersion } : { resourceVersion, annotations };
}

function listText(
  { apiVersion, kind }: ObjectType,
  { page, items, hasContinue }: { page: Page; items: readonly string[]; hasContinue: boolean },
): string {
  const metadata = JSON.stringify(listMeta(page, { hasContinue }));
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${metadata},` +
    `"items":[${items.join(",")}]}`;
}

/** @param options.hasContinue whether an empty token is written too */
function listMeta(
  { revision, continueToken, remaining }: Page,
  { hasContinue }: { hasContinue: boolean },
): Record<string, unknown> {
  return {
    resourceVersion: String(revision),
    ...(hasContinue || continueToken !== "" ? { continue: continueToken } : {}),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** @throws {ApiError} 406 for a form that cannot be had */
export function requestedForm(
  { clock, texts }: ApiState,
  { resource, call, query }: Resolved,
): Form {
  return formFor(call.headers.get("accept"), resource, {
    texts,
    now: () => clock.wallNow(),
    includeObject: (query.get("includeObject") || "Metadata") as IncludeObject,
  });
}

/** What of an object goes with its row: the query parameter includeObject. */
type IncludeObject = "None" | "Metadata" | "Object";

interface TableOptions {
  readonly resource: ServedResource;
  /** Ages are counted up to it. */
  readonly now: Date;
  /** The metadata of the list, with resourceVersion and continue. */
  readonly list?: Readonly<Record<string, unknown>>;
  /** Metadata unless given. */
  readonly includeObject?: IncludeObject;
  /** False for all events of a watch but the first. */
  readonly hasColumns?: boolean;
}

/** A meta.k8s.io/v1 Table, as `kubectl get` asks for it; without `list` that of one object. */
export function asTable(objects: readonly KubeObject[], options: TableOptions): unknown {
  const { resource, now, includeObject = "Metadata", hasColumns = true } = options;
  const columns = columnsOf(resource);
  const { resourceVersion = "" } = objects[0]?.metadata ?? {};
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.list ?? { resourceVersion },
    columnDefinitions: hasColumns ? columns.map(definitionOf) : null,
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell({ object, now })),
      object: included(object, includeObject),
    })),
  };
}

/** The server describes each column with the text of its field's documentation; clients ignore it. */
function definitionOf({ name, type, format, priority }: Column): unknown {
  return { name, type, format: format ?? "", description: "", priority: priority ?? 0 };
}

function included(object: KubeObject, includeObject: IncludeObject): unknown {
  switch (includeObject) {
    case "None":
      return null;
    case "Metadata":
      return {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: object.metadata,
      };
    case "Object":
      return object;
  }
}
