/**
 * A stand-in for a Kubernetes API server: one request in, one answer out, everything in memory. Small
 * and exact rather than complete. Opens no sockets, authenticates nobody and makes no faults: that is
 * for the one who holds the sockets.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { pageNotFound, refusalAnswer } from "./answers/answers.ts";
import { ApiError, forbidden, forbiddenPath, noSuchResource } from "./answers/api_error.ts";
import type { ApiCall, ApiState, User } from "./api_state.ts";
import { type Attributes, decide, impersonated, refusalText } from "./access/authorization.ts";
import { ServiceAccountTokens } from "./tokens/service_account_tokens.ts";
import { bootstrap } from "./controllers/bootstrap.ts";
import { followDefinitions } from "./controllers/custom_resources.ts";
import { GarbageCollector } from "./controllers/garbage_collector.ts";
import { answerPath } from "./requests/path_requests.ts";
import { PatchError } from "./patches/patches.ts";
import { NamespaceLife } from "./controllers/namespace_life.ts";
import { InvalidError } from "./validation/field_error.ts";
import { followQuotas } from "./writing/quota.ts";
import { Reads } from "./reading/reads.ts";
import {
  isResourceRequest,
  type PathRequest,
  requestInfo,
  type ResourceRequest,
} from "./request_info.ts";
import { answerResource } from "./requests/resource_requests.ts";
import { ObjectTexts } from "./store/object_texts.ts";
import { ResourceTable } from "./store/resource_table.ts";
import { uuid } from "./writing/metadata.ts";
import { Store } from "./store/store.ts";

export type { ApiCall, User };

export interface KubernetesApiOptions {
  readonly clock: Clock;
  /** For uids, generated names and the length of watches. */
  readonly rng: Rng;
  /**
   * Ms between the bookmarks of a watch that asked for them.
   * @default 60000, as the real server
   */
  readonly bookmarkPeriodMs?: number;
  /**
   * Most events that are remembered of each resource; one who asks for older ones is told that they
   * have expired.
   * @default 10000
   */
  readonly historyLimit?: number;
  /**
   * Most states of objects whose JSON is remembered, for the next one who asks.
   * @default all that are present
   */
  readonly textLimit?: number;
  /**
   * How long after its deletion a namespace is emptied, ms.
   * @default 100; the real one waits 5 s
   */
  readonly namespaceTerminationMs?: number;
  /** PEM, for the ConfigMap kube-root-ca.crt of each namespace. */
  readonly caPem?: string;
  /** Where the server listens, for the endpoints of service default/kubernetes; absent: none. */
  readonly endpoint?: { readonly address: string; readonly port: number };
  /** Bearer tokens that are no ServiceAccount's, for reviews, and whose they are. */
  readonly staticTokens?: ReadonlyMap<string, User>;
  /**
   * Whether metadata.managedFields tell who has written which field, as of a real server: a third of
   * the memory of an object, and of the time of a write.
   * @default true
   */
  readonly tracksManagers?: boolean;
}

/** See the module. Dispose it to end its watches. */
export class KubernetesApi implements Disposable {
  readonly #state: ApiState;
  readonly #reads: Reads;
  readonly #ending = new AbortController();

  constructor(options: KubernetesApiOptions) {
    const { clock, rng, historyLimit = 10_000, bookmarkPeriodMs = 60_000, caPem = "" } = options;
    const store = new Store({ historyLimit });
    const ended = this.#ending.signal;
    const tokens = new ServiceAccountTokens({
      store,
      clock,
      newId: () => uuid(rng),
      staticTokens: options.staticTokens,
    });
    const { tracksManagers = true, textLimit = Infinity } = options;
    const texts = new ObjectTexts(textLimit);
    this.#state = {
      ...{ store, texts, resources: new ResourceTable(), clock, rng, tokens, tracksManagers },
    };
    this.#reads = new Reads(this.#state, { bookmarkPeriodMs, ended });
    const { namespaceTerminationMs: terminationMs = 100, endpoint } = options;
    const namespaces = new NamespaceLife(this.#state, { caPem, terminationMs, ended });
    const garbage = new GarbageCollector(this.#state);
    store.onWrite((resource, event) => {
      followQuotas(this.#state, resource, event);
      followDefinitions(this.#state, resource, event);
      namespaces.follow(resource, event);
      garbage.follow(resource, event);
      if (event.previous !== undefined) texts.forget(event.previous);
    });
    bootstrap(this.#state, { endpoint });
  }

  /** Of the last write. */
  get revision(): number {
    return this.#state.store.revision;
  }

  /** Never rejects for what a client can do: a refusal is an answer too. */
  async handle(call: ApiCall): Promise<Response> {
    try {
      return await this.#answer(call);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return refusalAnswer(refusal);
    }
  }

  /** Forgets all events so far, as etcd does every 5 minutes. */
  compact(): void {
    this.#state.store.compact();
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  async #answer(given: ApiCall): Promise<Response> {
    const call = { ...given, user: impersonated(this.#state, given) };
    const url = new URL(call.path, "http://sandbox");
    const request = requestInfo(call.method, url);
    this.#authorize(call.user, request);
    if (!isResourceRequest(request)) return answerPath(this.#state, call, url);
    const resource = this.#state.resources.find(request);
    if (resource === undefined) return this.#missing(request, { call, url });
    const { verb, namespace = "", name, subresource } = request;
    return await answerResource(this.#state, {
      call,
      query: url.searchParams,
      resource,
      verb,
      // A namespace is in none, although its path looks so.
      namespace: resource.namespaced ? namespace : "",
      name,
      subresource,
    }, this.#reads);
  }

  /** @throws {ApiError} 404 */
  #missing(request: ResourceRequest, { call, url }: { call: ApiCall; url: URL }): Response {
    if (request.plural === "") return answerPath(this.#state, call, url);
    if (this.#state.resources.isAtHome(request)) throw noSuchResource();
    return pageNotFound();
  }

  /** @throws {ApiError} 403 */
  #authorize(user: User, request: ResourceRequest | PathRequest): void {
    const attributes = attributesOf(request);
    if (decide(this.#state, user, attributes).isAllowed) return;
    const why = refusalText(user, attributes);
    if ("path" in attributes) throw forbiddenPath(why);
    const { group, resource: plural, name } = attributes;
    const resource = { group, plural, version: "", kind: "", namespaced: true };
    throw forbidden(resource, { name, why });
  }
}

function attributesOf(request: ResourceRequest | PathRequest): Attributes {
  if (!isResourceRequest(request)) return request;
  const { verb, group, plural, subresource = "", namespace = "", name = "" } = request;
  return { verb, group, resource: plural, subresource, namespace, name };
}

/** Of patches that cannot be applied; the others have none. */
const PATCH_REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  409: "Conflict",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
};

/** The answer to what was thrown on the way; undefined: none, it is a defect of this program. */
function refusalOf(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof PatchError) return patchRefusal(thrown);
  if (!(thrown instanceof InvalidError)) return undefined;
  const { code, message } = thrown;
  if (thrown.details === undefined) return new ApiError({ code, reason: "BadRequest", message });
  const { kind, ...details } = thrown.details;
  const named = kind ? { ...details, kind } : details;
  return new ApiError({ code, reason: "Invalid", message, details: named });
}

function patchRefusal({ code, message, causes }: PatchError): ApiError {
  const reason = PATCH_REASONS[code];
  // Errors that the server makes from a bare status have details, with nothing in them.
  const isBare = code === 422 || message.startsWith(`${code}: `);
  return new ApiError({
    code,
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(causes.length > 0 ? { details: { causes } } : isBare ? { details: {} } : {}),
  });
}
