/**
 * What every part of the stand-in works on, and what it gets to see of one request: the one who holds the
 * sockets fills that in.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { resourceName } from "../../kube/resource.ts";
import type { User } from "../../kube/server/access.ts";
import type { ResourceRequest } from "./request_info.ts";
import type { Collection } from "./store/collection.ts";
import type { ServiceAccountTokens } from "./tokens/service_account_tokens.ts";
import type { ServedResource } from "./discovery/resources.ts";
import type { ObjectTexts } from "./store/object_texts.ts";
import type { ResourceTable } from "./store/resource_table.ts";
import type { Store } from "./store/store.ts";
import type { StoredObject } from "./store/stored_object.ts";

export interface ApiState {
  readonly store: Store;
  readonly texts: ObjectTexts;
  readonly resources: ResourceTable;
  readonly clock: Clock;
  /** For names, uids and the length of watches. */
  readonly rng: Rng;
  readonly tokens: ServiceAccountTokens;
  /** Whether metadata.managedFields are kept. */
  readonly tracksManagers: boolean;
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

export type { User };

/** One request, after authentication. */
export interface ApiCall {
  readonly method: string;
  /** From the root, with the query: `/api/v1/namespaces?limit=1`. */
  readonly path: string;
  readonly headers: Headers;
  /** Empty if there is none; of Protobuf each character is one byte: see request_body.ts. */
  readonly body: string;
  readonly user: User;
  /** Aborts when the client has gone; it ends a watch. */
  readonly signal: AbortSignal;
}

/** A request whose resource is served, with all that its path and query say. */
export interface Resolved extends Place {
  readonly call: ApiCall;
  readonly query: URLSearchParams;
  readonly verb: ResourceRequest["verb"];
  /** Undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}
