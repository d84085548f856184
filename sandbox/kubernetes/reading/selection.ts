/**
 * Which objects of a collection does a request concern?
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { badRequest } from "../answers/api_error.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { fieldSelector } from "../selectors/field_selector.ts";
import { BadSelectorError, labelSelector } from "../selectors/label_selector.ts";
import type { StoredObject } from "../store/stored_object.ts";

export interface ObjectFilter {
  /** Empty: all. */
  readonly namespace: string;
  /** Whether both selectors are empty, so that nobody has to look. */
  readonly isAll: boolean;
  /** By the selectors; the namespace is the caller's business. */
  matches(object: StoredObject): boolean;
}

/** @throws {ApiError} 400 for a selector that cannot be used */
export function selectionOf(
  resource: ServedResource,
  { namespace = "", labels, fields, name }: {
    namespace?: string | undefined;
    labels: string;
    fields: string;
    /** The only object, if given. */
    name?: string | undefined;
  },
): ObjectFilter {
  const byName = name === undefined ? "" : `metadata.name=${name}`;
  const fieldText = [fields, byName].filter((text) => text !== "").join(",");
  if (labels === "" && fieldText === "") return { namespace, isAll: true, matches: () => true };
  try {
    const byLabels = labelSelector(labels);
    const byFields = fieldText === "" ? undefined : fieldSelector(fieldText, { resource });
    return {
      namespace,
      isAll: false,
      matches: ({ fields }) =>
        byLabels(fields.metadata.labels) && (byFields?.(fields as KubeObject) ?? true),
    };
  } catch (error) {
    if (error instanceof BadSelectorError) throw badRequest(error.message);
    throw error;
  }
}
