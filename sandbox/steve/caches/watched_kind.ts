/**
 * What do all subscriptions with one key have in common: their filter, and the texts of what they are
 * told? Ten thousand sockets that watch the same are told the same, so it is written once.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { labelSelector } from "../../kubernetes/selectors/label_selector.ts";
import { envelope, errorEnvelope } from "../sockets/envelope.ts";
import { rawResource } from "../reading/raw_resource.ts";
import { NOTIFICATION_MODE, type SubscriptionKey } from "../sockets/subscribe_request.ts";
import type { CacheEvent } from "./type_cache.ts";
import type { Schema } from "../reading/schema.ts";

export class WatchedKind {
  readonly key: SubscriptionKey;
  readonly keyText: string;
  /** Undefined: the selector cannot be read. */
  readonly filter: WatchFilter | undefined;
  #notification = { revision: "", text: "" };
  #event: { event: CacheEvent; baseUrl: string; text: string } | undefined;

  constructor(key: SubscriptionKey, keyText: string) {
    this.key = key;
    this.keyText = keyText;
    try {
      this.filter = watchFilter(key);
    } catch {
      this.filter = undefined;
    }
  }

  get isNotified(): boolean {
    return this.key.mode === NOTIFICATION_MODE;
  }

  get startText(): string {
    return envelope("resource.start", this.key);
  }

  get stopText(): string {
    return envelope("resource.stop", this.key);
  }

  errorText(error: string): string {
    return errorEnvelope(this.key, error);
  }

  notificationText(revision: string): string {
    if (this.#notification.revision !== revision) {
      const text = envelope("resource.changes", this.key, { revision });
      this.#notification = { revision, text };
    }
    return this.#notification.text;
  }

  eventText(
    event: CacheEvent,
    { schema, baseUrl, now }: { schema: Schema; baseUrl: string; now: Date },
  ): string {
    if (this.#event?.event !== event || this.#event.baseUrl !== baseUrl) {
      const data = rawResource(event.object, { schema, baseUrl, now, cacheIds: ["_id"] });
      const text = envelope(event.name, this.key, { revision: event.revision, data });
      this.#event = { event, baseUrl, text };
    }
    return this.#event.text;
  }
}

/**
 * Whether an event concerns a subscription: one of an object that fits now or did before.
 * Source: rancher/steve v0.10.2, pkg/sqlcache/informer/informer.go (WatchFilter), pkg/stores/sqlproxy.
 */
type WatchFilter = (event: CacheEvent) => boolean;

/** @throws {BadSelectorError} */
function watchFilter(
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
