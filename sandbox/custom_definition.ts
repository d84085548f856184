/**
 * The CustomResourceDefinition of a kind: what it says of itself is a file of data beside those who use
 * the kind.
 * @module
 */

import type { KubeObject } from "../kube/object.ts";
import {
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  type Resource,
  resourceName,
} from "../kube/resource.ts";
import type { Schema } from "./kubernetes/discovery/schema.ts";

interface DefinitionTraits {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly categories?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly otherVersions?: readonly string[];
  readonly schema: Schema;
}

/** The version of the resource is the one in which its objects are kept. */
export function customDefinition(
  resource: Resource,
  { annotations, categories = [], shortNames = [], otherVersions = [], schema }: DefinitionTraits,
): KubeObject {
  const { group, plural, kind, namespaced, version } = resource;
  const hasStatus = schema.properties?.["status"] !== undefined;
  return {
    apiVersion: apiVersionOf(CUSTOM_RESOURCE_DEFINITIONS),
    kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
    metadata: {
      name: resourceName(resource),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      names: { plural, kind, categories, shortNames },
      versions: [version, ...otherVersions].map((name) => ({
        name,
        served: true,
        storage: name === version,
        schema: { openAPIV3Schema: schema },
        ...(hasStatus ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}
