/**
 * Which types does Steve know? The built-in ones, and those of definitions as they were at the last
 * refresh, which comes a moment after each change of a definition.
 * Source: rancher/steve v0.10.2, pkg/controllers/schema/schemas.go, pkg/sqlcache/schematracker.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { BUILT_IN_RESOURCES } from "../../kubernetes/discovery/resources.ts";
import { builtInSchema, customSchema, hasSameColumns, type Schema } from "./schema.ts";

const BUILT_IN: readonly Schema[] = BUILT_IN_RESOURCES.map(builtInSchema);

export class SchemaTable {
  readonly #byId = new Map<string, Schema>();
  readonly #byName = new Map<string, Schema>();

  constructor() {
    this.#fill(BUILT_IN);
  }

  /** @param name singular or plural, in any case */
  lookup(name: string): Schema | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  all(): readonly Schema[] {
    return [...this.#byId.values()];
  }

  /** @returns the ids of the types whose columns are others than before, or that are gone */
  refresh(definitions: Iterable<KubeObject>): string[] {
    const before = new Map(this.#byId);
    const custom = [...definitions].flatMap((definition) => customSchema(definition) ?? []);
    this.#fill([...BUILT_IN, ...custom]);
    return [...before].filter(([id, old]) => {
      const schema = this.#byId.get(id);
      return schema === undefined || !hasSameColumns(schema, old);
    }).map(([id]) => id);
  }

  #fill(schemas: readonly Schema[]): void {
    this.#byId.clear();
    this.#byName.clear();
    for (const schema of schemas) {
      this.#byId.set(schema.id, schema);
      this.#byName.set(schema.pluralName.toLowerCase(), schema);
    }
    for (const schema of schemas) this.#byName.set(schema.id.toLowerCase(), schema);
  }
}
