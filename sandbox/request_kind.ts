/**
 * What is a request for, seen from a load test: getting ready, or one of the things that load is made
 * of? Knows no resources and answers nothing.
 * @module
 */

import type { ApiCall } from "./kubernetes/api_state.ts";
import { isResourceRequest, requestInfo } from "./kubernetes/request_info.ts";

export const REQUEST_KINDS = [
  "creates",
  "updates",
  "deletes",
  "watches",
  "lists",
  "gets",
  "preparation",
] as const;

/**
 * `updates` are PUT and PATCH, `deletes` also those of collections. `preparation` is what asks
 * about the server and not about objects, what a run keeps its books with, and what only tries:
 * discovery, reviews, everything about namespaces and Leases (run records), flow schemas, endpoints
 * of the API servers, dry runs.
 */
export type RequestKind = typeof REQUEST_KINDS[number];

/** One request, understood. */
export interface SeenRequest {
  readonly kind: RequestKind;
  /** As RBAC has it; of other paths the method in lower case. */
  readonly verb: string;
  /** `configmaps`, `flunders.wardle.example.com`, or a path such as `/version`. */
  readonly resource: string;
  readonly plural: string;
  readonly group: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const KIND_OF_VERB: Readonly<Record<string, RequestKind>> = {
  create: "creates",
  update: "updates",
  patch: "updates",
  delete: "deletes",
  deletecollection: "deletes",
  watch: "watches",
  list: "lists",
  get: "gets",
};

const PREPARING_GROUPS: ReadonlySet<string> = new Set([
  "authentication.k8s.io",
  "authorization.k8s.io",
  "flowcontrol.apiserver.k8s.io",
]);
const PREPARING_RESOURCES: ReadonlySet<string> = new Set([
  "namespaces",
  "endpoints",
  "endpointslices.discovery.k8s.io",
  "leases.coordination.k8s.io",
]);

export function seen({ method, path }: Pick<ApiCall, "method" | "path">): SeenRequest {
  const url = new URL(path, "https://sandbox");
  const info = requestInfo(method, url);
  if (!isResourceRequest(info)) {
    const { verb, path: resource } = info;
    return { ...NOWHERE, kind: "preparation", verb, resource };
  }
  const { verb, group, plural, namespace, name } = info;
  const resource = group === "" ? plural : `${plural}.${group}`;
  const isPreparing = PREPARING_GROUPS.has(group) || PREPARING_RESOURCES.has(resource) ||
    url.searchParams.has("dryRun");
  const kind = isPreparing ? "preparation" : KIND_OF_VERB[verb] ?? "preparation";
  return { kind, verb, resource, plural, group, namespace, name };
}

const NOWHERE = { plural: "", group: "", namespace: undefined, name: undefined };
