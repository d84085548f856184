/**
 * The sandbox's Kubernetes API as a cluster in this process, without a socket: whatever patches,
 * preconditions and dry runs do there they do as on a server. Calls can be watched, and fail before or
 * after they take effect.
 * @module
 */

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
} from "../../kube/cluster.ts";
import {
  collectionPath,
  PATCH_TYPES,
  patchQueryText,
  writeQueryText,
} from "../../kube/http/call_text.ts";
import type { KubeList, KubeObject, ObjectRef } from "../../kube/object.ts";
import { apiVersionOf, type Resource, resourcePath } from "../../kube/resource.ts";
import { type Status, StatusError } from "../../kube/status_error.ts";
import { KubernetesApi } from "../../sandbox/kubernetes/api.ts";
import { createRng } from "../../core/load/rng.ts";
import { FakeClock } from "./fake_clock.ts";

const ADMIN = { username: "admin", groups: ["sandbox:admins", "system:authenticated"] };
const JSON_TYPE = "application/json";

type SentRequest = RawRequest & { readonly signal: AbortSignal };

export class SandboxCluster implements Cluster, Disposable {
  readonly clock: FakeClock;
  readonly api: KubernetesApi;
  /** `PATCH /api/v1/namespaces/a/configmaps/b?dryRun=All`, with the query; every call in order. */
  readonly calls: string[] = [];
  /** Called before each call takes effect; what it throws is the answer, and nothing has happened. */
  before: (call: string) => void | Promise<void> = () => {};
  /** Called after it took effect; what it throws is the answer all the same. */
  after: (call: string) => void | Promise<void> = () => {};

  constructor({ clock = new FakeClock() }: { clock?: FakeClock } = {}) {
    this.clock = clock;
    this.api = new KubernetesApi({ clock, rng: createRng(7) });
  }

  get(resource: Resource, ref: ObjectRef, options?: CallOptions): Promise<KubeObject> {
    return this.#object({ method: "GET", path: resourcePath(resource, ref), ...options });
  }

  async list(resource: Resource, options: ListOptions = {}): Promise<KubeList> {
    const { signal: _, lane: _lane, ...selection } = options;
    const path = collectionPath(resource, selection);
    return await this.request({ method: "GET", path, ...options }) as KubeList;
  }

  async *watch(resource: Resource, options: WatchOptions = {}): AsyncIterable<WatchEvent> {
    const { signal = new AbortController().signal, onOpen, lane: _, ...query } = options;
    const path = collectionPath(resource, query, { watch: true });
    const response = await this.#send({ method: "GET", path, signal });
    if (!response.ok) throw statusErrorOf(response, await response.text());
    onOpen?.();
    const lines = response.body!.pipeThrough(new TextDecoderStream(), { signal })
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const { type, object } = JSON.parse(line);
      if (type === "ERROR") throw new StatusError(object, { code: object.code });
      yield { type, object, bytes: line.length };
    }
  }

  /** As a controller does, past all that calls go through. */
  async setStatus(resource: Resource, ref: ObjectRef, status: unknown): Promise<void> {
    const response = await this.api.handle({
      method: "PATCH",
      path: resourcePath(resource, { ...ref, subresource: "status" }),
      headers: new Headers({ "content-type": PATCH_TYPES.merge, accept: JSON_TYPE }),
      body: JSON.stringify({ status }),
      user: ADMIN,
      signal: new AbortController().signal,
    });
    if (!response.ok) throw statusErrorOf(response, await response.text());
    await response.body?.cancel();
  }

  create(resource: Resource, object: KubeObject, options: WriteOptions = {}): Promise<Written> {
    const { namespace } = object.metadata;
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    return this.#write({ method: "POST", path, body: typed(resource, object) }, options);
  }

  update(resource: Resource, object: KubeObject, options: WriteOptions = {}): Promise<Written> {
    const { namespace, name = "" } = object.metadata;
    const path = resourcePath(resource, {
      name,
      ...(namespace === undefined ? {} : { namespace }),
    });
    return this.#write({ method: "PUT", path, body: typed(resource, object) }, options);
  }

  async patch(
    resource: Resource,
    ref: ObjectRef,
    { body, options }: { readonly body: unknown; readonly options: PatchOptions },
  ): Promise<Written> {
    const path = resourcePath(resource, ref) + patchQueryText(options);
    const contentType = PATCH_TYPES[options.type];
    return { object: await this.#object({ method: "PATCH", path, contentType, ...sent(body) }) };
  }

  async delete(resource: Resource, ref: ObjectRef, _options?: DeleteOptions): Promise<void> {
    await this.request({ method: "DELETE", path: resourcePath(resource, ref) });
  }

  async deleteCollection(resource: Resource, selection: Selection): Promise<void> {
    await this.request({ method: "DELETE", path: collectionPath(resource, selection) });
  }

  async request(request: RawRequest): Promise<unknown> {
    request.signal?.throwIfAborted();
    const call = `${request.method} ${request.path}`;
    this.calls.push(call);
    await this.before(call);
    const response = await this.#send({ ...request, signal: new AbortController().signal });
    const text = await response.text();
    await this.after(call);
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    throw statusErrorOf(response, text);
  }

  [Symbol.dispose](): void {
    this.api[Symbol.dispose]();
  }

  #send({ method, path, body = "", contentType = JSON_TYPE, signal }: SentRequest) {
    const headers = new Headers({ "content-type": contentType, accept: JSON_TYPE });
    return this.api.handle({ method, path, headers, body, user: ADMIN, signal });
  }

  async #write(
    { body, ...request }: { method: string; path: string; body: unknown },
    options: WriteOptions,
  ): Promise<Written> {
    const path = request.path + writeQueryText(options);
    return { object: await this.#object({ ...request, path, ...sent(body) }) };
  }

  async #object(request: RawRequest): Promise<KubeObject> {
    return await this.request(request) as KubeObject;
  }
}

/** An answer for a path that is none has no Status. */
function statusErrorOf({ status, headers }: Response, text: string): StatusError {
  const isJson = headers.get("content-type")?.startsWith(JSON_TYPE) ?? false;
  const told = isJson ? JSON.parse(text) as Status : { kind: "Status", message: text } as const;
  return new StatusError(told, { code: status });
}

/** Whole lines of a text that comes in pieces. */
class TextLineStream extends TransformStream<string, string> {
  constructor() {
    let rest = "";
    super({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) if (line !== "") controller.enqueue(line);
      },
    });
  }
}

function typed(resource: Resource, object: KubeObject): KubeObject {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

function sent(body: unknown): { body: string } {
  return { body: JSON.stringify(body) };
}
