/**
 * What every part of the stand-in works on.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { resourceName } from "../../kube/resource.ts";
import type { Collection } from "./store/collection.ts";
import type { ServedResource } from "./discovery/resources.ts";
import type { ResourceTable } from "./store/resource_table.ts";
import type { Store } from "./store/store.ts";
import type { StoredObject } from "./store/stored_object.ts";

export interface ApiState {
  readonly store: Store;
  readonly resources: ResourceTable;
  readonly clock: Clock;
  /** For names, uids and the length of watches. */
  readonly rng: Rng;
}

/** Where an object is, or will be. */
export interface Place {
  readonly resource: ServedResource;
  /** Empty for a cluster-scoped resource, and for all namespaces. */
  readonly namespace: string;
}

export function collectionOf({ store }: ApiState, resource: ServedResource): Collection {
  return store.collection(resourceName(resource));
}

export function namespaceNamed({ store }: ApiState, name: string): StoredObject | undefined {
  return store.collection("namespaces").get("", name);
}

/** Whether the object, or the namespace, is on its way out. */
export function isTerminating({ fields }: StoredObject): boolean {
  return fields.metadata.deletionTimestamp !== undefined;
}

/** RFC 3339 in whole seconds, as metadata has it. */
export function timestamp({ clock }: Pick<ApiState, "clock">): string {
  return clock.wallNow().toISOString().replace(/\.\d+Z$/, "Z");
}
