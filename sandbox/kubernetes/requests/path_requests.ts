/**
 * Which document does the server answer at the paths that describe the server itself: discovery,
 * release, OpenAPI? Knows no objects.
 * @module
 */

import { apiVersionOf, resourcePath } from "../../../kube/resource.ts";
import { jsonAnswer, pageNotFound, textAnswer } from "../answers/answers.ts";
import type { ApiCall, ApiState } from "../api_state.ts";
import {
  aggregatedList,
  coreVersions,
  group,
  groupList,
  resourceList,
} from "../discovery/discovery_lists.ts";
import type { ServedResource } from "../discovery/resources.ts";

/** The release that is stood in for; what follows the plus says that this is not it. */
const VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.3+scaletool-sandbox",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "",
};

const AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

interface DocumentOptions {
  /** The request's Accept header. */
  readonly accept: string;
  readonly resources: readonly ServedResource[];
}

/**
 * The document at a path, which may end with a slash; undefined if there is none. Its media type is
 * `documentType`'s.
 */
export function discoveryDocument(path: string, options: DocumentOptions): unknown | undefined {
  const { accept, resources } = options;
  const [root, first = "", second = "", ...rest] = path.replace(/^\/|\/$/g, "").split("/");
  switch (root) {
    case "api": {
      if (first === "") {
        const core = resources.filter((resource) => resource.group === "");
        return isAggregatedAsked(accept) ? aggregatedList(core) : coreVersions(core);
      }
      return second === "" ? resourceList(first, resources) : undefined;
    }
    case "apis": {
      if (first === "") {
        const others = resources.filter((resource) => resource.group !== "");
        return isAggregatedAsked(accept) ? aggregatedList(others) : groupList(others);
      }
      if (second === "") return group(first, resources);
      return rest.length === 0 ? resourceList(`${first}/${second}`, resources) : undefined;
    }
    case "openapi":
      if (first !== "v3") return undefined;
      if (second === "") return path.endsWith("/") ? undefined : openApiIndex(resources);
      return openApiDocument([second, ...rest].join("/"), resources);
    case "version":
      return first === "" ? VERSION : undefined;
    default:
      return undefined;
  }
}

/** The Content-Type of a document: clients take aggregated discovery by it, not by its kind. */
export function documentType(document: unknown): string {
  return document instanceof Object && "kind" in document &&
      document.kind === "APIGroupDiscoveryList"
    ? AGGREGATED_TYPE
    : "application/json";
}

/** Whether the first media type of the header that the server has is the aggregated one. */
function isAggregatedAsked(accept: string): boolean {
  const asked = accept.split(",").map((type) => type.replaceAll(/\s/g, ""));
  const first = asked.find((type) =>
    isAggregated(type) ||
    ["application/json", "application/*", "*/*"].includes(type.split(";q=")[0]!)
  );
  return first !== undefined && isAggregated(first);
}

function isAggregated(type: string): boolean {
  const [name, ...parameters] = type.split(";");
  return name === "application/json" &&
    ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"]
      .every((parameter) => parameters.includes(parameter));
}

const HEALTH = /^\/(healthz|livez|readyz)\/?/;

/** Answers the paths that lead to no resource: health, discovery, release, OpenAPI. */
export function answerPath(state: ApiState, call: ApiCall, url: URL): Response {
  const { pathname, searchParams } = url;
  const [, probe] = HEALTH.exec(pathname) ?? [];
  if (probe !== undefined) {
    return textAnswer(
      searchParams.has("verbose") ? `[+]ping ok\n${probe} check passed\n` : "ok",
    );
  }
  const document = discoveryDocument(pathname, {
    accept: call.headers.get("accept") ?? "",
    resources: state.resources.all(),
  });
  if (document === undefined) return pageNotFound();
  return jsonAnswer(JSON.stringify(document), { contentType: documentType(document) });
}

const INFO = { openapi: "3.0.0", info: { title: "scaletool sandbox", version: "v1" } };

/**
 * `/openapi/v3`: where the document of each group version is. It is as much of OpenAPI as makes kubectl
 * send its requests: whether a kind can be patched, and whether the server validates fields. No schema
 * is described, so `kubectl explain` finds none, and kubectl takes the merge keys for its patches from
 * the types that it was built with.
 */
function openApiIndex(resources: readonly ServedResource[]): unknown {
  const paths = new Set(resources.map((resource) => versionPath(resource)));
  return {
    paths: Object.fromEntries(
      // The server's links carry a hash of the document; clients only follow them.
      [...paths].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]),
    ),
  };
}

/** `/openapi/v3/apis/apps/v1`, the path without its first two parts; undefined if not served. */
function openApiDocument(
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
