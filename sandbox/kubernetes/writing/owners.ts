/**
 * Who has written which field? Keeps metadata.managedFields in what is stored.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { tidy } from "./metadata.ts";
import { managed } from "../patches/patches.ts";
import type { ServedResource } from "../discovery/resources.ts";
import type { Fields } from "../store/stored_object.ts";

export interface Writer {
  readonly resource: ServedResource;
  readonly manager: string;
  /** An apply patch has set its own entry already. */
  readonly operation: "Update" | "Apply";
  /** RFC 3339. */
  readonly time: string;
  /** `status`; undefined: the object itself. */
  readonly subresource?: string | undefined;
  /** Undefined: the object is new. */
  readonly previous?: Fields;
}

export function withOwners(fields: Fields, writer: Writer): Fields {
  const { resource, manager, operation, time, subresource, previous } = writer;
  const next = managed(previous as KubeObject | undefined, fields as KubeObject, {
    resource,
    manager,
    operation,
    time,
    ...(subresource === undefined ? {} : { subresource }),
  });
  return { ...next, metadata: tidy({ ...next.metadata }) };
}
