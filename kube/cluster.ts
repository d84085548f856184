/**
 * The Kubernetes API as a port: what commands may ask of a cluster. Implemented over HTTP by
 * http_cluster.ts. Never retries and never limits a rate: what is measured is what was sent.
 * @module
 */

import type { KubeList, KubeObject, ObjectRef } from "./object.ts";
import type { Resource } from "./resource.ts";

export interface CallOptions {
  /** Gives up the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Which connection carries it, modulo their number.
   * @default the next one in turn
   */
  readonly lane?: number;
}

export interface WriteOptions extends CallOptions {
  /** Who owns the written fields; absent: not sent. */
  readonly fieldManager?: string;
  /** Further query parameters. */
  readonly query?: Readonly<Record<string, string>>;
}

/** The four kinds of PATCH. Source: Kubernetes API concepts, "Patches". */
export type PatchType = "merge" | "strategic" | "json" | "apply";

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  /** `apply` only: take over fields of other managers. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

/** Which objects. */
export interface Selection {
  /** Absent or empty: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends CallOptions, Selection {
  /** Most items of a page; absent: all in one. */
  readonly limit?: number;
  /** Token of the page before. */
  readonly continue?: string;
  /** `"0"`: from the watch cache, whatever its age; absent: as fresh as a quorum read. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WatchOptions extends CallOptions, Selection {
  /** Events after this one. */
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  /** How long the server keeps the watch open, whole seconds. */
  readonly timeoutSeconds?: number;
  /** Called when the server has accepted the watch. */
  readonly onOpen?: () => void;
}

/** One line of a watch; an ERROR line is thrown as StatusError instead. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  /** A BOOKMARK's has metadata.resourceVersion only. */
  readonly object: KubeObject;
  /** Length of the line on the wire, uncompressed. */
  readonly bytes: number;
}

/** Any request; for what the typed calls do not cover. */
export interface RawRequest extends CallOptions {
  readonly method: string;
  /** From the root, with the query: `/version`. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface ClusterReader {
  get(resource: Resource, ref: ObjectRef, options?: CallOptions): Promise<KubeObject>;
  /** One page. */
  list(resource: Resource, options?: ListOptions): Promise<KubeList>;
  /**
   * Events until the server ends the watch, the consumer leaves the loop or the signal aborts (then
   * it rejects with its reason).
   * @throws {StatusError} if the watch is refused, and for an ERROR event
   */
  watch(resource: Resource, options?: WatchOptions): AsyncIterable<WatchEvent>;
}

/** The answer to a write that succeeded. */
export interface Written {
  /** As the server has it now; parsed when it is first asked for, because a load never does. */
  readonly object: KubeObject;
}

export interface ClusterWriter {
  /** The object's own namespace counts. */
  create(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<Written>;
  update(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<Written>;
  /** @param patch the body: an object, for `json` an array of operations */
  patch(
    resource: Resource,
    ref: ObjectRef,
    patch: { readonly body: unknown; readonly options: PatchOptions },
  ): Promise<Written>;
  delete(resource: Resource, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  deleteCollection(
    resource: Resource,
    selection: Selection,
    options?: DeleteOptions,
  ): Promise<void>;
}

/**
 * Every call rejects with a {@link StatusError} for an answer other than success, and with another
 * {@link OperationFailedError} for a failed connection.
 */
export interface Cluster extends ClusterReader, ClusterWriter {
  /** @returns the answer's body, parsed if it is JSON */
  request(request: RawRequest): Promise<unknown>;
}
