/**
 * What do all subscriptions with one key have in common: their filter, and the texts of what they are
 * told? Ten thousand sockets that watch the same are told the same, so it is written once.
 * @module
 */

import { envelope, errorEnvelope } from "../sockets/envelope.ts";
import { rawResource } from "../reading/raw_resource.ts";
import { NOTIFICATION_MODE, type SubscriptionKey } from "../sockets/subscribe_request.ts";
import type { CacheEvent } from "./type_cache.ts";
import type { Schema } from "../reading/schema.ts";
import { type WatchFilter, watchFilter } from "./watch_filter.ts";

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
