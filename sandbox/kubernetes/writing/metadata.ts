/**
 * What of an object's metadata may a client write, and what does the server keep for itself?
 * Source: apiserver, pkg/registry/rest/create.go and update.go.
 * @module
 */

import type { ObjectMeta } from "../../../kube/object.ts";

/** With what only the server, or only some clients, look at. */
export interface FullMeta extends ObjectMeta {
  readonly generation?: number;
  readonly deletionGracePeriodSeconds?: number;
  readonly managedFields?: readonly unknown[];
  readonly ownerReferences?: readonly { readonly uid: string }[];
}

type Meta = Readonly<Record<string, unknown>>;

/** In the order in which the server writes them; what is not named is no field of metadata. */
const ORDER = [
  "name",
  "generateName",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

/** Known fields that have a value, in order: Go leaves empty ones out. */
export function tidy(metadata: Meta): FullMeta {
  const entries = ORDER.map((field) => [field, metadata[field]] as const)
    .filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as FullMeta;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** @param own what the server decides about a new object */
export function newMeta(
  given: ObjectMeta,
  own: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly generation: number | undefined;
    /** Of an apply patch. */
    readonly managedFields?: FullMeta["managedFields"];
  },
): FullMeta {
  return tidy({
    ...given,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    resourceVersion: undefined,
    managedFields: undefined,
    ...own,
  });
}

/**
 * What an update leaves as it was.
 * @param options.isApply the wanted state has its managers already
 */
export function keptMeta(
  wanted: ObjectMeta,
  current: ObjectMeta,
  { isApply }: { isApply: boolean },
): FullMeta {
  const before = current as FullMeta;
  return tidy({
    ...wanted,
    name: before.name,
    namespace: before.namespace,
    uid: before.uid,
    resourceVersion: before.resourceVersion,
    creationTimestamp: before.creationTimestamp,
    deletionTimestamp: before.deletionTimestamp,
    deletionGracePeriodSeconds: before.deletionGracePeriodSeconds,
    generation: before.generation,
    managedFields: (isApply ? wanted as FullMeta : before).managedFields,
  });
}
