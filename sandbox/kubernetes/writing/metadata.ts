/**
 * What of an object's metadata may a client write, and what does the server keep for itself?
 * Source: apiserver, pkg/registry/rest/create.go and update.go.
 * @module
 */

import type { Rng } from "../../../core/load/rng.ts";
import type { KubeObject, ObjectMeta } from "../../../kube/object.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { managed } from "../patches/patches.ts";
import type { Fields } from "../store/stored_object.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";

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

/** Without vowels and look-alikes, so that no words come about. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const LONGEST_BASE = 63 - SUFFIX_LENGTH;

export function generatedName(base: string, rng: Rng): string {
  return base.slice(0, LONGEST_BASE) + suffix(rng);
}

function suffix(rng: Rng): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[rng.integerBelow(ALPHABET.length)])
    .join("");
}

/** Of version 4. Source: RFC 9562, section 5.4. */
export function uuid(rng: Rng): string {
  const hex = (bits: number) => rng.integerBelow(2 ** bits).toString(16).padStart(bits / 4, "0");
  const variant = (8 + rng.integerBelow(4)).toString(16);
  return `${hex(32)}-${hex(16)}-4${hex(12)}-${variant}${hex(12)}-${hex(48)}`;
}

interface Writer {
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

/** With metadata.managedFields as they are after the write: who has written which field. */
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
