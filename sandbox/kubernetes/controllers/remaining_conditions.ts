/**
 * What does a Terminating namespace say about what holds it?
 * Source: kubernetes/pkg/controller/namespace/deletion/status_condition_utils.go.
 * @module
 */

import { resourceName } from "../../../kube/resource.ts";
import type { ServedResource } from "../discovery/resources.ts";
import type { StoredObject } from "../store/stored_object.ts";

interface Remaining {
  readonly resource: ServedResource;
  readonly object: StoredObject;
}

const FINE = [
  [
    "NamespaceDeletionDiscoveryFailure",
    "ResourcesDiscovered",
    "All resources successfully discovered",
  ],
  [
    "NamespaceDeletionGroupVersionParsingFailure",
    "ParsedGroupVersions",
    "All legacy kube types successfully parsed",
  ],
  [
    "NamespaceDeletionContentFailure",
    "ContentDeleted",
    "All content successfully deleted, may be waiting on finalization",
  ],
] as const;

/** @param left not empty */
export function remainingConditions(left: readonly Remaining[], now: string): unknown[] {
  const kinds = Map.groupBy(left, ({ resource }) => resourceName(resource));
  const content = [...kinds].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, objects]) => `${kindText(kind)} has ${objects.length} resource instances`);
  const holders = Map.groupBy(
    left.flatMap(({ object }) => object.fields.metadata.finalizers ?? []),
    (finalizer) => finalizer,
  );
  const finalizers = [...holders].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([finalizer, all]) => `${finalizer} in ${all.length} resource instances`);
  const said = (message: string, type: string, reason: string, status: string) => ({
    type,
    status,
    lastTransitionTime: now,
    reason,
    message,
  });
  return [
    ...FINE.map(([type, reason, message]) => said(message, type, reason, "False")),
    said(
      `Some resources are remaining: ${content.join(", ")}`,
      "NamespaceContentRemaining",
      "SomeResourcesRemain",
      "True",
    ),
    said(
      `Some content in the namespace has finalizers remaining: ${finalizers.join(", ")}`,
      "NamespaceFinalizersRemaining",
      "SomeFinalizersRemain",
      "True",
    ),
  ];
}

/** With the dot that the real server puts after resources of the core group too. */
function kindText(kind: string): string {
  return kind.includes(".") ? kind : `${kind}.`;
}
