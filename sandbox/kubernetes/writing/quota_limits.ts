/**
 * Which counts does a ResourceQuota limit?
 * Source: Kubernetes, "Resource Quotas", table of object counts.
 * @module
 */

import { partOf } from "../defaults/pod_defaults.ts";
import type { StoredObject } from "../store/stored_object.ts";

export interface CountLimit {
  /** As the quota names it: `count/configmaps`, `pods`. */
  readonly key: string;
  /** As the store names it: `configmaps`, `deployments.apps`. */
  readonly kind: string;
  readonly most: number;
}

/** Kinds that can be named without `count/`. */
const PLAIN = [
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "resourcequotas",
  "secrets",
  "services",
];
const COUNT = "count/";

/** In the order of their keys. */
export function resourceLimits({ fields: { spec } }: StoredObject): CountLimit[] {
  return Object.entries(partOf(partOf(spec)["hard"])).sort().flatMap(([key, most]) => {
    const kind = key.startsWith(COUNT) ? key.slice(COUNT.length) : key;
    if (kind === key && !PLAIN.includes(key)) return [];
    return [{ key, kind, most: Number(most) }];
  });
}
