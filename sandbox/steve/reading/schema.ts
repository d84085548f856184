/**
 * What does Steve know of one type: its names, its columns and what stands in them?
 * Source: rancher/steve v0.10.2, pkg/schema/converter, pkg/resources/common/dynamiccolumns.go.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { definedResources } from "../../kubernetes/defaults/definition.ts";
import { isCustom, type ServedResource } from "../../kubernetes/discovery/resources.ts";
import { columnsOf } from "../../kubernetes/tables/table_columns.ts";
import type { Fields } from "../../kubernetes/store/stored_object.ts";
import { goFields, goJson, goString } from "./go_json.ts";
import { SteveError } from "./steve_error.ts";

/** As the API server describes it in a table, and where Steve puts its cells. */
interface SteveColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly field: string;
}

export interface Schema {
  /** `configmap`, `apps.deployment`, `example.com.foo`. */
  readonly id: string;
  /** `configmaps`, `apps.deployments`, `example.com.foos`: in URLs. */
  readonly pluralName: string;
  readonly resource: ServedResource;
  readonly columns: readonly SteveColumn[];
  /** Of `metadata.fields`. */
  readonly cells: (object: KubeObject, now: Date) => readonly unknown[];
}

interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

/** Shown where a definition names no columns. */
const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

export function builtInSchema(resource: ServedResource): Schema {
  const columns = columnsOf(resource);
  return {
    ...namesOf(resource),
    resource,
    columns: columns.map(columnAt),
    cells: (object, now) => columns.map(({ cell }) => cell({ object, now })),
  };
}

/** Of the first version that a CustomResourceDefinition serves; undefined: it serves none. */
export function customSchema(definition: KubeObject): Schema | undefined {
  const [resource] = definedResources(definition as Fields);
  if (resource === undefined) return undefined;
  const { versions } = definition["spec"] as unknown as {
    versions: { name: string; additionalPrinterColumns?: readonly PrinterColumn[] }[];
  };
  const { additionalPrinterColumns: printed = [] } =
    versions.find(({ name }) => name === resource.version) ?? {};
  const shown = printed.length === 0 ? [AGE] : printed;
  return {
    ...namesOf(resource),
    resource,
    columns: [{ name: "Name", type: "string", format: "name" }, ...shown.map(described)]
      .map(columnAt),
    cells: (object) => [
      object.metadata.name ?? "",
      ...shown.map((column) => cellOf(column, object)),
    ],
  };
}

/** Without a description of its own a column is described by where it comes from. */
function described(column: PrinterColumn): PrinterColumn {
  const source = `Custom resource definition column (in JSONPath format): ${column.jsonPath}`;
  return { description: source, ...column };
}

/** Whether tables of both have the same columns. */
export function hasSameColumns(one: Schema, other: Schema): boolean {
  return JSON.stringify(one.columns) === JSON.stringify(other.columns);
}

function namesOf({ group, kind, plural }: ServedResource): { id: string; pluralName: string } {
  const prefix = group === "" ? "" : `${group}.`;
  return { id: (prefix + kind).toLowerCase(), pluralName: prefix + plural };
}

function columnAt(
  { name, type, format = "", description = "", priority = 0 }:
    & Pick<PrinterColumn, "name" | "type">
    & Partial<Pick<PrinterColumn, "format" | "description" | "priority">>,
  index: number,
): SteveColumn {
  return { name, type, format, description, priority, field: `$.metadata.fields[${index}]` };
}

function cellOf({ jsonPath, type }: PrinterColumn, object: KubeObject): unknown {
  const value = jsonPath.split(".").filter((part) => part !== "").reduce<unknown>(
    (part, name) => (part as Readonly<Record<string, unknown>> | null | undefined)?.[name],
    object,
  );
  // Dates stay as they are; the one who shows them counts.
  return value ?? (type === "string" || type === "date" ? "" : null);
}

/** JSON. @throws {SteveError} 404 if there is none */
export function schemaBody(schema: Schema | undefined, baseUrl: string): string {
  if (schema === undefined) throw new SteveError("NotFound", "no such schema");
  return `${schemaText(schema, baseUrl)}\n`;
}

/** JSON of all. */
export function schemasBody(schemas: readonly Schema[], baseUrl: string): string {
  const head = `"type":"collection","links":${goJson({ self: `${baseUrl}/v1/schemas` })},` +
    '"actions":{},"resourceType":"schema"';
  return `{${head},"data":[${schemas.map((one) => schemaText(one, baseUrl)).join(",")}]}\n`;
}

/** In the order of the server's struct. */
function schemaText({ id, pluralName, resource, columns }: Schema, baseUrl: string): string {
  const { group, version, kind, plural, namespaced, verbs } = resource;
  const links = {
    collection: `${baseUrl}/v1/${pluralName}`,
    self: `${baseUrl}/v1/schemas/${id}`,
  };
  // The keys of a column have an order of their own.
  const attributes = `"columns":${JSON.stringify(columns)},` + goFields({
    ...(isCustom(resource) ? { crd: true } : {}),
    group,
    kind,
    namespaced,
    resource: plural,
    verbs,
    version,
  });
  return `{"id":${goString(id)},"type":"schema","links":${goJson(links)},` +
    `"pluralName":${goString(pluralName)},"resourceMethods":["GET","DELETE","PUT","PATCH"],` +
    `"resourceFields":null,"collectionMethods":["GET","POST"],"attributes":{${attributes}}}`;
}
