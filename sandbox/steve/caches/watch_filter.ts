/**
 * Which events does a subscription concern? Those of an object that fits now or did before.
 * Source: rancher/steve v0.10.2, pkg/sqlcache/informer/informer.go (WatchFilter), pkg/stores/sqlproxy.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { labelSelector } from "../../kubernetes/selectors/selectors.ts";
import type { SubscriptionKey } from "../sockets/subscribe_request.ts";
import type { CacheEvent } from "./type_cache.ts";

export type WatchFilter = (event: CacheEvent) => boolean;

/** @throws {BadSelectorError} */
export function watchFilter(
  { id, namespace, selector }: Pick<SubscriptionKey, "id" | "namespace" | "selector">,
): WatchFilter {
  const chooses = labelSelector(selector);
  const slash = id.lastIndexOf("/");
  const wantedNamespace = slash > 0 ? id.slice(0, slash) : namespace;
  const isOne = (object: KubeObject | undefined) => {
    if (object === undefined) return false;
    const { metadata } = object;
    // The server compares the whole id with the name alone: `ns/name` fits nothing.
    if (id !== "" && id !== metadata.name) return false;
    if (wantedNamespace !== "" && wantedNamespace !== metadata.namespace) return false;
    return chooses(metadata.labels);
  };
  return ({ object, previous }) => isOne(previous) || isOne(object);
}
