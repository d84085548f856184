/**
 * What does a request ask for, by its method and path alone? Knows no resources.
 * Source: apiserver, pkg/endpoints/request/requestinfo.go.
 * @module
 */

import { ownValue } from "../../core/named_values.ts";

type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";

/** A path below `/api/V` or `/apis/G/V` that names a resource. */
export interface ResourceRequest {
  readonly verb: Verb | "";
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Undefined: all namespaces, or a resource without. */
  readonly namespace: string | undefined;
  /** Undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Any other path: `/version`, `/apis`. */
export interface PathRequest {
  readonly verb: string;
  readonly path: string;
}

const VERBS: Readonly<Record<string, Verb>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** What can follow the name of a namespace without being a resource in it. */
const NAMESPACE_SUBRESOURCES = ["status", "finalize"];

/** @param query decides between list and watch */
export function requestInfo(
  method: string,
  { pathname, searchParams }: Pick<URL, "pathname" | "searchParams">,
): ResourceRequest | PathRequest {
  const parts = pathname.split("/").filter((part) => part !== "").map(decoded);
  const [root, ...rest] = parts;
  const isCore = root === "api";
  const named = isCore ? rest.length >= 2 : root === "apis" && rest.length >= 3;
  if (!named) return { verb: method.toLowerCase(), path: pathname };
  const [group, version, ...tail] = isCore ? ["", ...rest] : rest;
  return resourceRequest(ownValue(VERBS, method) ?? "", {
    group: group!,
    version: version!,
    tail,
    isWatch: isTrue(searchParams.get("watch")),
  });
}

export function isResourceRequest(
  request: ResourceRequest | PathRequest,
): request is ResourceRequest {
  return "plural" in request;
}

/** As Go reads a boolean query parameter: present without a value is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

interface Place {
  readonly group: string;
  readonly version: string;
  readonly tail: readonly string[];
  readonly isWatch: boolean;
}

function resourceRequest(
  verb: Verb | "",
  { group, version, tail, isWatch }: Place,
): ResourceRequest {
  // The old form of a watch: /api/v1/watch/namespaces/NS/pods.
  const isOldWatch = tail[0] === "watch" && tail.length > 1;
  const { namespace, words } = placed(isOldWatch ? tail.slice(1) : tail);
  const [plural = "", name, subresource] = words;
  const place = { group, version, plural, namespace, name, subresource };
  if (isOldWatch) return { ...place, verb: "watch" };
  if (name !== undefined) return { ...place, verb };
  if (verb === "get") return { ...place, verb: isWatch ? "watch" : "list" };
  return { ...place, verb: verb === "delete" ? "deletecollection" : verb };
}

/** `namespaces/NS/pods/...` is in a namespace; `namespaces/NS` is one. */
function placed(
  tail: readonly string[],
): { namespace: string | undefined; words: readonly string[] } {
  const [first, namespace, third] = tail;
  if (first !== "namespaces" || namespace === undefined) {
    return { namespace: undefined, words: tail };
  }
  if (third === undefined || NAMESPACE_SUBRESOURCES.includes(third)) {
    return { namespace, words: tail };
  }
  return { namespace, words: tail.slice(2) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
