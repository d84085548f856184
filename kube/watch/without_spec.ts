/** What a watch of thousands of objects keeps of each: who it is and how it is. @module */

import type { KubeObject, ObjectMeta } from "../object.ts";

/** Without its spec and without who wrote what: a Job of 4 KB is one of a few hundred bytes then. */
export function withoutSpec({ metadata, ...object }: KubeObject): KubeObject {
  const { managedFields: _, ...kept } = metadata as ObjectMeta & {
    readonly managedFields?: unknown;
  };
  const { annotations = {} } = kept;
  const { [LAST_APPLIED]: applied, ...others } = annotations;
  return {
    metadata: applied === undefined ? kept : { ...kept, annotations: others },
    status: object["status"],
  };
}

/** The whole object once more, as kubectl writes it. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
