/**
 * How does Steve describe a type to its clients? What a table of it has for columns is in its
 * attributes.
 * Source: rancher/apiserver v0.10.0, pkg/store/schema; rancher/steve v0.10.2, pkg/attributes.
 * @module
 */

import { isCustom } from "../../kubernetes/discovery/resources.ts";
import { goFields, goJson, goString } from "./go_json.ts";
import type { Schema } from "./schema.ts";
import { SteveError } from "./steve_error.ts";

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
