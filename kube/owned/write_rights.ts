/** What making objects and removing them again asks of a cluster. @module */

import type { NeededRight } from "../kubernetes_command.ts";
import type { Resource } from "../resource.ts";

const VERBS = ["create", "list", "delete", "deletecollection"];

/** Of one kind; a cluster-scoped one is in no namespace. */
export function writeRights(kind: Resource, namespaces: readonly string[]): NeededRight[] {
  if (!kind.namespaced) return VERBS.map((verb) => ({ verb, kind }));
  return namespaces.flatMap((namespace) => VERBS.map((verb) => ({ verb, kind, namespace })));
}
