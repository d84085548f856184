/**
 * One client on `/v1/subscribe`: what it asks for becomes subscriptions, each known by its key. A start
 * with the key of a living one is ignored; a stop ends the one with exactly its key.
 * Source: rancher/apiserver v0.10.0, pkg/subscribe/watcher.go (WatchSession).
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { errorEnvelope } from "./envelope.ts";
import { Outbox, type OutboxOptions } from "./outbox.ts";
import type { Schema } from "../reading/schema.ts";
import { parseSubscribeRequest, type SubscribeRequest } from "./subscribe_request.ts";
import {
  ServedSubscription,
  type SubscriptionPeer,
  type SubscriptionTools,
} from "./subscription.ts";
import type { TypeCache } from "../caches/type_cache.ts";
import type { WatchedKind } from "../caches/watched_kind.ts";

/** What all sockets share. */
export interface SessionTools extends SubscriptionTools {
  readonly outbox: OutboxOptions;
  /** @returns the same for equal keys */
  kindOf(request: SubscribeRequest): WatchedKind;
  schema(name: string): Schema | undefined;
  /** Makes it if it is not there. */
  cache(schema: Schema): TypeCache;
}

export class SocketSession implements SubscriptionPeer {
  readonly baseUrl: string;
  readonly #socket: WebSocket;
  readonly #tools: SessionTools;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Map<string, ServedSubscription>();

  constructor(socket: WebSocket, { baseUrl, tools }: { baseUrl: string; tools: SessionTools }) {
    this.baseUrl = baseUrl;
    this.#socket = socket;
    this.#tools = tools;
    this.#outbox = new Outbox(socket, tools.outbox);
  }

  receive(text: string): void {
    let request: SubscribeRequest;
    try {
      request = parseSubscribeRequest(text);
    } catch (error) {
      return this.put(errorEnvelope(undefined, messageOf(error)));
    }
    const kind = this.#tools.kindOf(request);
    const living = this.#subscriptions.get(kind.keyText);
    if (!request.stop && living === undefined) void this.#start(kind, request);
    else if (request.stop && living !== undefined) {
      living.cancel();
      this.over(living);
      this.put(kind.stopText);
    }
  }

  /** The client has gone, or is to go. */
  close(): void {
    for (const subscription of this.#subscriptions.values()) subscription.cancel();
    this.#subscriptions.clear();
    this.#socket.close();
  }

  offer(text: string): boolean {
    return this.#outbox.offer(text);
  }

  put(text: string): void {
    this.#outbox.put(text);
  }

  over(subscription: ServedSubscription): void {
    const { keyText } = subscription.kind;
    if (this.#subscriptions.get(keyText) === subscription) this.#subscriptions.delete(keyText);
  }

  async #start(kind: WatchedKind, { resourceVersion }: SubscribeRequest): Promise<void> {
    const subscription = new ServedSubscription(kind, { peer: this, tools: this.#tools });
    this.#subscriptions.set(kind.keyText, subscription);
    const { resourceType } = kind.key;
    const own = ownTypeOf(resourceType);
    if (own === "silent") return this.put(kind.startText);
    if (own === "unwatched") {
      return subscription.end(`schema ${resourceType} does not support watching`);
    }
    const schema = this.#tools.schema(resourceType);
    if (schema === undefined) return subscription.end(`failed to find schema ${resourceType}`);
    // It begins, and nothing will ever come.
    if (!schema.resource.verbs.includes("list")) return this.put(kind.startText);
    const cache = this.#tools.cache(schema);
    await cache.ready;
    if (!subscription.isOver) subscription.begin(cache, resourceVersion);
  }
}

/** `silent`: a watch begins and, here, tells nothing. */
type OwnType = "unwatched" | "silent";

const OWN_TYPES: Readonly<Record<string, OwnType>> = {
  subscribe: "unwatched",
  error: "unwatched",
  errors: "unwatched",
  collection: "unwatched",
  collections: "unwatched",
  schema: "silent",
  schemas: "silent",
  apiroot: "silent",
  apiroots: "silent",
};

/**
 * Which types are Steve's own and no cluster's, and can they be watched?
 * Source: rancher/apiserver v0.10.0, pkg/builtin/schema.go; as seen on Steve v0.10.2.
 * @returns undefined for the name of any other type
 */
function ownTypeOf(name: string): OwnType | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(OWN_TYPES, key) ? OWN_TYPES[key] : undefined;
}
