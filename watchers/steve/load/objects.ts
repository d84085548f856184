/**
 * What does the stress test put on the cluster? The three types that are watched, their objects, and
 * the two forms of the custom resource's definition. Builds objects; sends nothing.
 * @module
 */

import { CONFIG_MAPS, type Resource, resourceName, SECRETS } from "../../../kube/resource.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import type { SteveType } from "../written_event.ts";

export const FOOS: Resource = {
  group: "example.com",
  version: "v1",
  plural: "foos",
  kind: "Foo",
  namespaced: false,
};

export const FOO_TYPE: SteveType = "example.com.foos";
/** How Steve names the schema of the custom resource: singular. */
export const FOO_SCHEMA_ID = "example.com.foo";
export const CRD_NAME = resourceName(FOOS);

/** Every type that can be churned, in the order of the original. */
export const CHURNED_TYPES: ReadonlyMap<SteveType, Resource> = new Map([
  ["configmaps", CONFIG_MAPS],
  ["secrets", SECRETS],
  [FOO_TYPE, FOOS],
]);

/** As in the original: 1,024,000 characters of base64. */
export const DEFAULT_PAYLOAD_BYTES = 768_000;
/** The API server takes 1 MiB of values in one ConfigMap; base64 makes four characters of 3 bytes. */
export const MOST_PAYLOAD_BYTES = 786_432;

const PAYLOAD_KEY = "1m";

/** Base64 of so many times the letter a. */
export function payloadText(bytes: number): string {
  return "YWFh".repeat(Math.floor(bytes / 3)) + ["", "YQ==", "YWE="][bytes % 3];
}

interface ObjectSetOptions {
  readonly runId: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of ConfigMaps and Secrets, before base64; 0: they hold nothing. */
  readonly payloadBytes: number;
}

/** The objects of a run by their number; each number is used once, so that each name has one owner. */
export class ObjectSet {
  readonly #options: ObjectSetOptions;
  readonly #data: Readonly<Record<string, string>>;
  /** Object 0 of each type is the one that set-up makes and that stays. */
  #last = 0;

  constructor(options: ObjectSetOptions) {
    this.#options = options;
    const { payloadBytes } = options;
    this.#data = payloadBytes === 0 ? {} : { [PAYLOAD_KEY]: payloadText(payloadBytes) };
  }

  /** A number that no object has yet. */
  next(): number {
    return ++this.#last;
  }

  /** Where object `index` of a type is: `<run id>-<index>`. */
  ref({ namespaced }: Resource, index: number): ObjectRef {
    const { runId, namespace } = this.#options;
    const name = `${runId}-${index}`;
    return namespaced ? { namespace, name } : { name };
  }

  /** A Foo has no payload, as in the original. A Secret's is decoded by the API server. */
  make(resource: Resource, index: number): KubeObject {
    const { labels } = this.#options;
    const metadata = { ...this.ref(resource, index), labels };
    if (resource === FOOS) return { apiVersion: "example.com/v1", kind: "Foo", metadata };
    const { kind } = resource;
    const secretType = resource === SECRETS ? { type: "Opaque" } : {};
    return { apiVersion: "v1", kind, metadata, ...secretType, data: this.#data };
  }
}

/** `A` prints the name in a column of its own, `B` what every kind prints: its age. */
export type CrdVariant = "A" | "B";

/** What Steve has as columns of Foo; a change of them is what makes it drop its copy of the type. */
export const COLUMNS: Readonly<Record<CrdVariant, readonly string[]>> = {
  A: ["Name", "Name"],
  B: ["Name", "Age"],
};

function versionOf(variant: CrdVariant) {
  const columns = [{ name: "Name", type: "string", jsonPath: ".metadata.name" }];
  return {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: "object" } },
    ...(variant === "A" ? { additionalPrinterColumns: columns } : {}),
  };
}

export function crd(
  variant: CrdVariant,
  { labels }: { labels: Readonly<Record<string, string>> },
): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: CRD_NAME, labels },
    spec: {
      group: "example.com",
      names: { kind: "Foo", listKind: "FooList", plural: "foos", singular: "foo" },
      scope: "Cluster",
      versions: [versionOf(variant)],
    },
  };
}

/** The body of a merge patch: an array is replaced as a whole, and no resourceVersion is needed. */
export function crdPatch(variant: CrdVariant): unknown {
  return { spec: { versions: [versionOf(variant)] } };
}
