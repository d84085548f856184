/**
 * The Kubernetes API with answers that hold metadata alone: of a 1 MB object the server then sends
 * some hundred bytes, for its create as well as for each event of a watch. Otherwise as any cluster;
 * never retries.
 * Source: Kubernetes API concepts, "Metadata-only fetches".
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type {
  CallOptions,
  ClusterReader,
  ListOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
  Written,
} from "../../../kube/cluster.ts";
import type { ApiRequest } from "../../../kube/http/http_connection.ts";
import { type WatchConnection, watchOver } from "../../../kube/http/watch_over.ts";
import type { KubeList, KubeObject, ObjectRef } from "../../../kube/object.ts";
import { type Resource, resourcePath } from "../../../kube/resource.ts";

/** Whoever does not know the form sends the whole object, which does as well. */
function formOf(kind: string): string {
  return `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;
}

const OBJECT_FORM = formOf("PartialObjectMetadata");
const LIST_FORM = formOf("PartialObjectMetadataList");

/** What is asked of an `HttpConnection`. */
export interface ApiConnection extends WatchConnection {
  call(request: ApiRequest): Promise<unknown>;
}

/** See the module. */
export class MetadataCluster implements ClusterReader {
  readonly #watching: ApiConnection;
  /** For everything else, in turn. */
  readonly #others: readonly ApiConnection[];
  #turn = 0;

  /**
   * @param connections at least one; the first carries the watches, and the rest only if it is the
   * only one, so that no event waits behind a megabyte
   */
  constructor(connections: readonly ApiConnection[]) {
    const [first, ...others] = connections;
    if (first === undefined) throw new RangeError("Cannot use no connections");
    this.#watching = first;
    this.#others = others.length === 0 ? [first] : others;
  }

  async get(resource: Resource, ref: ObjectRef, { signal }: CallOptions = {}): Promise<KubeObject> {
    const path = resourcePath(resource, ref);
    return await this.#object({ method: "GET", path, accept: OBJECT_FORM, signal });
  }

  async list(resource: Resource, options: ListOptions = {}): Promise<KubeList> {
    const { signal, lane: _, ...selection } = options;
    const request = { method: "GET", path: pathOf(resource, selection), accept: LIST_FORM, signal };
    const list = await this.#object(request);
    return { ...list, items: (list.items ?? []) as KubeObject[] } as KubeList;
  }

  async *watch(
    resource: Resource,
    { signal, lane: _, onOpen, ...query }: WatchOptions = {},
  ): AsyncGenerator<WatchEvent, void, undefined> {
    yield* watchOver(this.#watching, {
      ...query,
      ...(onOpen === undefined ? {} : { onOpen }),
      requestOf: (query) => ({
        method: "GET",
        path: pathOf(resource, { ...query, watch: true }),
        accept: OBJECT_FORM,
        signal,
      }),
    });
  }

  /** Unknown fields are refused. @returns the metadata that the object got */
  async create(
    resource: Resource,
    object: KubeObject,
    { signal, fieldManager, query }: WriteOptions = {},
  ): Promise<Written> {
    const { namespace } = object.metadata;
    const parameters = new URLSearchParams({
      fieldValidation: "Strict",
      ...(fieldManager === undefined ? {} : { fieldManager }),
      ...query,
    });
    const place = namespace === undefined ? {} : { namespace };
    return {
      object: await this.#object({
        method: "POST",
        path: `${resourcePath(resource, place)}?${parameters}`,
        body: JSON.stringify(object),
        contentType: "application/json",
        accept: OBJECT_FORM,
        signal,
      }),
    };
  }

  async #object(request: ApiRequest): Promise<KubeObject> {
    const connection = this.#others[this.#turn++ % this.#others.length]!;
    const answer = await connection.call(request);
    if (typeof answer === "object" && answer !== null && "metadata" in answer) {
      return answer as KubeObject;
    }
    const why = "the answer is no object of the Kubernetes API";
    const message = `Cannot ${request.method} ${request.path}: ${why}`;
    throw new OperationFailedError("protocol", message, { why });
  }
}

/** @param options of a list or watch, those that are undefined or empty left out */
function pathOf(
  resource: Resource,
  { namespace, ...options }: { namespace?: string; [parameter: string]: unknown },
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const place = namespace === undefined ? {} : { namespace };
  const query = parameters.size === 0 ? "" : `?${parameters}`;
  return resourcePath(resource, place) + query;
}
