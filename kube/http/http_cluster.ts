/**
 * The Kubernetes API over HTTP: each call is one request on one of several connections. Never
 * retries, caches or limits a rate.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type {
  CallOptions,
  Cluster,
  DeleteOptions,
  ListOptions,
  PatchOptions,
  RawRequest,
  Selection,
  WatchEvent,
  WatchOptions,
  WriteOptions,
  Written,
} from "../cluster.ts";
import type { ApiAnswer } from "./api_answer.ts";
import { type BodyLine, bodyLines } from "./body_lines.ts";
import type { HttpConnection } from "./http_connection.ts";
import type { KubeList, KubeObject, ObjectRef } from "../object.ts";
import { apiVersionOf, type Resource, resourcePath } from "../resource.ts";
import {
  callOptions,
  collectionPath,
  deleteBody,
  JSON_TYPE,
  PATCH_TYPES,
  patchQueryText,
  withNamespace,
  writeQueryText,
} from "./call_text.ts";
import { watchOver } from "./watch_over.ts";

/**
 * What an answer holds of an object. `metadata`: of a 1 MB object the server then sends some hundred
 * bytes, for its create as well as for each event of a watch; a server that does not know the form
 * sends the whole object, which does as well.
 * Source: Kubernetes API concepts, "Metadata-only fetches".
 */
export type ObjectForm = "whole" | "metadata";

