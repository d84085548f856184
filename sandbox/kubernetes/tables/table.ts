/**
 * How do objects look as a table for people, as `kubectl get` asks for it?
 * Source: Kubernetes API concepts, "Receiving resources as Tables"; apimachinery, meta/v1 Table.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { type Column, columnsOf } from "./table_columns.ts";

/** What of an object goes with its row: the query parameter includeObject. */
export type IncludeObject = "None" | "Metadata" | "Object";

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

/** A meta.k8s.io/v1 Table; without `list` that of one object. */
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
