/**
 * What does a CustomResourceDefinition say: which resources it adds, and how it shows that they are
 * there? Pure; who serves them is elsewhere.
 * Source: Kubernetes API reference, CustomResourceDefinition; as seen on kube-apiserver 1.36.
 * @module
 */

import { type Resource, resourceName } from "../../../kube/resource.ts";
import { ALL_VERBS, type ServedResource } from "../discovery/resources.ts";
import type { Schema } from "../discovery/schema.ts";
import { partOf } from "./pod_defaults.ts";
import type { Fields } from "../store/stored_object.ts";

export const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
/** Holds a definition until its objects are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

interface Names {
  readonly plural: string;
  readonly kind: string;
  readonly singular?: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: Readonly<Record<string, unknown>>;
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

interface Spec {
  readonly group: string;
  readonly scope: string;
  readonly names: Names;
  readonly versions: readonly Version[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** With the names that follow from its kind. */
export function defaultDefinition(resource: Resource, fields: Fields): Fields {
  if (resourceName(resource) !== DEFINITIONS) return fields;
  const spec = specOf(fields);
  const { names, versions } = spec;
  const singular = names.singular || names.kind.toLowerCase();
  const listKind = names.listKind || `${names.kind}List`;
  const stored = versions.filter(({ storage }) => storage).map(({ name }) => name);
  return {
    ...fields,
    spec: { conversion: { strategy: "None" }, ...spec, names: { ...names, singular, listKind } },
    ...(fields["status"] === undefined
      ? {
        status: {
          conditions: null,
          acceptedNames: { plural: "", kind: "" },
          storedVersions: stored,
        },
      }
      : {}),
  } as Fields;
}

/** One for each version that is served. */
export function definedResources(fields: Fields): ServedResource[] {
  const { group, scope, names, versions } = specOf(fields);
  return versions.filter(({ served }) => served).map((version) => ({
    group,
    version: version.name,
    plural: names.plural,
    kind: names.kind,
    namespaced: scope === "Namespaced",
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    verbs: ALL_VERBS,
    subresources: Object.keys(version.subresources ?? {}).sort(),
    categories: names.categories ?? [],
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.slice(1)),
    schema: version.schema?.openAPIV3Schema ?? {},
  }));
}

/** Served, and said to be. */
export function establishedStatus(fields: Fields, now: string): Record<string, unknown> {
  return {
    ...partOf(fields["status"]),
    conditions: [
      condition(now, "NamesAccepted", ["NoConflicts", "no conflicts found"]),
      condition(now, "Established", [
        "InitialNamesAccepted",
        "the initial names have been accepted",
      ]),
    ],
    acceptedNames: specOf(fields).names,
  };
}

export function isEstablished({ status }: Fields): boolean {
  const { conditions } = partOf(status) as { conditions?: readonly Condition[] | null };
  return conditions?.some(({ type, status }) => type === "Established" && status === "True") ??
    false;
}

/** Deleted, while its objects are being deleted. */
export function terminatingStatus(fields: Fields, now: string): Record<string, unknown> {
  const status = partOf(fields["status"]);
  const { conditions } = status as { conditions?: readonly Condition[] | null };
  const message =
    "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
  const terminating = condition(now, "Terminating", ["InstanceDeletionPending", message]);
  return { ...status, conditions: [...conditions ?? [], terminating] };
}

function specOf({ spec }: Fields): Spec {
  return spec as unknown as Spec;
}

function condition(
  lastTransitionTime: string,
  type: string,
  [reason, message]: readonly [string, string],
): Condition {
  return { type, status: "True", lastTransitionTime, reason, message };
}