function metadataForm(kind: string): string {
  return `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;
}

const METADATA_FORM = metadataForm("PartialObjectMetadata");
const METADATA_LIST_FORM = metadataForm("PartialObjectMetadataList");

type Accepting = Pick<RawRequest, "accept">;

export interface HttpClusterOptions {
  /** Picks the connection of a call that names none; in turn unless given. */
  readonly nextLane?: () => number;
  /** @default "whole" */
  readonly form?: ObjectForm;
  /**
   * The first connection carries the watches that name none, and the rest only if it is the only one,
   * so that no event waits behind a megabyte.
   * @default {false}
   */
  readonly watchesApart?: boolean;
}

/** See the module. The connections end with it: of several that share them only one is disposed. */
export class HttpCluster implements Cluster, Disposable {
  readonly #connections: readonly HttpConnection[];
  readonly #nextLane: () => number;
  /** What is asked for of an object, and of a list. */
  readonly #form: Accepting;
  readonly #listForm: Accepting;
  readonly #watchesApart: boolean;

  constructor(
    connections: readonly HttpConnection[],
    { nextLane, form = "whole", watchesApart = false }: HttpClusterOptions = {},
  ) {
    if (connections.length === 0) throw new RangeError("Cannot use no connections");
    this.#connections = connections;
    this.#form = form === "metadata" ? { accept: METADATA_FORM } : {};
    this.#listForm = form === "metadata" ? { accept: METADATA_LIST_FORM } : {};
    this.#watchesApart = watchesApart && connections.length > 1;
    let turn = 0;
    this.#nextLane = nextLane ??
      (this.#watchesApart ? () => 1 + turn++ % (connections.length - 1) : () => turn++);
  }

  get connections(): readonly HttpConnection[] {
    return this.#connections;
  }

  async get(resource: Resource, ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject> {
    const path = resourcePath(resource, ref);
    return await this.#object({ ...options, ...this.#form, method: "GET", path });
  }

  async list(resource: Resource, options: ListOptions = {}): Promise<KubeList> {
    const { signal, lane, ...selection } = options;
    const path = collectionPath(resource, selection);
    const call = {
      ...callOptions({ signal, lane }),
      ...this.#listForm,
      method: "GET",
      path,
    };
    const list = await this.#object(call);
    // A Go server without items may write its empty slice as null.
    if (list.items === null) return { ...list, items: [] } as KubeList;
    if (Array.isArray(list.items)) return list as unknown as KubeList;
    throw notOfTheApi(call);
  }

  async *watch(
    resource: Resource,
    { signal, lane, onOpen, ...query }: WatchOptions = {},
  ): AsyncGenerator<WatchEvent, void, undefined> {
    yield* watchOver(this.#connection(this.#watchesApart ? lane ?? 0 : lane), {
      ...query,
      ...(onOpen === undefined ? {} : { onOpen }),
      requestOf: (query) => ({
        method: "GET",
        path: collectionPath(resource, query, { watch: true }),
        ...this.#form,
        signal,
      }),
    });
  }

  async create(
    resource: Resource,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<Written> {
    const { namespace } = object.metadata;
    const ref = withNamespace(namespace);
    return await this.#written(this.#writing({ method: "POST", resource, ref, object }, options));
  }

  async update(
    resource: Resource,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<Written> {
    const { namespace, name = "" } = object.metadata;
    const ref = { ...withNamespace(namespace), name };
    return await this.#written(this.#writing({ method: "PUT", resource, ref, object }, options));
  }

  async patch(
    resource: Resource,
    ref: ObjectRef,
    { body, options }: { readonly body: unknown; readonly options: PatchOptions },
  ): Promise<Written> {
    return await this.#written({
      ...callOptions(options),
      ...this.#form,
      method: "PATCH",
      path: resourcePath(resource, ref) + patchQueryText(options),
      body: JSON.stringify(body),
      contentType: PATCH_TYPES[options.type],
    });
  }

  async delete(resource: Resource, ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    await this.#answer({
      ...callOptions(options),
      ...deleteBody(options),
      method: "DELETE",
      path: resourcePath(resource, ref),
    });
  }

  async deleteCollection(
    resource: Resource,
    selection: Selection,
    options: DeleteOptions = {},
  ): Promise<void> {
    await this.#answer({
      ...callOptions(options),
      ...deleteBody(options),
      method: "DELETE",
      path: collectionPath(resource, selection),
    });
  }

  request(call: RawRequest): Promise<unknown> {
    return this.#connection(call.lane).call(call);
  }

  /** The lines of an answer as they come, e.g. of a log that is followed. */
  async *lines(call: RawRequest): AsyncGenerator<BodyLine, void, undefined> {
    using stream = await this.#connection(call.lane).stream(call);
    yield* bodyLines(stream.body, {
      signal: stream.signal,
      onBytes: () => stream.heard(),
      what: call.path,
    });
  }

  /** Opens a WebSocket to the server, e.g. for exec; it may still fail to connect. */
  webSocket(path: string, protocols: readonly string[]): Promise<WebSocket> {
    return this.#connection(undefined).webSocket(path, protocols);
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  #writing(
    { method, resource, ref, object }: {
      method: string;
      resource: Resource;
      ref: Partial<ObjectRef>;
      object: KubeObject;
    },
    options: WriteOptions,
  ): RawRequest {
    const typed = object.kind === undefined
      ? { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object }
      : object;
    return {
      ...callOptions(options),
      ...this.#form,
      method,
      path: resourcePath(resource, ref) + writeQueryText(options),
      body: JSON.stringify(typed),
      contentType: JSON_TYPE,
    };
  }

  async #object(call: RawRequest): Promise<KubeObject> {
    return objectOf(await this.#answer(call), call);
  }

  async #written(call: RawRequest): Promise<Written> {
    const answer = await this.#answer(call);
    if (!answer.looksLikeObject) throw notOfTheApi(call);
    return new WrittenAnswer(answer, call);
  }

  #answer(call: RawRequest): Promise<ApiAnswer> {
    return this.#connection(call.lane).answer(call);
  }

  #connection(lane: number = this.#nextLane()): HttpConnection {
    return this.#connections[lane % this.#connections.length]!;
  }
}

class WrittenAnswer implements Written {
  readonly #answer: ApiAnswer;
  readonly #call: RawRequest;
  #object: KubeObject | undefined;

  constructor(answer: ApiAnswer, call: RawRequest) {
    this.#answer = answer;
    this.#call = call;
  }

  get object(): KubeObject {
    return this.#object ??= objectOf(this.#answer, this.#call);
  }
}

/** @throws {OperationFailedError} if it is none */
function objectOf({ body }: ApiAnswer, call: RawRequest): KubeObject {
  if (typeof body === "object" && body !== null && "metadata" in body) return body as KubeObject;
  throw notOfTheApi(call);
}

/** E.g. the log-in page of a proxy, with status 200. */
function notOfTheApi({ method, path }: RawRequest): OperationFailedError {
  const why = "the answer is no object of the Kubernetes API";
  return new OperationFailedError("protocol", `Cannot ${method} ${path}: ${why}`, { why });
}
