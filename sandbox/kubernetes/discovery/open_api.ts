/**
 * As much of OpenAPI v3 as makes kubectl send its requests: it looks up whether a kind can be patched
 * and whether the server validates fields. Describes no schema, so `kubectl explain` finds none, and
 * kubectl takes the merge keys for its patches from the types that it was built with.
 * @module
 */

import { apiVersionOf, resourcePath } from "../../../kube/resource.ts";
import type { ServedResource } from "./resources.ts";

const INFO = { openapi: "3.0.0", info: { title: "scaletool sandbox", version: "v1" } };

/** `/openapi/v3`: where the document of each group version is. */
export function openApiIndex(resources: readonly ServedResource[]): unknown {
  const paths = new Set(resources.map((resource) => versionPath(resource)));
  return {
    paths: Object.fromEntries(
      // The server's links carry a hash of the document; clients only follow them.
      [...paths].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]),
    ),
  };
}

/** `/openapi/v3/apis/apps/v1`, the path without its first two parts; undefined if not served. */
export function openApiDocument(
  path: string,
  resources: readonly ServedResource[],
): unknown | undefined {
  const ofVersion = resources.filter((resource) => versionPath(resource) === path);
  if (ofVersion.length === 0) return undefined;
  return { ...INFO, paths: Object.fromEntries(ofVersion.map(objectPath)), components: {} };
}

function versionPath(resource: ServedResource): string {
  const apiVersion = apiVersionOf(resource);
  return resource.group === "" ? `api/${apiVersion}` : `apis/${apiVersion}`;
}

function objectPath(resource: ServedResource): [path: string, operations: unknown] {
  const { group, version, kind, namespaced } = resource;
  const template = { ...(namespaced ? { namespace: "{namespace}" } : {}), name: "{name}" };
  return [decodeURIComponent(resourcePath(resource, template)), {
    patch: {
      parameters: [{
        name: "fieldValidation",
        in: "query",
        schema: { type: "string", uniqueItems: true },
      }],
      // Strategic merge patches are left out although they are served: a client that read of them
      // here would look for merge keys in a schema.
      requestBody: { content: { "application/merge-patch+json": {} } },
      responses: {},
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": { group, version, kind },
    },
  }];
}
