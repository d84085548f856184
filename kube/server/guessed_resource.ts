/**
 * Under which path is a kind probably served, when no server can be asked?
 * @module
 */

import type { Resource } from "../resource.ts";
import type { KindName } from "./discovery.ts";

/** Source: apimachinery, pkg/api/meta/restmapper.go, UnsafeGuessKindToResource. */
export function guessedResource({ apiVersion, kind }: KindName): Resource {
  const slash = apiVersion.indexOf("/");
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("s")
    ? `${singular}es`
    : singular.endsWith("y")
    ? `${singular.slice(0, -1)}ies`
    : `${singular}s`;
  return {
    group: apiVersion.slice(0, Math.max(0, slash)),
    version: apiVersion.slice(slash + 1),
    plural,
    kind,
    namespaced: true,
  };
}
