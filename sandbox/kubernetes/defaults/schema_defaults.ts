/**
 * What does the server add to an object of a custom kind? The defaults of its definition, from the top
 * down, so that a default has its own parts filled in as well.
 * Source: Kubernetes, "Custom Resources", defaulting.
 * @module
 */

import type { Schema } from "../discovery/schema.ts";

/** The value with all defaults; the same one where there are none. */
export function withSchemaDefaults(value: unknown, schema: Schema = {}): unknown {
  const { properties, items } = schema;
  if (Array.isArray(value)) {
    return items === undefined ? value : value.map((item) => withSchemaDefaults(item, items));
  }
  if (properties === undefined || typeof value !== "object" || value === null) return value;
  const full: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(properties)) {
    // An explicit null counts as absent where there is a default.
    const given = full[name] ?? property.default;
    if (given !== undefined) full[name] = withSchemaDefaults(given, property);
  }
  return full;
}
